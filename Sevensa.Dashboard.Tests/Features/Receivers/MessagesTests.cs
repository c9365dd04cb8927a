using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions.Notices;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Messages to people by the one machine that tells programs: in each chat's own words, with its secrets kept.</summary>
public sealed partial class MessagesTests(MessagesTests.MailingApp app) : IClassFixture<MessagesTests.MailingApp>
{
    private const string Path = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
    private const string Token = "syt_a-token-of-this-test";
    private const string Room = "!opaque:example.org";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slack_is_told_of_a_plan_that_waits_and_the_link_alone_approves_nothing()
    {
        await app.FleetIsKnownAsync();
        await using var slack = await ChatServer.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        await AddAsync(
            admin,
            new
            {
                name = "Slack of rentguy",
                kind = "slack",
                url = slack.Url + Path,
                kinds = new[] { "proposal.created" },
                tenants = new[] { "rentguy" },
            }
        );
        var plan = await PostAsync(
            admin,
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "rentguy-web-1",
                parameters = new { },
                reason = "it hangs <!channel>",
            }
        );
        var said = (await slack.UntilAsync(1))[0];
        Assert.Equal(("POST", Path), (said.Method, said.Target));
        Assert.StartsWith("application/json", said.ContentType, StringComparison.Ordinal);
        Assert.Empty(said.TraceParent);
        var all = said.Json.ToJsonString();
        Assert.Contains("Approval wanted", (string)said.Json["text"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("<!channel>", string.Concat(Texts(said.Json)), StringComparison.Ordinal);
        Assert.Contains(Texts(said.Json), text => text.Contains("it hangs &lt;!channel&gt;", StringComparison.Ordinal));
        var link = Texts(said.Json).Single(text => text.EndsWith("|Open to approve>", StringComparison.Ordinal));
        var target = new Uri(link.TrimStart('<').Split('|')[0]);
        Assert.Equal($"http://console.example/approvals/{plan["id"]}", target.AbsoluteUri);

        using var nobody = app.Anonymous();
        using var turned = await nobody.GetAsync(target.PathAndQuery, Stop);
        Assert.Equal(HttpStatusCode.Found, turned.StatusCode);
        Assert.Contains("/signin", turned.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var approver = await app.BrowserAsAsync("approver");
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Post])
        {
            using var opened = await approver.SendAsync(new HttpRequestMessage(method, target.PathAndQuery), Stop);
            Assert.Equal(method == HttpMethod.Get, opened.StatusCode == HttpStatusCode.OK);
        }
        var after = await GetAsync(admin, $"/api/v1/proposals/{plan["id"]}");
        Assert.Equal("proposed", (string)after["state"]!);
        Assert.Empty(after["approvals"]!.AsArray());
        Assert.DoesNotContain((string)plan["planHash"]!, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_of_Slack_is_a_secret_everywhere()
    {
        await using var slack = await ChatServer.OpenAsync();
        // A server that says the address back, as some pages for errors do.
        slack.Answers = before => before == 0 ? new(200, "ok") : new(404, $"no_service at {slack.Url}{Path} or {Path}");
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("System.Net.Http", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            // Of this program and of Slack alone: other tests ask others meanwhile, with whatever in the address.
            ActivityStopped = activity =>
            {
                if (
                    activity.GetTagItem("server.port") is int port
                    && (port == app.Address.Port || port == new Uri(slack.Url).Port)
                )
                {
                    traced.Enqueue(string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Value}")));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(
            admin,
            new
            {
                name = "A secret address",
                kind = "slack",
                url = slack.Url + Path,
                kinds = new[] { "isolation.*" },
            }
        );
        Assert.Null(made["secret"]);
        var shown = (string)made["url"]!;
        Assert.Matches("^http://127\\.0\\.0\\.1:\\d+/\\*\\*\\*/[0-9a-f]{8}$", shown);
        Assert.Equal("delivered", (string)(await PostAsync(admin, $"{At(made)}/test"))["state"]!);
        var failed = await PostAsync(admin, $"{At(made)}/test");
        Assert.Equal("failed", (string)failed["state"]!);
        Assert.StartsWith("It answered 404: no_service at ***", (string)failed["answer"]!, StringComparison.Ordinal);

        var kept = await PutAsync(admin, At(made), new { name = "Another name", url = shown });
        Assert.Equal(shown, (string)kept["url"]!);
        await PostAsync(admin, $"{At(made)}/test");
        Assert.All(await slack.UntilAsync(3), one => Assert.Equal((Path, ""), (one.Target, one.TraceParent)));
        Assert.NotEmpty(traced);
        var file = await admin.GetStringAsync("/api/v1/configuration", Stop);
        Assert.Contains(shown, file, StringComparison.Ordinal);
        foreach (
            var text in (string[])
                [
                    file,
                    await admin.GetStringAsync("/api/v1/receivers?limit=100", Stop),
                    await admin.GetStringAsync($"{At(made)}/deliveries", Stop),
                    await admin.GetStringAsync($"/api/v1/audit?target={made["id"]}", Stop),
                    .. traced,
                ]
        )
        {
            Assert.DoesNotContain("XXXXXXXX", text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_file_says_the_rest_of_a_secret_receiver_and_not_its_secret()
    {
        await using var slack = await ChatServer.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(
            admin,
            new
            {
                name = "In a file",
                kind = "slack",
                url = slack.Url + Path,
                kinds = new[] { "isolation.*" },
            }
        );
        string File(string url, string kind = "slack", string name = "In a file") =>
            $"receivers: {{\"{name}\": {{kind: {kind}, url: '{url}', kinds: [dispatch.*]}}}}";

        var plan = await PlanAsync(admin, File((string)made["url"]!));
        Assert.Empty(plan["faults"]!.AsArray());
        Assert.Equal("change", (string)Changes(plan, "In a file")!["change"]!);
        // The whole address is known for the same one; it isn't shown for it.
        var whole = await PlanAsync(admin, File(slack.Url + Path));
        Assert.Empty(whole["faults"]!.AsArray());
        Assert.DoesNotContain("XXXXXXXX", whole.ToJsonString(), StringComparison.Ordinal);
        await ApplyAsync(admin, File((string)made["url"]!));
        Assert.Null(Changes(await PlanAsync(admin, File((string)made["url"]!)), "In a file"));
        await PostAsync(admin, $"{At(made)}/test");
        Assert.Equal(Path, (await slack.UntilAsync(1))[0].Target);

        foreach (
            var (file, words) in new[]
            {
                (File(slack.Url + "/services/other"), "secret"),
                (File((string)made["url"]!, "teams"), "told as slack"),
                (File(slack.Url + Path, name: "New"), "which no file holds"),
                (File("https://matrix.example.org", "matrix", "New"), "which no file holds"),
            }
        )
        {
            var refused = (await PlanAsync(admin, file))["faults"]!.AsArray();
            Assert.Contains(words, (string)Assert.Single(refused)!["reason"]!, StringComparison.Ordinal);
        }
        var mail = "receivers: {Mailed: {kind: email, url: 'mailto:ops@example.org', kinds: [dispatch.*]}}";
        await ApplyAsync(admin, mail);
        Assert.Null(Changes(await PlanAsync(admin, mail), "Mailed"));
    }

    [Fact]
    public async Task What_Slack_says_beside_ok_is_not_taken()
    {
        await using var slack = await ChatServer.OpenAsync();
        slack.Answers = before =>
            before == 0 ? new(200, "channel_is_archived")
            : before == 1 ? new(200, "")
            : new(403, "action_prohibited");
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, Quiet("Odd Slack", "slack", slack.Url + Path));
        foreach (
            var words in (string[])
                [
                    "It answered 200: channel_is_archived",
                    "It answered 200: nothing, where Slack says \"ok\".",
                    "It answered 403: action_prohibited",
                ]
        )
        {
            var tried = await PostAsync(admin, $"{At(made)}/test");
            Assert.Equal(("failed", words), ((string)tried["state"]!, (string)tried["answer"]!));
        }
    }

    [Fact]
    public async Task Teams_gets_a_card_and_says_by_200_that_it_failed()
    {
        await using var teams = await ChatServer.OpenAsync();
        const string Signed =
            "/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sig=a-signature-of-teams";
        teams.Answers = before =>
            before == 0
                ? new(202, "")
                : new(
                    200,
                    "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413"
                );
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, Quiet("Teams", "teams", teams.Url + Signed));
        Assert.DoesNotContain("sig", (string)made["url"]!, StringComparison.Ordinal);
        Assert.Equal("delivered", (string)(await PostAsync(admin, $"{At(made)}/test"))["state"]!);
        var said = (await teams.UntilAsync(1))[0];
        Assert.Equal(Signed, said.Target);
        Assert.Equal("AdaptiveCard", (string)said.Json["attachments"]![0]!["content"]!["type"]!);
        var failed = await PostAsync(admin, $"{At(made)}/test");
        Assert.Equal("failed", (string)failed["state"]!);
        Assert.Contains("HTTP error 413", (string)failed["answer"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_are_told_by_mail_as_programs_are()
    {
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, Quiet("Mailbox", "email", "ops@example.org; night@example.org"));
        Assert.Equal("mailto:ops@example.org,night@example.org", (string)made["url"]!);
        Assert.Equal("delivered", (string)(await PostAsync(admin, $"{At(made)}/test"))["state"]!);
        MimeKit.MimeMessage letter;
        do
        {
            // Plans of the other tests are told to the addresses of the settings.
            letter = await app.Smtp.NextAsync();
        } while (letter.Subject != "A test of this receiver");
        Assert.Equal(["ops@example.org", "night@example.org"], letter.To.Mailboxes.Select(box => box.Address));
        letter.Dispose();
    }

    [Theory]
    [InlineData("fax", "https://example.org", "no kind of receiver")]
    [InlineData("slack", "https://10.0.0.1/services/x", "10.0.0.1")]
    [InlineData("slack", "nonsense", "hooks.slack.com")]
    [InlineData("teams", "http://93.184.216.34/", "https")]
    [InlineData("slack", "https://hooks.slack.com/***/0a1b2c3d", "left out")]
    [InlineData("matrix", "https://matrix.example.org", "begins with !")]
    [InlineData("matrix", "https://matrix.example.org/_matrix/client/v3/rooms/!a:example.org", "access token")]
    [InlineData("matrix", "https://169.254.169.254/_matrix/client/v3/rooms/!a:b", "169.254.169.254")]
    [InlineData("email", "nobody", "is not an address")]
    [InlineData("email", "a@example.org?bcc=b@example.org", "is not an address")]
    [InlineData("email", "", "Give the addresses")]
    public async Task What_is_no_receiver_of_messages_is_refused_in_words(string kind, string url, string word)
    {
        using var admin = await app.ApiAsAsync("admin");
        var words = await RefusedAsync(
            admin,
            HttpMethod.Post,
            "/api/v1/receivers",
            new
            {
                name = "odd",
                kind,
                url,
            }
        );
        Assert.Contains(word, words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_keeps_its_kind_and_what_signs_nothing_has_no_secret_to_exchange()
    {
        await using var slack = await ChatServer.OpenAsync();
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, Quiet("Kept", "slack", slack.Url + Path));
        Assert.Contains(
            "told as slack",
            await RefusedAsync(admin, HttpMethod.Put, At(made), new { kind = "webhook" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Matrix",
            await RefusedAsync(admin, HttpMethod.Put, At(made), new { token = "t" }),
            StringComparison.Ordinal
        );
        using var refused = await admin.PostAsJsonAsync($"{At(made)}/secret", new { }, Stop);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var usual = await AddAsync(admin, new { name = "As ever", url = slack.Url + "/hook" });
        Assert.Equal("webhook", (string)usual["kind"]!);
        Assert.StartsWith("whsec_", (string)usual["secret"]!, StringComparison.Ordinal);
        await admin.DeleteAsync(At(usual), Stop);
    }

    private static object Quiet(string name, string kind, string url) =>
        new
        {
            name,
            kind,
            url,
            kinds = new[] { "isolation.*" },
        };

    private static string At(JsonNode made) => $"/api/v1/receivers/{made["id"]}";

    private static JsonNode? Of(JsonNode deliveries, string subject) =>
        deliveries["items"]!.AsArray().FirstOrDefault(one => (string?)one!["event"]!["subject"] == subject);

    private static TimeSpan Wait(JsonNode delivery) =>
        (DateTimeOffset)delivery["nextTryAt"]! - (DateTimeOffset)delivery["triedAt"]!;

    private static IEnumerable<string> Texts(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.SelectMany(member => Texts(member.Value)),
            JsonArray list => list.SelectMany(Texts),
            JsonValue value when value.TryGetValue<string>(out var text) => [text],
            _ => [],
        };

    private static JsonNode? Changes(JsonNode plan, string key) =>
        plan["changes"]!
            .AsArray()
            .FirstOrDefault(one => (string)one!["key"]! == key && (string)one["change"]! is not "extra");

    private static Task<JsonNode> AddAsync(HttpClient admin, object wish) =>
        PostAsync(admin, "/api/v1/receivers", wish);

    private async Task HookAsync(string tenant, string[] names)
    {
        using var hook = app.WithToken("sandbox");
        await PostAsync(
            hook,
            "/api/v1/hooks/alertmanager",
            new
            {
                version = "4",
                status = "firing",
                alerts = names.Select(name => new
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
                }),
            }
        );
    }

    private static Task<JsonNode> PlanAsync(HttpClient admin, string yaml) =>
        ReadAsync(admin.PostAsync("/api/v1/configuration/plan", Yaml(yaml), Stop));

    private static Task<JsonNode> ApplyAsync(HttpClient admin, string yaml) =>
        ReadAsync(admin.PostAsync("/api/v1/configuration/apply", Yaml(yaml), Stop));

    private static StringContent Yaml(string yaml) =>
        new(yaml, new System.Net.Http.Headers.MediaTypeHeaderValue("application/yaml"));

    private static async Task<JsonNode> UntilAsync(HttpClient client, string path, Func<JsonNode, bool> fits)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            var seen = await GetAsync(client, path);
            if (fits(seen))
            {
                return seen;
            }
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task<string> RefusedAsync(HttpClient client, HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, text);
        return (string)JsonNode.Parse(text)!["detail"]!;
    }

    private static async Task<JsonNode> GetAsync(HttpClient client, string path) =>
        JsonNode.Parse(await client.GetStringAsync(path, Stop))!;

    private static Task<JsonNode> PostAsync(HttpClient client, string path, object? body = null) =>
        ReadAsync(client.PostAsJsonAsync(path, body ?? new { }, Stop));

    private static Task<JsonNode> PutAsync(HttpClient client, string path, object body) =>
        ReadAsync(client.PutAsJsonAsync(path, body, Stop));

    private static async Task<JsonNode> ReadAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The program with a mail server and an address of its own.</summary>
    public sealed class MailingApp : SandboxApp
    {
        internal SmtpListener Smtp { get; } = new();

        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [
                KeyValuePair.Create("Identity:PublicUrl", "http://console.example"),
                KeyValuePair.Create("Notifications:SmtpHost", "127.0.0.1"),
                KeyValuePair.Create("Notifications:SmtpPort", Smtp.Port.ToString(CultureInfo.InvariantCulture)),
                KeyValuePair.Create("Notifications:SmtpSecurity", "None"),
                KeyValuePair.Create("Notifications:MailFrom", "Console <console@example.org>"),
                KeyValuePair.Create("Notifications:MailTo:0", "everybody@example.org"),
            ];

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Smtp.DisposeAsync();
        }
    }
}
