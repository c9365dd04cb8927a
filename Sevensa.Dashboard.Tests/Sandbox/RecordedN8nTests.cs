using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>
/// The stand-in asked all that n8n was asked, in the same order: the same status and shape, and the same words where it refuses.
/// Where it answers otherwise that is named with the reason, and no longer once it does not.
/// </summary>
public sealed class RecordedN8nTests
{
    private const string NotAsked = "nothing here asks for it";
    private const string NoCode = "code is not run";
    private const string Unmade = "of a workflow that the recording does not make";

    private static readonly Dictionary<string, string> Otherwise = new()
    {
        ["failed execution with data"] = "of what a run leaves behind only what is read",
        ["retry a failed execution"] = NotAsked,
        ["stop a finished execution"] = NotAsked,
        ["users"] = NotAsked,
        ["history"] = NotAsked,
        ["publish an unknown version"] = NotAsked,
        ["publish"] = NotAsked,
        ["credential: header auth"] = NotAsked,
        ["credential with a wrong type"] = NotAsked,
        ["credential read"] = NotAsked,
        ["credential: header auth (2)"] = NotAsked,
        ["credential with a wrong type (2)"] = NotAsked,
        ["credential read (2)"] = NotAsked,
        ["webhook: echo"] = "headers are the asker's own",
        ["webhook of an inactive workflow"] = "headers are the asker's own",
        ["webhook with raw body (2)"] = NoCode,
        ["webhook with raw body and Crypto node (2)"] = NoCode,
        ["webhook: time stamp, dot, raw body signed as the dashboard does (2)"] = NoCode,
        ["webhook signed, body with other letters"] = NoCode,
        ["protected resource metadata"] = NotAsked,
        ["authorization server metadata"] = NotAsked,
        ["tools/list"] = NotAsked,
        ["search_workflows"] = NotAsked,
        ["search_workflows after"] = NotAsked,
        ["DELETE"] = NotAsked,
        ["execute one that takes 25 s"] = Unmade,
        ["execute one that takes 25 s (2)"] = Unmade,
        ["search executions"] = NotAsked,
        ["search executions (2)"] = NotAsked,
        ["get its execution"] = NotAsked,
    };

