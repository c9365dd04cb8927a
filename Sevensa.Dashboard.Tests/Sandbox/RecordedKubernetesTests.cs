using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Kubernetes;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>
/// The stand-in asked what a real control plane was asked, in the same order: the same status, the same reason and, where it refuses,
/// the same words. Where it answers otherwise that is named with the reason, and no longer once it does not.
/// </summary>
public sealed class RecordedKubernetesTests
{
    private const string NotAsked = "nothing of this product asks for it";
    private const string NoPolicies =
        "admission policies, limit ranges and namespaces that go are not part of its world";
    private const string ByHand = "of something that was made by hand between the recorded questions";
    private const string OfTime =
        "of what a server forgets after minutes, or of load; asked of the stand-in by ClusterWatchTests";
    private const string OtherOrder = "the values that it repeats are in another order";
    private const string NotMade = "an apply makes nothing that is not there";
    private const string Stream = "a watch, whose lines are compared elsewhere";

    /// <summary>Why the stand-in answers otherwise, by the exchange's name.</summary>
    private static readonly Dictionary<string, string> Otherwise = new(StringComparer.Ordinal)
    {
        ["readyz without a token"] = NotAsked,
        ["discovery aggregated"] = NotAsked,
        ["table"] = NotAsked,
        ["metadata only"] = NotAsked,
        ["cbor only"] = NotAsked,
        ["the rollback subresource of old"] = NotAsked,
        ["delete, foreground"] = NotAsked,
        ["read while its pods go"] = NotAsked,
        ["deprecated API: endpoints"] = NotAsked,
        ["componentstatuses"] = NotAsked,
        ["doubled field"] = NotAsked,
        ["eviction against a budget"] = NotAsked,
        ["eviction within the budget"] = NotAsked,
        ["memory changed on the pod itself"] = NotAsked,
        ["memory changed by the resize subresource"] = NotAsked,
        ["token for five minutes"] = NotAsked,
        ["token for ten minutes"] = NotAsked,
        ["token for two years"] = NotAsked,
        ["token of another audience"] = NotAsked,
        ["request with a token of another audience"] = NotAsked,
        ["token whose service account is deleted"] = NotAsked,
        ["impersonation by an admin"] = NotAsked,
        ["impersonation without the right"] = NotAsked,
        ["admission policy"] = NoPolicies,
        ["its binding"] = NoPolicies,
        ["restart refused by the policy"] = NoPolicies,
        ["annotation refused too"] = NoPolicies,
        ["policy that only warns"] = NoPolicies,
        ["pod above the limit range"] = NoPolicies,
        ["namespace deleted"] = NoPolicies,
        ["namespace that can't go"] = NoPolicies,
        ["create in a namespace that goes"] = NoPolicies,
        ["node status as a kubelet writes it"] = ByHand,
        ["node that no longer reports"] = ByHand,
        ["their deployment"] = ByHand,
        ["runner: log of a pod, no node answers"] = ByHand,
        ["runner's rights: autoscaler edited"] = ByHand,
        ["quantities as numbers"] = ByHand,
        ["memory in thousandths"] = ByHand,
        ["apply by a second manager, conflict"] = ByHand,
        ["apply again after somebody scaled"] = ByHand,
        ["new image, bound to the resource version the plan saw"] = ByHand,
        ["undo: the whole template of revision 2 put in place"] = ByHand,
        ["replicas absent in a whole put"] = ByHand,
        ["list at an exact version after compaction"] = OfTime,
        ["page 2 with a continue of ten minutes ago, its version compacted"] = OfTime,
        ["list at an exact version that is compacted"] = OfTime,
        ["request beyond the share of its priority level"] = OfTime,
        ["selector changed"] = OtherOrder,
        ["runner: server-side apply of one that is not there"] = NotMade,
        ["runner's rights: watch"] = Stream,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_what_was_asked_alike()
    {
        using var cluster = World();
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["cluster"] = cluster },
            Stop
        );
        using var http = new HttpClient { BaseAddress = new Uri(server.AddressOf("cluster")) };
        var (differ, alike, known) = (new List<string>(), 0, new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var asked in Exchanges())
        {
            var name = (string)asked["name"]!;
            if (asked["response"]!["linesFile"] is not null)
            {
                continue;
            }
            var fault = await AskAsync(http, asked, known);
            cluster.World.Settle();
            if (fault is null != Otherwise.ContainsKey(name))
            {
                alike += fault is null ? 1 : 0;
            }
            else
            {
                differ.Add($"{name}: {fault ?? "answers alike by now"}");
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{alike} alike, {Otherwise.Count} not");
        Assert.True(differ.Count == 0, string.Join('\n', differ));
        Assert.True(alike > 170, $"{alike}");
    }

    private static KubernetesStandIn World()
    {
        var cluster = new KubernetesStandIn(TimeProvider.System);
        cluster.World.Fill(
            new Dictionary<string, string>
            {
                ["rentguy-test"] = "rentguy",
                ["sevensa"] = "sevensa",
                ["witcom"] = "witcom",
                ["default"] = "sevensa",
            }
        );
        cluster.World.Deploy("rentguy-test", "rentguy", "worker", 1);
        cluster.World.Deploy("sevensa", "sevensa", "mailer", 2);
        cluster.World.Deploy("sevensa", "sevensa", "site", 2);
        cluster.World.Deploy("witcom", "witcom", "db-proxy", 1);
        cluster.World.Deploy("witcom", "witcom", "shop", 2);
        cluster.World.Deploy("rentguy", "rentguy", "api", 2);
        cluster.World.Deploy("rentguy", "rentguy", "worker", 2);
        cluster.World.Settle();
        cluster.Rights.Give(KubeRights.Runner, KubeRights.Least(["rentguy"]));
        cluster.Rights.Add("made-up-nobody-token", "nobody");
        cluster.Rights.Give(
            "nobody",
            [new KubeRule(["rentguy"], [""], ["secrets"], ["get", "list", "watch"], ["fixed"])]
        );
        return cluster;
    }

    private static IEnumerable<JsonNode> Exchanges() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Recorded.Folder(), "kubernetes", "exchanges.json")))!["exchanges"]!
            .AsArray()
            .Select(one => one!);

    /// <returns>How its answer differs; null when it does not.</returns>
    private static async Task<string?> AskAsync(HttpClient http, JsonNode asked, Dictionary<string, string> known)
    {
        var (request, recorded) = (asked["request"]!, asked["response"]!);
        string Mapped(string text) =>
            known.Aggregate(text, (all, one) => all.Replace(one.Key, one.Value, StringComparison.Ordinal));
        using var message = new HttpRequestMessage(
            new HttpMethod((string)request["method"]!),
            Mapped((string)request["path"]!)
        );
        if ((string?)request["headers"]?["Authorization"] is { } shown)
        {
            message.Headers.TryAddWithoutValidation(
                "Authorization",
                shown.Contains(".signature", StringComparison.Ordinal) ? $"Bearer {KubeRights.RunnerToken}" : shown
            );
        }
        if (request["body"] is { } body)
        {
            var text =
                body.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)body! : body.ToJsonString();
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Mapped(text)));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(
                (string?)request["headers"]?["Content-Type"] ?? "application/json"
            );
        }
        using var answer = await http.SendAsync(message, Stop);
        var told = await answer.Content.ReadAsStringAsync(Stop);
        var actual = Read(told);
        Remember(known, recorded["body"], actual);
        if ((int)answer.StatusCode != (int)recorded["status"]!)
        {
            return $"{recorded["status"]} recorded, {(int)answer.StatusCode} answered: {Cut(told)}";
        }
        if (recorded["headers"]?["Warning"] is not null != answer.Headers.Contains("Warning"))
        {
            return "warned on one side only";
        }
        if (recorded["body"] is not JsonObject expected)
        {
            return
                recorded["body"] is JsonValue value
                && value.TryGetValue<string>(out var plain)
                && (string?)recorded["contentType"] is { } type
                && type.StartsWith("text/plain", StringComparison.Ordinal)
                && plain != told
                ? $"\"{plain}\" recorded, \"{Cut(told)}\" answered"
                : null;
        }
        if (actual is null)
        {
            return $"no JSON: {Cut(told)}";
        }
        foreach (var member in new[] { "kind", "apiVersion", "reason" })
        {
            if (expected[member] is { } wanted && wanted.ToJsonString() != actual[member]?.ToJsonString())
            {
                return $"{member} is {wanted.ToJsonString()} recorded and {actual[member]?.ToJsonString()} answered";
            }
        }
        return (string?)expected["kind"] == "Status" && Words(expected) != Words(actual)
                ? $"\"{Words(expected)}\" recorded, \"{Words(actual)}\" answered"
            : expected["spec"] is JsonObject spec && Missing(spec, actual["spec"] as JsonObject) is { } lost
                ? $"spec lacks {lost}"
            : null;
    }

    /// <summary>Names that differ from run to run are not words.</summary>
    private static string Words(JsonObject status) =>
        string.Join(
            ' ',
            ((string?)status["message"] ?? "")
                .Split(' ')
                .Select(word => word.Any(char.IsAsciiDigit) && word.Length > 2 ? "…" : word)
        );

    private static string? Missing(JsonObject expected, JsonObject? actual) =>
        expected.Select(member => member.Key).FirstOrDefault(key => actual?.ContainsKey(key) != true);

    /// <summary>What both sides made up themselves is put in place of the other's in what is asked next.</summary>
    private static void Remember(Dictionary<string, string> known, JsonNode? recorded, JsonObject? actual)
    {
        foreach (var member in new[] { "uid", "resourceVersion", "continue" })
        {
            if (
                recorded is JsonObject
                && (recorded["metadata"] as JsonObject)?[member] is JsonValue old
                && (actual?["metadata"] as JsonObject)?[member] is JsonValue own
                && old.ToJsonString() is var was
                && own.ToJsonString() is var now
            )
            {
                known[member == "resourceVersion" ? was : was.Trim('"')] =
                    member == "resourceVersion" ? now : now.Trim('"');
            }
        }
    }

    private static JsonObject? Read(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static string Cut(string text) => text.Length > 240 ? text[..240] : text;
}
