using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>An API server (Kubernetes 1.37) over a small world with controllers.</summary>
internal sealed class KubernetesStandIn : IStandIn, IDisposable
{
    private readonly KubeReads reads;
    private readonly KubeWrites writes;

    public KubernetesStandIn(TimeProvider time)
    {
        Store = new KubeStore(time);
        World = new KubeWorld(Store, time);
        reads = new KubeReads(Store, time);
        writes = new KubeWrites(Store, World);
    }

    public KubeStore Store { get; }

    public KubeWorld World { get; }

    public KubeRights Rights { get; } = new();

    /// <summary>As whom somebody without a token is taken; in the Sandbox the runner's account.</summary>
    public string Anonymous { get; set; } = KubeRights.Anonymous;

    /// <summary>So many requests find no share of the server left.</summary>
    public int Throttled { get; set; }

    /// <summary>The server is there and answers nothing.</summary>
    public bool Away { get; set; }

    /// <summary>Ends every watch that is open.</summary>
    public void CutWatches() => reads.Cut();

    public void Dispose()
    {
        reads.Dispose();
        World.Dispose();
    }

    public async Task AnswerAsync(HttpContext context)
    {
        if (Away)
        {
            context.Abort();
            return;
        }
        try
        {
            if (Throttled > 0 && context.Request.Path != "/version")
            {
                Throttled--;
                context.Response.Headers.RetryAfter = "1";
                await context.TextAsync("Too many requests, please try again later.\n", 429);
                return;
            }
            await RouteAsync(context);
        }
        catch (KubeRefusal refusal)
        {
            if (refusal.RetryAfter is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(
                    System.Globalization.CultureInfo.InvariantCulture
                );
            }
            await context.JsonAsync(refusal.Status(), refusal.Code);
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var segments = context.Segments();
        if (segments is ["version"])
        {
            await context.JsonAsync(Version());
            return;
        }
        if (segments is ["readyz" or "livez" or "healthz"])
        {
            await context.TextAsync("ok");
            return;
        }
        var user = Rights.UserOf(context.Request.Headers.Authorization, Anonymous);
        if (segments is ["apis"])
        {
            await context.JsonAsync(Groups());
            return;
        }
        var (group, version, rest) = segments switch
        {
            ["api", var v, .. var more] => ("", v, more),
            ["apis", var g, var v, .. var more] => (g, v, more),
            _ => ("", "", []),
        };
        if (rest is ["selfsubjectrulesreviews" or "selfsubjectaccessreviews" or "selfsubjectreviews"])
        {
            await ReviewAsync(context, user, rest[0]);
            return;
        }
        string? @namespace = null;
        if (rest is ["namespaces", var inside, _, ..])
        {
            (@namespace, rest) = (inside, rest[2..]);
        }
        if (rest.Length is < 1 or > 3)
        {
            await context.TextAsync("404 page not found\n", 404);
            return;
        }
        var (name, part) = (rest.Length > 1 ? rest[1] : "", rest.Length > 2 ? rest[2] : null);
        var resource = KubeResource.Find(group, version, rest[0]);
        if (resource is null)
        {
            Rights.Demand(
                user,
                context.Request.Method == "GET" ? "list" : "create",
                new KubeResource(group, version, rest[0], ""),
                null,
                @namespace,
                name
            );
            await context.TextAsync("404 page not found\n", 404);
            return;
        }
        var query = context.Request.Query;
        var watches = query["watch"] == "1" || query["watch"] == "true";
        var verb = context.Request.Method switch
        {
            "GET" => name.Length > 0 ? "get"
            : watches ? "watch"
            : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            _ => "delete",
        };
        Rights.Demand(user, verb, resource, part, @namespace, verb is "list" or "watch" ? NamedIn(query) : name);
        var place = new KubePlace(resource, @namespace, name, part);
        switch (verb)
        {
            case "get" when part == "log":
                await reads.LogAsync(context, place);
                break;
            case "get":
                await context.JsonAsync(reads.Get(place));
                break;
            case "list":
                await reads.ListAsync(context, place);
                break;
            case "watch":
                await reads.WatchAsync(context, place);
                break;
            default:
                await writes.DoAsync(context, place, verb, user);
                break;
        }
    }

    private static string NamedIn(IQueryCollection query)
    {
        const string mark = "metadata.name=";
        var selector = query["fieldSelector"].ToString();
        return selector.StartsWith(mark, StringComparison.Ordinal) && !selector.Contains(',', StringComparison.Ordinal)
            ? selector[mark.Length..]
            : "";
    }

    private async Task ReviewAsync(HttpContext context, string user, string which)
    {
        var asked = await context.ReadJsonAsync() ?? [];
        var answer = (JsonObject)asked.DeepClone();
        answer["metadata"] = new JsonObject();
        var attributes = asked["spec"]?["resourceAttributes"];
        answer["status"] = which switch
        {
            "selfsubjectrulesreviews" => new JsonObject
            {
                ["resourceRules"] = Rights.Review(user, asked["spec"]?["namespace"]?.GetValue<string>() ?? ""),
                ["nonResourceRules"] = new JsonArray(),
                ["incomplete"] = false,
            },
            "selfsubjectaccessreviews" => new JsonObject
            {
                ["allowed"] = Rights.May(
                    user,
                    Text("verb"),
                    Text("group"),
                    Text("resource"),
                    Text("namespace") is { Length: > 0 } space ? space : null,
                    Text("name")
                ),
            },
            _ => new JsonObject { ["userInfo"] = new JsonObject { ["username"] = user } },
        };
        if (which == "selfsubjectrulesreviews")
        {
            answer["spec"] = new JsonObject();
        }
        await context.JsonAsync(answer, 201);

        string Text(string member) => attributes?[member]?.GetValue<string>() ?? "";
    }

    private static JsonObject Version() =>
        new()
        {
            ["major"] = "1",
            ["minor"] = "37",
            ["emulationMajor"] = "1",
            ["emulationMinor"] = "37",
            ["minCompatibilityMajor"] = "1",
            ["minCompatibilityMinor"] = "36",
            ["gitVersion"] = "v1.37.2",
            ["gitCommit"] = "",
            ["gitTreeState"] = "",
            ["buildDate"] = "1970-01-01T00:00:00Z",
            ["goVersion"] = "go1.26.8",
            ["compiler"] = "gc",
            ["platform"] = "linux/amd64",
        };

    private static JsonObject Groups() =>
        new()
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([
                .. KubeResource
                    .All.Where(one => one.Group.Length > 0)
                    .GroupBy(one => one.Group)
                    .Select(one => new JsonObject { ["name"] = one.Key }),
            ]),
        };
}

/// <param name="Part">Subresource; null for the thing itself.</param>
internal sealed record KubePlace(KubeResource Resource, string? Namespace, string Name, string? Part);
