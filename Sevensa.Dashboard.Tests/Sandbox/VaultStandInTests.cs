using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class VaultStandInTests
{
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    /// <summary>What needs a database behind Vault, a second engine or an audit device; the Sandbox has none.</summary>
    private static readonly Regex Elsewhere = new(
        "^(enable audit|audit devices|enable database|db |static role$|rotate root|rotate while|creds while|password |lease |static roles list|static role read|static creds|rotate static|rotate after)"
    );

    /// <summary>The recorded session is one story, so it is replayed as one.</summary>
    [Fact]
    public async Task Answers_the_recorded_session_with_the_same_status_and_shape()
    {
        await using var standIns = await StandIns.StartAsync();
        var replaced = new Dictionary<string, string> { ["root"] = "sandbox-root" };
        using var recording = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), "vault", "exchanges.json"))
        );
        var held = 0;
        foreach (var exchange in recording.RootElement.GetProperty("exchanges").EnumerateArray())
        {
            var name = exchange.GetProperty("name").GetString()!;
            if (Elsewhere.IsMatch(name))
            {
                continue;
            }
            var request = exchange.GetProperty("request");
            var response = exchange.GetProperty("response");
            var headers = request
                .GetProperty("headers")
                .EnumerateObject()
                .ToDictionary(h => h.Name, h => Known(h.Value.GetString()!));
            var body = request.GetProperty("body");
            var sent = body.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => body.GetString()!,
                _ => body.GetRawText(),
            };
            var (status, _, text) = await standIns.SendAsync(
                "vault",
                request.GetProperty("method").GetString()!,
                request.GetProperty("path").GetString()!,
                sent is null ? null : Known(sent),
                headers
            );
            Assert.True(
                response.GetProperty("status").GetInt32() == status,
                $"{name}: {status} instead of {response.GetProperty("status")}; {text}"
            );
            held++;
            var recorded = response.GetProperty("body");
            if (recorded.ValueKind == JsonValueKind.Object)
            {
                var (expected, actual) = (JsonNode.Parse(recorded.GetRawText())!, JsonNode.Parse(text)!);
                Assert.True(
                    !JsonShape.Faults(expected, actual).Any(),
                    $"{name}: {string.Join("; ", JsonShape.Faults(expected, actual))}"
                );
                if (expected["errors"] is { } errors)
                {
                    Assert.Equal(errors.ToJsonString(), actual["errors"]!.ToJsonString());
                }
                Learn(expected, actual);
            }
        }
        Assert.InRange(held, 40, 100);

        string Known(string text)
        {
            foreach (var (old, now) in replaced)
            {
                text = text == old || text.Length > 40 ? text.Replace(old, now, StringComparison.Ordinal) : text;
            }
            return text;
        }

        void Learn(JsonNode expected, JsonNode actual)
        {
            foreach (
                var (part, member) in ((string, string)[])
                    [("auth", "client_token"), ("data", "role_id"), ("data", "secret_id")]
            )
            {
                if (expected[part] is JsonObject e && (string?)e[member] is { } old)
                {
                    replaced[old] = (string)actual[part]![member]!;
                }
            }
        }
    }

    [Fact]
    public async Task Secrets_have_ages_due_days_and_consumers()
    {
        await using var standIns = await StandIns.StartAsync();
        var tenants = await ListAsync("/v1/secret/metadata");
        Assert.Equal(["platform/", "psra-ltsd/", "rentguy/", "witcom/"], tenants);
        Assert.Equal(["api/", "web/", "worker/"], await ListAsync("/v1/secret/metadata/rentguy"));

        var metadata = (
            await standIns.JsonAsync("vault", "/v1/secret/metadata/witcom/psra-api/database", headers: Root)
        )["data"]!;
        var current = (string)metadata["versions"]![metadata["current_version"]!.ToJsonString()]!["created_time"]!;
        Assert.Equal(97, (StandIns.Noon - At(current)).Days);
        Assert.Equal("90", (string?)metadata["custom_metadata"]!["due_days"]);
        Assert.Equal("psra-api", (string?)metadata["custom_metadata"]!["consumers"]);

        var fixedRole = (await standIns.JsonAsync("vault", "/v1/database/static-roles/witcom-psra-api", headers: Root))[
            "data"
        ]!;
        Assert.Equal(97, (StandIns.Noon - At((string)fixedRole["last_vault_rotation"]!)).Days);

        async Task<string[]> ListAsync(string path) =>
            [
                .. (await standIns.JsonAsync("vault", path, "LIST", headers: Root))["data"]!["keys"]!
                    .AsArray()
                    .Select(k => (string)k!),
            ];
    }

    [Fact]
    public async Task A_rotation_makes_a_new_version_of_today()
    {
        await using var standIns = await StandIns.StartAsync();
        const string path = "/v1/secret/data/rentguy/api/database";
        var before = (await standIns.JsonAsync("vault", path, headers: Root))["data"]!;
        var version = (int)before["metadata"]!["version"]!;
        var written = await standIns.JsonAsync(
            "vault",
            path,
            "POST",
            $$"""{"data":{"password":"new"},"options":{"cas": {{version}} } }""",
            Root
        );
        Assert.Equal(version + 1, (int)written["data"]!["version"]!);
        Assert.StartsWith("2026-11-24T12:30:00", (string)written["data"]!["created_time"]!);
        var (status, _, body) = await standIns.SendAsync(
            "vault",
            "POST",
            path,
            $$"""{"data":{"password":"newer"},"options":{"cas": {{version}} } }""",
            Root
        );
        Assert.Equal(400, status);
        Assert.Contains("check-and-set parameter did not match the current version", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leases_live_and_end()
    {
        await using var standIns = await StandIns.StartAsync();
        var keys = await standIns.JsonAsync(
            "vault",
            "/v1/sys/leases/lookup/database/creds/rentguy-app",
            "LIST",
            headers: Root
        );
        Assert.Equal(2, keys["data"]!["keys"]!.AsArray().Count);
        var given = await standIns.JsonAsync("vault", "/v1/database/creds/rentguy-app", headers: Root);
        var lease = (string)given["lease_id"]!;
        var asked = $$"""{"lease_id":"{{lease}}"}""";
        Assert.Equal(
            3600,
            (int)(await standIns.JsonAsync("vault", "/v1/sys/leases/lookup", "PUT", asked, Root))["data"]!["ttl"]!
        );
        standIns.Clock.Advance(TimeSpan.FromHours(2));
        var (status, _, body) = await standIns.SendAsync("vault", "PUT", "/v1/sys/leases/lookup", asked, Root);
        Assert.Equal((400, "{\"errors\":[\"invalid lease\"]}"), (status, body));
    }

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
