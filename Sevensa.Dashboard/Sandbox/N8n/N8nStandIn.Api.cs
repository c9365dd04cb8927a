using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>The public API.</summary>
internal sealed partial class N8nStandIn
{
    private static readonly string[] Statuses =
    [
        "canceled",
        "crashed",
        "error",
        "new",
        "running",
        "success",
        "unknown",
        "waiting",
    ];

    private async Task ApiAsync(HttpContext context)
    {
        var key = context.Request.Headers["X-N8N-API-KEY"].ToString();
        if (key is not (Key or ReadingKey))
        {
            throw new N8nRefusal(401, "Unauthorized");
        }
        var (method, segments) = (context.Request.Method, context.Segments()[2..]);
        if (key == ReadingKey && method != "GET")
        {
            throw new N8nRefusal(403, "Forbidden");
        }
        var body = method is "POST" or "PUT" ? await BodyAsync(context) : null;
        JsonNode answer = (method, segments) switch
        {
            ("GET", ["workflows"]) => List(context.Request.Query),
            ("POST", ["workflows"]) => Create(body as JsonObject).Json(),
            ("GET", ["workflows", var id]) => Find(id).Json(),
            ("PUT", ["workflows", var id]) => Change(Find(id), body as JsonObject),
            ("POST", ["workflows", var id, "activate"]) => Activate(Find(id)),
            ("POST", ["workflows", var id, "deactivate"]) => Deactivate(Find(id)),
            ("PUT", ["workflows", var id, "tags"]) => Tagged(Find(id), body as JsonArray ?? []),
            ("GET", ["executions"]) => Executions(context.Request.Query),
            ("GET", ["executions", var id]) => Execution(id, context.Request.Query["includeData"] == "true"),
            ("POST", ["tags"]) => MakeTag((string?)body?["name"] ?? ""),
            ("GET", ["projects"]) => throw Licence("feat:projectRole:admin"),
            ("GET", ["variables"]) => throw Licence("feat:variables"),
            (_, ["workflows", _, "run" or "execute"]) or (_, ["workflows" or "executions" or "tags"]) =>
                throw new N8nRefusal(405, $"{method} method not allowed"),
            _ => throw new N8nRefusal(404, "not found"),
        };
        await context.JsonAsync(answer, segments is ["tags"] ? 201 : 200, "application/json; charset=utf-8");
    }

    private static N8nRefusal Licence(string feature) =>
        new(
            403,
            $"Your license does not allow for {feature}. To enable {feature}, please upgrade to a license that supports this feature."
        );

    private JsonObject List(IQueryCollection query)
    {
        var all = Flows
            .Where(flow => IsActive(flow, query["active"].ToString()) && HasTags(flow, query["tags"].ToString()))
            .OrderByDescending(flow => flow.UpdatedAt)
            .ToList();
        var limit = Limit(query);
        var from = Cursor(query) is { } cursor ? (int?)cursor["offset"] ?? 0 : 0;
        return new JsonObject
        {
            ["data"] = new JsonArray([.. all.Skip(from).Take(limit).Select(flow => flow.Json(listed: true))]),
            ["nextCursor"] =
                from + limit < all.Count
                    ? Encoded(new JsonObject { ["limit"] = limit, ["offset"] = from + limit })
                    : null,
        };
    }

    private static bool IsActive(N8nFlow flow, string wanted) =>
        wanted.Length == 0 || flow.Active is not null == (wanted == "true");

    private static bool HasTags(N8nFlow flow, string wanted) =>
        wanted.Length == 0 || Array.TrueForAll(wanted.Split(','), name => flow.Tags.Exists(tag => tag.Name == name));

