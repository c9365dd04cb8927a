using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>
/// The stand-ins asked all that the newest servers were asked: the same status and shape, and the same words where they
/// refuse. Where one answers otherwise it is named with the reason, and no longer once it does not.
/// </summary>
public sealed class RecordedStandInsTests
{
    private const string NoNatives = "the fleet has no native histograms";
    private const string NotTheirs = "no such metric in the fleet";
    private const string NotAsked = "nothing here asks for it";
    private const string NotPushed = "lines are the fleet's, and none are pushed";
    private const string SmallTenant = "no tenant of the fleet has limits of its own";

    private static readonly Dictionary<string, string> Prometheus = new()
    {
        ["native histogram, functions"] = NoNatives,
        ["native histogram with floats, warning"] = NoNatives,
        ["a series with values and histograms"] = NoNatives,
        ["values, then histograms, in one series"] = NoNatives,
        ["info annotation"] = NotTheirs,
        ["several annotations"] = NotTheirs,
        ["anchored"] = "not evaluated here",
        ["smoothed"] = "not evaluated here",
        ["fill without flag"] = "told with its own place, not with the beginning of the query",
        ["error many-to-many"] = "names the fleet's series",
        ["metadata, OpenMetrics counter without suffix"] = NotTheirs,
        ["metadata, UTF-8"] = NotTheirs,
        ["targets metadata"] = "told by a target that no tenant runs",
        ["relabel steps"] = NotAsked,
        ["rules"] = "no rule of the fleet is broken",
        ["rules, exclude_alerts"] = "no rule of the fleet is broken",
        ["rules, group_limit"] = "no rule of the fleet is broken, and they are one group",
        ["status self_metrics"] = NotAsked,
        ["openapi"] = NotAsked,
        ["federate"] = NotAsked,
    };

    private static readonly Dictionary<string, string> Loki = new()
    {
        ["query_range json lines with structured metadata"] = "statistics are those of the older server",
        ["unwrap error"] = "no line of the fleet has such a label",
        ["index shards"] = NotAsked,
        ["series"] = "the fleet's streams have labels of their own",
        ["series over max_query_series 5"] = SmallTenant,
        ["the same over a range"] = SmallTenant,
        ["push over the rate"] = NotPushed,
        ["push too old"] = NotPushed,
        ["push far behind"] = NotPushed,
        ["push without labels"] = NotPushed,
        ["push dotted label"] = NotPushed,
    };

    private static readonly Dictionary<string, string> Alertmanager = [];

    /// <summary>Of these the members are names, which are data.</summary>
    private static readonly string[] Names = ["metadata", "status flags", "features"];

    [Theory]
    [InlineData("prometheus-3", "prometheus-newest", 1795881186)]
    [InlineData("loki-3.7", "loki", 1795886186)]
    [InlineData("alertmanager-0.35", "alertmanager-newest", 1795881880)]
    public async Task Answer_what_was_asked_alike(string recorded, string name, long at)
    {
        await using var standIns = await StandIns.StartAsync(DateTimeOffset.FromUnixTimeSeconds(at));
        var (differ, ids, alike) = (new List<string>(), new Dictionary<string, string>(), 0);
        var known = recorded switch
        {
            "prometheus-3" => Prometheus,
            "loki-3.7" => Loki,
            _ => Alertmanager,
        };
        foreach (var exchange in Exchanges(recorded))
        {
            var path = ids.Aggregate(
                exchange.Path.Replace(" ", "%20", StringComparison.Ordinal),
                (text, id) => text.Replace(id.Key, id.Value, StringComparison.Ordinal)
            );
            var body = ids.Aggregate(
                exchange.Body,
                (text, id) => text?.Replace(id.Key, id.Value, StringComparison.Ordinal)
            );
            var answer = await standIns.SendAsync(name, exchange.Method, path, body, exchange.Headers);
            var fault = Fault(exchange, answer.Status, answer.Body);
            if (fault is null != known.ContainsKey(exchange.Name))
            {
                alike += fault is null ? 1 : 0;
            }
            else
            {
                differ.Add($"{exchange.Name}: {fault ?? "answers alike by now"}");
            }
            if (exchange.Answer is JsonObject && Id(exchange.Answer) is { } old && Id(Read(answer.Body)) is { } made)
            {
                ids[old] = made;
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{recorded}: {alike} alike, {known.Count} not");
        Assert.Equal([], differ);
    }

    private static string? Id(JsonNode? answer) => answer is JsonObject json ? (string?)json["silenceID"] : null;

    private static string? Fault(Asked asked, int status, string body)
    {
        if (status != asked.Status)
        {
            return $"{asked.Status} recorded, {status} answered: {body}";
        }
        if (asked.Answer is JsonValue text && text.GetValueKind() == JsonValueKind.String)
        {
            var words =
                Read(body) is JsonValue told && told.GetValueKind() == JsonValueKind.String ? (string)told! : body;
            return status < 400 || ((string)text!).Trim() == words.Trim() ? null : $"\"{words.Trim()}\"";
        }
        if (asked.Answer is null)
        {
            return null;
        }
        if (Read(body) is not { } answer)
        {
            return "no JSON: " + body;
        }
        var faults = Names.Contains(asked.Name) ? [] : JsonShape.Faults(asked.Answer, answer).Take(3).ToList();
        return faults.Count > 0 ? string.Join("; ", faults)
            : status >= 400 && Words(asked.Answer) != Words(answer) ? $"\"{Words(answer)}\""
            : null;
    }

    private static string? Words(JsonNode answer) =>
        answer is JsonObject json ? (string?)json["error"] ?? (string?)json["message"] : null;

    private static JsonNode? Read(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Asked(
        string Name,
        string Method,
        string Path,
        Dictionary<string, string> Headers,
        string? Body,
        int Status,
        JsonNode? Answer
    );

    private static IEnumerable<Asked> Exchanges(string server)
    {
        var file = Path.Combine(Recorded.Folder(), server, "exchanges.json");
        return JsonNode.Parse(File.ReadAllText(file))!["exchanges"]!
            .AsArray()
            .Select(exchange =>
            {
                var (request, response) = (exchange!["request"]!, exchange["response"]!);
                var body = request["body"];
                return new Asked(
                    (string)exchange["name"]!,
                    (string)request["method"]!,
                    (string)request["path"]!,
                    (request["headers"] as JsonObject ?? []).ToDictionary(
                        header => header.Key,
                        header => (string)header.Value!
                    ),
                    body is null ? null
                        : body.GetValueKind() == JsonValueKind.String ? (string)body!
                        : body.ToJsonString(),
                    (int)response["status"]!,
                    response["body"]
                );
            });
    }
}