    /// <summary>Asked within the moment in which n8n does not yet do what it has said.</summary>
    private static readonly string[] AtOnce =
    [
        "webhook after the PUT",
        "webhook of an inactive workflow",
        "deactivate again",
        "webhook with header auth: none",
        "webhook with header auth: wrong",
        "webhook with header auth: right",
        "create: raw code",
        "activate: raw code",
        "webhook with raw body",
        "create: raw crypto",
        "activate: raw crypto",
        "webhook with raw body and Crypto node",
        "create: raw crypto text",
        "activate: raw crypto text",
        "webhook: time stamp, dot, raw body signed as the dashboard does",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_what_was_asked_alike()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 28, 16, 8, 0, TimeSpan.Zero));
        var n8n = new N8nStandIn(new SimulatedFleet(clock));
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["n8n"] = n8n },
            Stop
        );
        using var http = new HttpClient();
        var (differ, ids, alike) = (new List<string>(), new Dictionary<string, string>(), 0);
        foreach (var asked in Exchanges())
        {
            var name = (string)asked["name"]!;
            if (!AtOnce.Contains(name))
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }
            n8n.McpIsOn = name != "instance MCP while off, no token";
            foreach (var exposed in n8n.Flows.Where(flow => flow.Name is "last node all" or "fails lastNode"))
            {
                exposed.Exposed = true;
            }
            var (status, body) = await AskAsync(http, server.AddressOf("n8n"), asked, ids);
            var fault = Fault(asked["response"]!, status, body);
            if (fault is null != Otherwise.ContainsKey(name))
            {
                alike += fault is null ? 1 : 0;
            }
            else
            {
                differ.Add($"{name}: {fault ?? "answers alike by now"}");
            }
            if (
                (string?)asked["request"]!["method"] == "POST"
                && Read(asked["response"]!["body"]) is JsonObject told
                && Id(told) is { } old
                && Read(body) is JsonObject made
                && Id(made) is { } own
            )
            {
                ids[old] = own;
                if (
                    name
                    is "create: guarded2"
                        or "create: raw code (2)"
                        or "create: raw crypto (2)"
                        or "create: raw crypto text (2)"
                )
                {
                    // By hand, between the two recordings.
                    n8n.Flows.Single(flow => flow.Id == ids[old]).Activate([], clock.GetUtcNow());
                }
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{alike} alike, {Otherwise.Count} not");
        Assert.True(differ.Count == 0, string.Join('\n', differ));
        Assert.True(alike > 100, $"{alike}");
    }

    private static string? Id(JsonObject answer) =>
        answer["id"]?.GetValueKind() == JsonValueKind.String ? (string?)answer["id"] : null;

    /// <summary>All but what is the setting-up of an owner, and what was asked of workflows that were made by hand.</summary>
    private static IEnumerable<JsonNode> Exchanges()
    {
        var all = JsonNode.Parse(File.ReadAllText(Path.Combine(Recorded.Folder(), "n8n", "exchanges.json")))![
            "exchanges"
        ]!
            .AsArray()
            .Select(one => one!)
            .ToList();
        var byHand = all.FindIndex(one => (string?)one["name"] == "activate an error workflow");
        var ended = all.FindIndex(one => (string?)one["name"] == "retry of a crashed execution");
        return all.Where(
            (one, at) =>
                (at < byHand || at > ended)
                && !((string)one["request"]!["path"]!).StartsWith("/rest/", StringComparison.Ordinal)
        );
    }

    private static async Task<(int Status, string Body)> AskAsync(
        HttpClient http,
        string address,
        JsonNode asked,
        Dictionary<string, string> ids
    )
    {
        var request = asked["request"]!;
        string Mapped(string text) =>
            ids.Aggregate(text, (all, id) => all.Replace(id.Key, id.Value, StringComparison.Ordinal));
        using var message = new HttpRequestMessage(
            new HttpMethod((string)request["method"]!),
            address + Mapped((string)request["path"]!)
        );
        if (request["body"] is { } body)
        {
            message.Content = new ByteArrayContent(
                Encoding.UTF8.GetBytes(
                    Mapped(body.GetValueKind() == JsonValueKind.String ? (string)body! : body.ToJsonString())
                )
            );
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        var name = (string)asked["name"]!;
        if (request["headers"]?["X-N8N-API-KEY"] is not null)
        {
            message.Headers.Add(
                "X-N8N-API-KEY",
                name == "public API with a wrong key" ? "another"
                    : name == "create with a key that may only read" ? N8nStandIn.ReadingKey
                    : N8nStandIn.Key
            );
        }
        if (request["headers"]?["Authorization"] is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                name == "with the public API key" ? N8nStandIn.Key : N8nMcp.Key
            );
        }
        if (name == "webhook with header auth: right (2)")
        {
            message.Headers.Add(N8nStandIn.SecretHeader, N8nStandIn.Secret);
        }
        using var answer = await http.SendAsync(message, Stop);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static string? Fault(JsonNode recorded, int status, string body)
    {
        if (status != (int)recorded["status"]!)
        {
            return $"{recorded["status"]} recorded, {status} answered: {body}";
        }
        var (expected, actual) = (Listed(Read(recorded["body"])), Listed(Read(body)));
        if (expected is null)
        {
            return null;
        }
        if (expected is JsonValue text)
        {
            return (string?)text == body ? null : $"\"{body}\"";
        }
        return JsonShape.Faults(expected, actual).Take(3).ToList() is { Count: > 0 } faults ? string.Join("; ", faults)
            : Words(expected) != Words(actual) ? $"\"{Words(actual)}\" and not \"{Words(expected)}\""
            : null;
    }

    /// <summary>Ids decide which of a list comes first, and each workflow has nodes of its own: they are compared one by one.</summary>
    private static JsonNode? Listed(JsonNode? answer)
    {
        var copy = answer?.DeepClone();
        if (copy is JsonObject list && list["data"] is JsonArray items)
        {
            foreach (var item in items.OfType<JsonObject>())
            {
                item.Remove("nodes");
                item.Remove("connections");
                item.Remove("activeVersion");
            }
        }
        return copy;
    }

    /// <summary>Where n8n refuses, over MCP too.</summary>
    private static string? Words(JsonNode? answer)
    {
        if (answer is not JsonObject json)
        {
            return null;
        }
        var result = json["result"];
        return (string?)result?["structuredContent"]?["error"]
            ?? (result?["isError"] is not null ? (string?)result["content"]?[0]?["text"] : null)
            ?? (json["error"] is JsonObject error ? (string?)error["message"] : null)
            ?? (
                result is null && json["message"]?.GetValueKind() == JsonValueKind.String
                    ? (string?)json["message"]
                    : null
            );
    }

    /// <summary>JSON, or the one message of an answer that comes as events.</summary>
    private static JsonNode? Read(JsonNode? body) =>
        body switch
        {
            JsonObject events when events["lines"] is JsonArray lines => Read(
                string.Join('\n', lines.Select(line => (string?)line))
            ),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => Read((string)value!),
            _ => body,
        };

    private static JsonNode? Read(string body)
    {
        var text =
            body.Split('\n')
                .FirstOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal))
                ?["data: ".Length..]
            ?? body;
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
