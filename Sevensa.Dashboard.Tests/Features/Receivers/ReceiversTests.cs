using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Events that go out to real listeners: signed, to whom they concern, each at least once and told as it was taken.</summary>
public sealed class ReceiversTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_a_cloud_event_that_a_standard_webhook_library_would_accept()
    {
        await using var inbox = await Inbox.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url);
        var secret = (string)made["secret"]!;
        var tried = await PostAsync(admin, $"{Path(made)}/test");
        Assert.Equal("delivered", (string)tried["state"]!);

        var told = (await inbox.UntilAsync(one => one.Type == "sevensa.receiver.test"))[0];
        Assert.StartsWith("application/cloudevents+json", told.ContentType, StringComparison.Ordinal);
        Assert.Equal("1.0", (string)told.Event["specversion"]!);
        Assert.Equal(told.Id, (string)told.Event["id"]!);
        Assert.True(Uri.IsWellFormedUriString((string)told.Event["source"]!, UriKind.Absolute));
        Assert.Equal("application/json", (string)told.Event["datacontenttype"]!);
        Assert.Equal(Signature(secret, told), told.Signature);
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(told.Time, CultureInfo.InvariantCulture));
        Assert.InRange((DateTimeOffset)tried["triedAt"]! - at, TimeSpan.Zero, TimeSpan.FromMinutes(5));

        var another = (string)(await PostAsync(admin, $"{Path(made)}/secret"))["secret"]!;
        await PostAsync(admin, $"{Path(made)}/test");
        var next = (await inbox.UntilAsync(one => one.Type == "sevensa.receiver.test", 2))[1];
        Assert.Equal([Signature(another, next), Signature(secret, next)], next.Signature.Split(' '));
        var listed = await admin.GetStringAsync(Path(made), Stop);
        Assert.DoesNotContain("whsec_", listed, StringComparison.Ordinal);
        var record = await admin.GetStringAsync($"/api/v1/audit?target={made["id"]}", Stop);
        Assert.DoesNotContain("whsec_", record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_is_told_of_what_it_wants_and_whose_it_may_know()
    {
        await app.FleetIsKnownAsync();
        await using var rentguys = await Inbox.OpenAsync();
        await using var witcoms = await Inbox.OpenAsync();
        await using var alerts = await Inbox.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        await AddAsync(admin, rentguys.Url, kinds: ["proposal.*", "action.*"], tenants: ["rentguy"]);
        await AddAsync(admin, witcoms.Url, tenants: ["witcom"]);
        await AddAsync(admin, alerts.Url, kinds: ["alert.firing"]);
        var plan = await ProposeAsync(admin, "rentguy", "rentguy-web-1");
        await HookAsync("witcom", "TestFires");

        var told = (await rentguys.UntilAsync(one => one.Type == "sevensa.proposal.created"))[0];
        Assert.Equal("rentguy", (string)told.Event["tenant"]!);
        Assert.Equal((string)plan["id"]!, (string)told.Event["subject"]!);
        Assert.Equal("container.restart", (string)told.Event["data"]!["proposal"]!["kind"]!);
        Assert.Equal((string)plan["planHash"]!, (string)told.Event["data"]!["proposal"]!["planHash"]!);
        Assert.DoesNotContain("because a test", told.Event.ToJsonString(), StringComparison.Ordinal);

        var fires = (await alerts.UntilAsync(one => (string?)one.Event["subject"] == "TestFires"))[0];
        Assert.Equal("witcom", (string)fires.Event["tenant"]!);
        await witcoms.UntilAsync(one => one.Type == "sevensa.alert.firing");
        Assert.All(witcoms.All, one => Assert.Equal("witcom", (string?)one.Event["tenant"]));
        Assert.All(alerts.All, one => Assert.Equal("sevensa.alert.firing", one.Type));
        Assert.All(rentguys.All, one => Assert.Matches("^sevensa\\.(proposal|action)\\.", one.Type));
    }

    [Fact]
    public async Task Whoever_wants_rotations_is_told_of_those_plans_alone()
    {
        await app.FleetIsKnownAsync();
        await using var inbox = await Inbox.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        await AddAsync(admin, inbox.Url, kinds: ["rotation.*"]);
        await ProposeAsync(admin, "witcom", "witcom-psra-db-1");
        var rotation = await PostAsync(
            admin,
            "/api/v1/proposals",
            new
            {
                kind = "secret.rotate",
                tenant = "rentguy",
                target = "api/database",
                reason = "because a test wants it",
            }
        );
        var told = (await inbox.UntilAsync(_ => true))[0];
        Assert.Equal("sevensa.proposal.created", told.Type);
        Assert.Equal((string)rotation["id"]!, (string)told.Event["subject"]!);
        Assert.All(inbox.All, one => Assert.Equal("secret.rotate", (string?)one.Event["data"]!["proposal"]!["kind"]));
    }

    [Fact]
    public async Task What_is_not_taken_is_sent_again_under_the_same_id_and_told_in_the_receivers_words()
    {
        await app.FleetIsKnownAsync();
        await using var inbox = await Inbox.OpenAsync();
        inbox.Answers = before => before == 0 ? 503 : 204;
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url, kinds: ["proposal.created"]);
        await ProposeAsync(admin, "rentguy", "rentguy-worker-1");

        var first = (await inbox.UntilAsync(_ => true))[0];
        var waiting = await DeliveryAsync(admin, made, one => (string)one["state"]! == "waiting");
        Assert.Equal("It answered 503: the desk is closed", (string)waiting["answer"]!);
        Assert.Equal(503, (int)waiting["status"]!);
        var both = await inbox.UntilAsync(_ => true, 2);
        Assert.Equal(first.Id, both[1].Id);
        Assert.Equal(first.Event.ToJsonString(), both[1].Event.ToJsonString());
        var done = await DeliveryAsync(admin, made, one => (string)one["state"]! == "delivered");
        Assert.Equal(2, (int)done["tries"]!);
    }

    [Fact]
    public async Task One_that_fails_is_looked_at_again_soon_and_told_of_nothing_that_was_before_it()
    {
        await app.FleetIsKnownAsync();
        await HookAsync("platform", "WasBefore");
        await using var inbox = await Inbox.OpenAsync();
        inbox.Answers = _ => 503;
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url, tenants: ["platform"]);
        foreach (var target in (string[])["traefik", "n8n", "claude-chat", "vps-manager"])
        {
            await HookAsync("platform", $"Fires-{target}");
        }
        // As many as make it one that fails; what came after the third of them is kept until it takes something.
        await inbox.UntilAsync(_ => true, 3);
        JsonNode seen;
        using var patience = new CancellationTokenSource(Patience.Usual);
        do
        {
            await Task.Delay(50, patience.Token);
            seen = await GetAsync(admin, Path(made));
        } while ((string)seen["state"]! != "failing");
        Assert.InRange(
            (DateTimeOffset)seen["nextTryAt"]! - (DateTimeOffset)seen["failingSince"]!,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(1)
        );

        inbox.Answers = _ => 204;
        await PostAsync(admin, $"{Path(made)}/test");
        Assert.Equal("active", (string)(await GetAsync(admin, Path(made)))["state"]!);
        await inbox.UntilAsync(one => one.Answer == 204 && (string?)one.Event["subject"] == "Fires-vps-manager");
        Assert.DoesNotContain(inbox.All, one => (string?)one.Event["subject"] == "WasBefore");
    }

    [Fact]
    public async Task A_paused_one_is_told_later_and_a_replay_is_the_same_event_again()
    {
        await app.FleetIsKnownAsync();
        await using var inbox = await Inbox.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url, kinds: ["proposal.created"]);
        await PostAsync(admin, $"{Path(made)}/pause");
        var plan = await ProposeAsync(admin, "witcom", "witcom-psra-api-1");
        Assert.Equal("paused", (string)(await GetAsync(admin, Path(made)))["state"]!);
        Assert.Empty(inbox.All);
        await PostAsync(admin, $"{Path(made)}/resume");
        var told = (await inbox.UntilAsync(_ => true))[0];
        Assert.Equal((string)plan["id"]!, (string)told.Event["subject"]!);

        var delivered = await DeliveryAsync(admin, made, one => (string)one["state"]! == "delivered");
        var again = await PostAsync(admin, $"{Path(made)}/deliveries/{delivered["number"]}/replay");
        Assert.Equal("waiting", (string)again["state"]!);
        var both = await inbox.UntilAsync(_ => true, 2);
        Assert.Equal(told.Event.ToJsonString(), both[1].Event.ToJsonString());
        Assert.Equal(told.Id, both[1].Id);
    }

    [Fact]
    public async Task One_that_is_gone_for_good_is_paused_and_the_record_says_so()
    {
        await app.FleetIsKnownAsync();
        await using var inbox = await Inbox.OpenAsync();
        inbox.Answers = _ => 410;
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url, kinds: ["proposal.created"]);
        await ProposeAsync(admin, "platform", "langgraph");
        await inbox.UntilAsync(_ => true);
        using var patience = new CancellationTokenSource(Patience.Usual);
        JsonNode seen;
        do
        {
            await Task.Delay(50, patience.Token);
            seen = await GetAsync(admin, Path(made));
        } while ((string)seen["state"]! != "paused");
        Assert.Contains("410", (string)seen["reason"]!, StringComparison.Ordinal);
        var record = await GetAsync(admin, $"/api/v1/audit?action=receiver.paused&target={made["id"]}");
        Assert.Single(record["items"]!.AsArray());
    }

    [Theory]
    [InlineData("https://10.0.0.1/hook", "10.0.0.1")]
    [InlineData("https://169.254.169.254/latest", "169.254.169.254")]
    [InlineData("https://[::ffff:10.0.0.1]/", "10.0.0.1")]
    [InlineData("https://[fd00::1]/", "fd00::1")]
    [InlineData("http://93.184.216.34/", "https")]
    [InlineData("ftp://example.org/", "https")]
    [InlineData("https://me:secret@example.org/", "signed")]
    [InlineData("nonsense", "address")]
    [InlineData("", "address")]
    public async Task An_address_that_may_not_be_told_is_refused_in_words(string url, string word)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsJsonAsync("/api/v1/receivers", new { name = "odd", url }, Stop);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!;
        Assert.Contains(word, (string)told["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_kind_and_no_tenant_is_refused_with_those_that_there_are()
    {
        using var admin = await app.ApiAsAsync("admin");
        foreach (
            var (wish, word) in new (object, string)[]
            {
                (
                    new
                    {
                        name = "a",
                        url = "https://example.org",
                        kinds = new[] { "signin.failed" },
                    },
                    "proposal.*"
                ),
                (
                    new
                    {
                        name = "a",
                        url = "https://example.org",
                        tenants = new[] { "nobody" },
                    },
                    "rentguy"
                ),
            }
        )
        {
            using var answer = await admin.PostAsJsonAsync("/api/v1/receivers", wish, Stop);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains(word, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }
        using var none = await admin.GetAsync("/api/v1/receivers/none", Stop);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var op = await app.ApiAsAsync("operator");
        using var refused = await op.GetAsync("/api/v1/receivers", Stop);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_name_that_leads_inside_is_not_connected_to()
    {
        await using var inbox = await Inbox.OpenAsync();
        inbox.Answers = _ => 302;
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, inbox.Url, kinds: ["maintenance.*"]);
        var tried = await PostAsync(admin, $"{Path(made)}/test");
        Assert.Equal("failed", (string)tried["state"]!);
        Assert.Contains("redirects are not followed", (string)tried["answer"]!, StringComparison.Ordinal);
        Assert.Single(inbox.All);
    }

    /// <summary>As https://www.standardwebhooks.com says it, written down a second time.</summary>
    private static string Signature(string secret, Posted told)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        var body = Encoding.UTF8.GetString(told.Body);
        return "v1,"
            + Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes($"{told.Id}.{told.Time}.{body}")));
    }

    private static string Path(JsonNode made) => $"/api/v1/receivers/{made["id"]}";

    private static Task<JsonNode> AddAsync(
        HttpClient admin,
        Uri url,
        string[]? kinds = null,
        string[]? tenants = null
    ) =>
        PostAsync(
            admin,
            "/api/v1/receivers",
            new
            {
                name = "a test's",
                url,
                kinds,
                tenants,
            }
        );

    private static Task<JsonNode> ProposeAsync(HttpClient admin, string tenant, string target) =>
        PostAsync(
            admin,
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant,
                target,
                parameters = new { },
                reason = "because a test wants it",
            }
        );

    private async Task HookAsync(string tenant, string name)
    {
        using var hook = app.WithToken("sandbox");
        await PostAsync(
            hook,
            "/api/v1/hooks/alertmanager",
            new
            {
                version = "4",
                status = "firing",
                alerts = new[]
                {
                    new
                    {
                        status = "firing",
                        labels = new
                        {
                            alertname = name,
                            tenant,
                            service = "api",
                            severity = "critical",
                        },
                        annotations = new { summary = "told by a test" },
                        startsAt = "2026-02-01T10:00:00Z",
                    },
                },
            }
        );
    }

    private static async Task<JsonNode> DeliveryAsync(HttpClient admin, JsonNode made, Func<JsonNode, bool> fits)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            var all = await GetAsync(admin, $"{Path(made)}/deliveries");
            if (all["items"]!.AsArray().FirstOrDefault(one => fits(one!)) is { } found)
            {
                return found;
            }
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task<JsonNode> GetAsync(HttpClient client, string path) =>
        JsonNode.Parse(await client.GetStringAsync(path, Stop))!;

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object? body = null)
    {
        using var answer = await client.PostAsJsonAsync(path, body ?? new { }, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
