using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>
/// The session that was recorded with OpenBao, told to its stand-in from beginning to end: the same status, shape and words.
/// What it answers otherwise is named with the reason, and no longer once it does not.
/// </summary>
public sealed class RecordedBaoTests
{
    private const string RootRecorded = "s.n1GTi7WlsW0zdrL2KrriEs2r";

    [Fact]
    public async Task Answers_the_recorded_session_alike()
    {
        await using var standIns = await StandIns.StartAsync();
        var known = BaoDifferences.All;
        var replaced = new Dictionary<string, string> { [RootRecorded] = "sandbox-root" };
        var (differ, alike) = (new List<string>(), 0);
        using var recording = JsonDocument.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(Recorded.Folder(), "openbao", "exchanges.json"),
                TestContext.Current.CancellationToken
            )
        );
        var seen = new HashSet<string>();
        foreach (var exchange in recording.RootElement.GetProperty("exchanges").EnumerateArray())
        {
            var (request, response) = (exchange.GetProperty("request"), exchange.GetProperty("response"));
            var name = exchange.GetProperty("name").GetString()!;
            // Some things were asked twice under one name.
            for (var again = 2; !seen.Add(name); again++)
            {
                name = $"{exchange.GetProperty("name").GetString()} ({again})";
            }
            await ArrangeAsync(standIns, name);
            var body = request.GetProperty("body");
            var sent =
                body.ValueKind == JsonValueKind.Null ? null
                : body.ValueKind == JsonValueKind.String ? body.GetString()
                : body.GetRawText();
            var (status, _, text) = await standIns.SendAsync(
                IsOfStandby(name) ? "openbao-standby" : "openbao",
                request.GetProperty("method").GetString()!,
                Known(request.GetProperty("path").GetString()!),
                sent is null ? null : Known(sent),
                request
                    .GetProperty("headers")
                    .EnumerateObject()
                    .ToDictionary(header => header.Name, header => Known(header.Value.GetString()!))
            );
            var recorded = JsonNode.Parse(response.GetProperty("body").GetRawText());
            var fault = Fault(response.GetProperty("status").GetInt32(), recorded, status, text);
            if (fault is null == known.ContainsKey(name))
            {
                differ.Add($"{name}: {fault ?? "answers alike by now"}");
            }
            alike += fault is null ? 1 : 0;
            if (recorded is JsonObject && text.StartsWith('{'))
            {
                Learn(recorded, JsonNode.Parse(text)!);
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{alike} alike, {known.Count} not");
        Assert.True(differ.Count == 0, string.Join('\n', differ));

        string Known(string text) =>
            replaced.Aggregate(text, (all, one) => all.Replace(one.Key, one.Value, StringComparison.Ordinal));

        void Learn(JsonNode? expected, JsonNode? actual)
        {
            if (expected is not JsonObject old || actual is not JsonObject now)
            {
                return;
            }
            foreach (var (member, value) in old)
            {
                if (!now.TryGetPropertyValue(member, out var given))
                {
                    continue;
                }
                if (
                    Ids.Contains(member)
                    && value?.GetValueKind() == JsonValueKind.String
                    && given?.GetValueKind() == JsonValueKind.String
                    && (string)value! is { Length: > 0 } id
                )
                {
                    replaced[id] = (string)given!;
                }
                else
                {
                    Learn(value, given);
                }
            }
        }
    }

    private static readonly string[] Ids =
    [
        "client_token",
        "role_id",
        "secret_id",
        "token",
        "lease_id",
        "accessor",
        "secret_id_accessor",
        "wrapped_accessor",
    ];

    private static bool IsOfStandby(string name) =>
        name.StartsWith("standby: ", StringComparison.Ordinal)
        || name.StartsWith("active node gone: ", StringComparison.Ordinal)
        || name.StartsWith("reading standby: ", StringComparison.Ordinal)
        || name is "index: ahead at the standby" or "index: garbled";

    /// <summary>What happened between the requests.</summary>
    private static async Task ArrangeAsync(StandIns standIns, string name)
    {
        standIns.OpenBao.AuditDiskIsFull = name.StartsWith("audit disk full", StringComparison.Ordinal);
        standIns.OpenBao.DatabaseIsDown = name.StartsWith("database down", StringComparison.Ordinal);
        if (
            name
            is "kv get after its time"
                or "expired token read"
                or "unwrap expired"
                or "rate limited with headers"
                or "reading standby: read a second later"
                or "standby: read of what was just written"
        )
        {
            standIns.Clock.Advance(TimeSpan.FromSeconds(4));
        }
        if (name == "standby: health")
        {
            await standIns.SendAsync("openbao", "PUT", "/v1/sys/unseal", """{"key":"x"}""");
            standIns.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static string? Fault(int expected, JsonNode? recorded, int status, string text)
    {
        if (status != expected)
        {
            return $"{expected} recorded, {status} answered: {text[..Math.Min(160, text.Length)]}";
        }
        if (recorded is not JsonObject || !text.StartsWith('{'))
        {
            return null;
        }
        var answer = JsonNode.Parse(text)!;
        var faults = JsonShape.Faults(recorded, answer).Take(3).ToList();
        return faults.Count > 0 ? string.Join("; ", faults)
            : recorded["errors"] is { } errors && errors.ToJsonString() != answer["errors"]?.ToJsonString()
                ? $"\"{answer["errors"]?.ToJsonString()}\""
            : null;
    }
}