    private JsonObject Executions(IQueryCollection query)
    {
        var status = query["status"].ToString();
        if (status.Length > 0 && !Statuses.Contains(status))
        {
            throw new N8nRefusal(
                400,
                $"request/query/status Invalid enum value. Expected {string.Join(" | ", Statuses.Select(one => $"'{one}'"))}, received '{status}'"
            );
        }
        var limit = Limit(query);
        var before =
            Cursor(query) is { } cursor && int.TryParse((string?)cursor["lastId"], out var last) ? last : int.MaxValue;
        lock (gate)
        {
            var all = Runs.Where(run =>
                    run.Id < before
                    // Those that run now are told of only when they are asked for.
                    && (status.Length > 0 ? run.Status == status : run.Status is not ("running" or "new"))
                    && (query["workflowId"].ToString() is not { Length: > 0 } of || run.Workflow == of)
                )
                .OrderByDescending(run => run.Id)
                .ToList();
            return new JsonObject
            {
                ["data"] = new JsonArray([.. all.Take(limit).Select(run => run.Json())]),
                ["nextCursor"] =
                    all.Count > limit
                        ? Encoded(
                            new JsonObject
                            {
                                ["lastId"] = all[limit - 1].Id.ToString(CultureInfo.InvariantCulture),
                                ["limit"] = limit,
                            }
                        )
                        : null,
            };
        }
    }

    private JsonObject Execution(string id, bool withData)
    {
        if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw new N8nRefusal(400, "request/params/executionId must be a positive integer");
        }
        lock (gate)
        {
            return (Runs.Find(run => run.Id == number) ?? throw new N8nRefusal(404, "Not Found")).Whole(withData);
        }
    }

    private static int Limit(IQueryCollection query) =>
        int.TryParse(query["limit"], out var limit) && limit is > 0 and <= 250 ? limit : 100;

    private static JsonObject? Cursor(IQueryCollection query)
    {
        if (query["cursor"].ToString() is not { Length: > 0 } cursor)
        {
            return null;
        }
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(cursor)) as JsonObject;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw new N8nRefusal(400, "An invalid cursor was provided");
        }
    }

    private static string Encoded(JsonObject cursor) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(cursor.ToJsonString()));

    private N8nFlow Find(string id) => Flows.Find(flow => flow.Id == id) ?? throw new N8nRefusal(404, "Not Found");

    private N8nFlow Create(JsonObject? body)
    {
        var nodes = Checked(body);
        return Add(
            null,
            (string?)body!["name"] ?? "",
            nodes,
            body["connections"]?.DeepClone() as JsonObject ?? [],
            body["settings"]?.DeepClone() as JsonObject ?? []
        );
    }

    private static JsonArray Checked(JsonObject? body)
    {
        if (body?["nodes"]?.DeepClone() is not JsonArray nodes)
        {
            throw new N8nRefusal(400, "request/body must have required property 'nodes'");
        }
        foreach (var own in (string[])["active", "id"])
        {
            if (body.ContainsKey(own))
            {
                throw new N8nRefusal(400, $"request/body/{own} is read-only");
            }
        }
        if (body["settings"] is JsonObject settings && settings.ContainsKey("colour"))
        {
            throw new N8nRefusal(400, "request/body/settings Unrecognized key(s) in object: 'colour'");
        }
        return nodes;
    }

    private JsonObject Change(N8nFlow flow, JsonObject? body)
    {
        var nodes = Checked(body);
        flow.Change(
            (string?)body!["name"] ?? flow.Name,
            nodes,
            body["connections"]?.DeepClone() as JsonObject ?? [],
            body["settings"]?.DeepClone() as JsonObject ?? [],
            Now
        );
        // What is active is published at once; what can't be stays a draft, and the old version goes on.
        return flow.Active is null ? flow.Json() : Activate(flow);
    }

    private JsonObject Activate(N8nFlow flow)
    {
        flow.Activate(Flows.Where(other => other != flow), Now);
        return flow.Json();
    }

    private JsonObject Deactivate(N8nFlow flow)
    {
        flow.Deactivate(Now);
        return flow.Json();
    }

    private JsonArray Tagged(N8nFlow flow, JsonArray wanted)
    {
        flow.Tags.Clear();
        flow.Tags.AddRange(tags.Where(tag => wanted.Any(one => (string?)one?["id"] == tag.Id)));
        return flow.TagsJson();
    }

    private JsonObject MakeTag(string name)
    {
        if (tags.Exists(tag => tag.Name == name))
        {
            throw new N8nRefusal(409, "Tag already exists");
        }
        var (id, _, at) = NewTag(name);
        return N8nFlow.TagJson(id, name, at);
    }
}
