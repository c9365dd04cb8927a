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

    /// <summary>Requests of OpenBao's recorded session that need nothing of what came before them.</summary>
    private static readonly Regex Alike = new(
        "^(health active|bad token|no token|unknown route|kv get missing|kv metadata missing|kv list missing|kv list limit as text|"
            + "kv put no data|policy with an unknown capability|approle login bad (secret|role) id|quotas config$|"
            + "namespace (create|read|list)$|namespace unknown|namespaced health$|namespaced seal status|"
            + "lease lookup revoked|lease irrevocable none|index: garbled)"
    );

    [Fact]
    public async Task Answers_as_OpenBao_did()
    {
        await using var standIns = await StandIns.StartAsync();
        var held = 0;
        foreach (var exchange in Recorded.Of("openbao").Where(found => Alike.IsMatch(found.Name)))
        {
            var headers = new Dictionary<string, string>();
            if (exchange.Name is not ("no token" or "health active"))
            {
                headers["X-Vault-Token"] = exchange.Name == "bad token" ? "s.nobody" : "sandbox-root";
            }
            if (exchange.Name.StartsWith("namespaced ", StringComparison.Ordinal))
            {
                headers["X-Vault-Namespace"] = "witcom";
            }
            if (exchange.Name == "namespace unknown")
            {
                headers["X-Vault-Namespace"] = "nobody";
            }
            var standby = exchange.Name.StartsWith("index", StringComparison.Ordinal);
            if (standby)
            {
                headers["X-Vault-Index"] = "abc";
            }
            var (status, _, text) = await standIns.SendAsync(
                standby ? "openbao-standby" : "openbao",
                exchange.Method,
                exchange.Path,
                exchange.RequestBody is { Length: > 0 } body ? body : null,
                headers
            );
            Assert.True(status == exchange.Status, $"{exchange.Name}: {status} instead of {exchange.Status}; {text}");
            held++;
            if (exchange.Status >= 400)
            {
                Assert.Equal(
                    JsonNode.Parse(exchange.Body)!["errors"]!.ToJsonString(),
                    JsonNode.Parse(text)!["errors"]!.ToJsonString()
                );
            }
        }
        Assert.InRange(held, 20, 60);
    }

    [Fact]
    public async Task Gives_a_whole_tree_in_one_answer_as_OpenBao_does_and_Vault_does_not()
    {
        await using var standIns = await StandIns.StartAsync();
        const string path = "/v1/secret/detailed-metadata/rentguy/?scan=true";
        var recorded = JsonNode.Parse(Recorded.Of("openbao").Single(found => found.Name == "kv detailed scan").Body)![
            "data"
        ]!["key_info"]!;
        var tree = (await standIns.JsonAsync("openbao", path, headers: Root))["data"]!["key_info"]!.AsObject();
        Assert.Equal(4, tree.Count);
        Assert.Empty(JsonShape.Faults(recorded["api/database"]!, tree["api/database"]!));
        Assert.Equal(404, (await standIns.SendAsync("vault", "GET", path, headers: Root)).Status);
    }

    [Fact]
    public async Task A_version_with_an_end_lives_until_then()
    {
        await using var standIns = await StandIns.StartAsync();
        const string path = "/v1/secret/data/rentguy/short";
        await standIns.SendAsync(
            "openbao",
            "POST",
            "/v1/secret/metadata/rentguy/short",
            """{"delete_version_after":"1h"}""",
            Root
        );
        var written = await standIns.JsonAsync("openbao", path, "POST", """{"data":{"password":"x"} }""", Root);
        Assert.Equal(StandIns.Noon.AddHours(1), At((string)written["data"]!["deletion_time"]!));
        Assert.Equal(200, (await standIns.SendAsync("openbao", "GET", path, headers: Root)).Status);
        standIns.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(404, (await standIns.SendAsync("openbao", "GET", path, headers: Root)).Status);
    }

    [Fact]
    public async Task A_limit_is_told_with_when_to_come_back_and_a_full_audit_disk_stops_all_but_health()
    {
        await using var standIns = await StandIns.StartAsync();
        await standIns.SendAsync(
            "openbao",
            "POST",
            "/v1/sys/quotas/rate-limit/q",
            """{"path":"secret/","rate":2,"interval":"10s"}""",
            Root
        );
        await standIns.SendAsync(
            "openbao",
            "POST",
            "/v1/sys/quotas/config",
            """{"enable_rate_limit_response_headers":true}""",
            Root
        );
        const string path = "/v1/secret/metadata/rentguy/?list=true";
        Assert.Equal(200, (await standIns.SendAsync("openbao", "GET", path, headers: Root)).Status);
        Assert.Equal(200, (await standIns.SendAsync("openbao", "GET", path, headers: Root)).Status);
        var (status, _, body) = await standIns.SendAsync("openbao", "GET", path, headers: Root);
        Assert.Equal(429, status);
        Assert.Contains("rate limit quota exceeded", body, StringComparison.Ordinal);
        standIns.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (await standIns.SendAsync("openbao", "GET", path, headers: Root)).Status);

        standIns.OpenBao.AuditDiskIsFull = true;
        Assert.Equal(
            (500, "{\"errors\":[\"internal error\"]}"),
            Two(await standIns.SendAsync("openbao", "GET", path, headers: Root))
        );
        Assert.Equal(200, (await standIns.SendAsync("openbao", "GET", "/v1/sys/health")).Status);

        static (int, string) Two((int Status, string, string Body) answer) => (answer.Status, answer.Body);
    }

    [Fact]
    public async Task A_standby_reads_the_past_until_it_is_told_what_it_must_know()
    {
        await using var standIns = await StandIns.StartAsync();
        const string path = "/v1/secret/data/rentguy/race";
        Assert.Equal(429, (await standIns.SendAsync("openbao-standby", "GET", "/v1/sys/health")).Status);
        await standIns.SendAsync("openbao-standby", "POST", path, """{"data":{"i":"y"} }""", Root);
        Assert.Equal(404, (await standIns.SendAsync("openbao-standby", "GET", path, headers: Root)).Status);
        var ahead = new Dictionary<string, string>(Root) { ["X-Vault-Index"] = "eyJjbHVzdGVyIjoiYSIsInZhbHVlIjoiMSJ9" };
        Assert.Equal(
            (429, "{\"errors\":[]}"),
            await standIns.SendAsync("openbao-standby", "GET", path, headers: ahead) is var (status, _, body)
                ? (status, body)
                : default
        );
        ahead["X-Vault-Inconsistent"] = "forward-active-node";
        Assert.Equal(200, (await standIns.SendAsync("openbao-standby", "GET", path, headers: ahead)).Status);
        standIns.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await standIns.SendAsync("openbao-standby", "GET", path, headers: Root)).Status);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_taken_back_lapses_and_then_is_irrevocable()
    {
        await using var standIns = await StandIns.StartAsync();
        var given = await standIns.JsonAsync("openbao", "/v1/database/creds/rentguy-app", headers: Root);
        var asked = $$"""{"lease_id":"{{(string)given["lease_id"]!}}"}""";
        standIns.OpenBao.DatabaseIsDown = true;
        standIns.Clock.Advance(TimeSpan.FromSeconds(3603));
        var lapsed = (await standIns.JsonAsync("openbao", "/v1/sys/leases/lookup", "PUT", asked, Root))["data"]!;
        Assert.Equal((-3, false), ((int)lapsed["ttl"]!, (bool)lapsed["renewable"]!));
        Assert.Null(lapsed["revoke_error"]);
        standIns.Clock.Advance(TimeSpan.FromMinutes(10));
        var ended = (await standIns.JsonAsync("openbao", "/v1/sys/leases/lookup", "PUT", asked, Root))["data"]!;
        Assert.StartsWith("out of retries", (string)ended["revoke_error"]!, StringComparison.Ordinal);
    }

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
