using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Policies over HTTP against the running program: from a sentence to one action within its budget, and back.</summary>
public sealed class PoliciesApiTests(PoliciesApiTests.Quick app) : IClassFixture<PoliciesApiTests.Quick>, IAsyncLifetime
{
    private const string Path = "/api/v1/policies";
    private HttpClient @operator = null!;

    /// <summary>The program looks at policies every second.</summary>
    public sealed class Quick : SandboxApp
    {
        private readonly LaterClock clock = new();

        /// <summary>Lets time pass.</summary>
        public void Later(TimeSpan by) => clock.Later(by);

        protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Policies:EverySeconds", "1")];

        protected override void Replace(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock);
    }

    public async ValueTask InitializeAsync()
    {
        @operator = await app.ApiAsAsync("operator");
        await app.FleetIsKnownAsync();
    }

    public ValueTask DisposeAsync()
    {
        @operator.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task From_a_sentence_to_one_action_within_the_budget_and_back()
    {
        var drafted = await PostAsync(
            $"{Path}/draft",
            new { text = "Restart the RentGuy worker when `up > 0`, at most once a day" },
            HttpStatusCode.Created
        );
        Assert.Equal(("draft", "rentguy"), (Text(drafted, "stage"), Text(drafted, "tenant")));
        Assert.Equal(1, drafted.GetProperty("budget").GetProperty("perDay").GetInt32());
        Assert.Empty(drafted.GetProperty("unread").EnumerateArray());
        Assert.Contains("Restart worker", Text(drafted, "sentence"), StringComparison.Ordinal);
        var one = $"{Path}/{Text(drafted, "id")}";

        var tried = await PostAsync($"{one}/backtest", new { days = 2 });
        Assert.True(tried.GetProperty("acted").GetInt32() > 0, tried.ToString());
        Assert.NotEmpty(tried.GetProperty("acts").EnumerateArray());

        // What the answer says can be sent back; the outcome is settled soon, so that the test need not wait.
        var changed = JsonSerializer.Deserialize<Dictionary<string, object?>>(drafted)!;
        (changed["outcome"], changed["cooldown"]) = (new { within = "10s", cleared = true }, "0s");
        using (var put = await @operator.PutAsJsonAsync(one, changed))
        {
            var read = await put.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(put.IsSuccessStatusCode, read.ToString());
            Assert.Equal(2, read.GetProperty("version").GetInt32());
        }

        Assert.Equal("shadow", Text(await PostAsync($"{one}/promote", null), "stage"));
        await UntilAsync(one, "wouldAct");
        Assert.DoesNotContain("container.restart", await ProposalsAsync(), StringComparison.Ordinal);

        // Nobody did the same yet: only an administrator leaves that out, and the plan says so.
        foreach (var waive in new[] { false, true })
        {
            var early = await PostAsync(
                $"{one}/promote",
                new { reason = "it would have helped", waiveAgreements = waive },
                HttpStatusCode.UnprocessableEntity
            );
            Assert.Contains("0 of", Text(early, "detail"), StringComparison.Ordinal);
        }
        using var admin = await app.ApiAsAsync("admin");
        using var promoted = await admin.PostAsJsonAsync(
            $"{one}/promote",
            new { reason = "it would have helped", waiveAgreements = true }
        );
        var asked = await promoted.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(promoted.StatusCode == HttpStatusCode.Accepted, asked.ToString());
        Assert.Equal("shadow", Text(asked, "stage"));
        Assert.Contains(
            "left out",
            await admin.GetStringAsync(Text(asked.GetProperty("proposal"), "url")),
            StringComparison.Ordinal
        );
        var proposal = asked.GetProperty("proposal");
        Assert.Equal("high", Text(proposal, "risk"));
        using (
            var self = await admin.PostAsJsonAsync(
                $"{Text(proposal, "url")}/approve",
                new { planHash = Text(proposal, "planHash"), comment = "" }
            )
        )
        {
            Assert.Equal(HttpStatusCode.Forbidden, self.StatusCode);
        }
        using (var approver = await app.ApiAsAsync("approver"))
        using (
            var approved = await approver.PostAsJsonAsync(
                $"{Text(proposal, "url")}/approve",
                new { planHash = Text(proposal, "planHash"), comment = "" }
            )
        )
        {
            Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        }

        // An action is written down before its proposal is there, and what came of it is looked at ten seconds later.
        await Eventually.TrueAsync(
            "the restart to be done",
            async _ =>
            {
                var act = (await UntilAsync(one, "acted")).Single(found => Text(found, "verdict") == "acted");
                var restart = await GetAsync($"/api/v1/proposals/{Text(act, "proposal")}");
                return Text(restart, "state") == "succeeded";
            }
        );
        app.Later(TimeSpan.FromSeconds(10));
        var acted = await UntilAsync(one, "demoted");
        var back = await GetAsync(one);
        Assert.Equal("shadow", Text(back, "stage"));
        Assert.NotEmpty(Text(back.GetProperty("state"), "stageWhy"));
        Assert.Single(acted, found => Text(found, "verdict") == "acted");
        var done = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/proposals/{Text(acted.Single(found => Text(found, "verdict") == "acted"), "proposal")}"
        );
        Assert.Equal(("container.restart", "succeeded"), (Text(done, "kind"), Text(done, "state")));
        Assert.Contains("policy:", done.GetProperty("requestedBy").ToString(), StringComparison.Ordinal);
        var record = await admin.GetStringAsync("/api/v1/audit?limit=200");
        foreach (
            var action in new[]
            {
                "policy.drafted",
                "policy.changed",
                "policy.shadowed",
                "policy.enforced",
                "policy.demoted",
            }
        )
        {
            Assert.Contains(action, record, StringComparison.Ordinal);
        }
        Assert.Equal("draft", Text(await PostAsync($"{one}/demote", null), "stage"));
        using var removed = await @operator.DeleteAsync(one);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var gone = await @operator.GetAsync(one);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task What_a_policy_expects_is_shown_to_whom_it_is_shown()
    {
        var scaled = await PostAsync(
            Path,
            new
            {
                tenant = "rentguy",
                name = "Before the peak",
                services = new[] { "api" },
                trigger = new
                {
                    kind = "forecast",
                    query = "sum by (service) (rate(http_requests_total[5m]))",
                    scale = new { perReplica = 50, max = 6 },
                },
                action = new { kind = "service.scale" },
            },
            HttpStatusCode.Created
        );
        Assert.Equal("1h", Text(scaled.GetProperty("trigger").GetProperty("scale"), "ahead"));
        var at = $"{Path}/{Text(scaled, "id")}/forecast";
        var shown = await GetAsync(at);
        Assert.Equal(("api", 900), (Text(shown, "service"), shown.GetProperty("stepSeconds").GetInt32()));
        // Of the Sandbox's days it is told what they were worth, whatever that is.
        Assert.NotEmpty(shown.GetProperty("points").EnumerateArray());
        Assert.True(shown.GetProperty("error").GetProperty("points").GetInt32() > 0);
        Assert.True(shown.GetProperty("present").GetDouble() > 0);
        using var stranger = await app.ApiAsAsync("client-witcom");
        using var hidden = await stranger.GetAsync(at);
        Assert.Contains(hidden.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
        using var plain = await @operator.GetAsync($"{Path}/none/forecast");
        Assert.Equal(HttpStatusCode.NotFound, plain.StatusCode);
        using var removed = await @operator.DeleteAsync($"{Path}/{Text(scaled, "id")}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
    }

    [Theory]
    [InlineData("""{"tenant": "rentguy", "name": "x", "action": {"kind": "container.restart"}}""", "trigger")]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}}""",
        "action"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "metric", "query": "up >"}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "metric", "query": "absent(up) > 0"}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "metric", "query": "up"}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "metric", "query": "up{tenant=\"witcom\"} > 0"}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy", "query": "up"}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "schedule", "cron": "every day"}, "action": {"kind": "container.restart", "target": "api"}}""",
        "trigger.cron"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "schedule", "cron": "0 3 * * *"}, "action": {"kind": "container.restart"}}""",
        "action.target"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "rm -rf"}}""",
        "action.kind"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "policy.enforce"}}""",
        "action.kind"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart", "parameters": {"graceSeconds": 9999}}}""",
        "action.parameters"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "for": "soon"}""",
        "for"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "budget": {"perDay": 0}}""",
        "budget.perDay"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "budget": {"perHour": 5, "perDay": 2}}""",
        "budget.perHour"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "windows": {"timeZone": "Mars/Olympus"}}""",
        "windows.timeZone"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "windows": {"forbidden": [{"from": "25:00", "to": "26:00"}]}}""",
        "windows.forbidden[0].from"
    )]
    // What would never do anything.
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "windows": {"allowed": [{"days": ["monday"], "from": "09:00", "to": "10:00"}], "forbidden": [{"from": "08:00", "to": "11:00"}]}}""",
        "windows"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "schedule", "cron": "0 0 31 2 *"}, "action": {"kind": "container.restart"}}""",
        "trigger.cron"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "logs", "query": "{service=\"api\"} |~ \"(a+\""}, "action": {"kind": "container.restart"}}""",
        "trigger.query"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}, "upTo": "high"}""",
        "upTo"
    )]
    [InlineData(
        """{"tenant": "rentguy", "name": "x", "stage": "enforced", "trigger": {"kind": "container", "state": "unhealthy"}, "action": {"kind": "container.restart"}}""",
        "stage"
    )]
    public async Task What_can_be_no_policy_is_refused_with_its_place(string body, string at)
    {
        using var answer = await @operator.PostAsync(
            Path,
            new StringContent(body, System.Text.Encoding.UTF8, "application/json")
        );
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.UnprocessableEntity, at), (answer.StatusCode, Text(told, "at")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(79)]
    [InlineData(300)]
    public async Task A_word_without_an_end_is_no_sentence(int length)
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/policies/draft",
            new { text = new string('a', length), tenant = "rentguy" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Theory]
    [InlineData(".")]
    [InlineData(",")]
    [InlineData("restart RentGuy web when it is unhealthy for 99999999999 days")]
    [InlineData("restart RentGuy web when it is unhealthy for anhour")]
    [InlineData("restart RentGuy web when it is unhealthy for 3 minutes, at most ٣ times a day")]
    [InlineData(
        "restart RentGuy web when it is unhealthy, not monday , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , !"
    )]
    public async Task Whatever_is_written_is_answered_in_words(string text)
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/policies/draft",
            new
            {
                text,
                tenant = "rentguy",
                save = false,
            }
        );
        Assert.True((int)answer.StatusCode is 200 or 422, $"{answer.StatusCode}");
    }

    [Theory]
    [InlineData("don't restart the RentGuy api when it is unhealthy", true)]
    [InlineData("when the RentGuy api is unhealthy, never restart it", true)]
    [InlineData("herstart de RentGuy api niet als hij ongezond is", true)]
    [InlineData("restart the RentGuy api when it is not running for 2 minutes", false)]
    [InlineData("restart the RentGuy api when it is unhealthy, never in the weekend", false)]
    public async Task A_sentence_that_forbids_becomes_no_policy_that_does_it(string text, bool isRefused)
    {
        using var answer = await @operator.PostAsJsonAsync($"{Path}/draft", new { text, save = false });
        Assert.Equal(isRefused, answer.StatusCode == HttpStatusCode.UnprocessableEntity);
        if (isRefused)
        {
            Assert.Contains("what is not to be done", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_sentence_that_does_not_say_enough_is_refused_with_what_was_not_understood()
    {
        using var answer = await @operator.PostAsJsonAsync(
            $"{Path}/draft",
            new { text = "please fix the flux capacitor" }
        );
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(3, told.GetProperty("missing").GetArrayLength());
        Assert.Contains("flux capacitor", told.GetProperty("unread").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_something_was_read_is_told_as_long_as_it_is_what_was_read()
    {
        var drafted = await PostAsync(
            $"{Path}/draft",
            new { text = "Restart RentGuy web when it is unhealthy for 3 minutes, only at night" },
            HttpStatusCode.Created
        );
        var notes = drafted.GetProperty("notes").EnumerateArray().Select(note => note.GetString()).ToList();
        Assert.Equal(2, notes.Count);
        var one = $"{Path}/{Text(drafted, "id")}";
        Assert.Equal(
            notes,
            (await GetAsync(one)).GetProperty("notes").EnumerateArray().Select(note => note.GetString())
        );
        var changed = JsonSerializer.Deserialize<Dictionary<string, object?>>(drafted)!;
        changed["cooldown"] = "1h";
        using var put = await @operator.PutAsJsonAsync(one, changed);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        Assert.Empty((await GetAsync(one)).GetProperty("notes").EnumerateArray());
    }

    [Fact]
    public async Task What_was_not_understood_keeps_it_from_being_enforced_until_it_is_saved_as_meant()
    {
        var drafted = await PostAsync(
            $"{Path}/draft",
            new { text = "Restart RentGuy web when it is unhealthy for 3 minutes unless it rains, at most once a day" },
            HttpStatusCode.Created
        );
        Assert.Equal("unless it rains", Assert.Single(drafted.GetProperty("unread").EnumerateArray()).GetString());
        var one = $"{Path}/{Text(drafted, "id")}";
        await PostAsync($"{one}/promote", null);
        using var refused = await @operator.PostAsync($"{one}/promote", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("unless it rains", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var put = await @operator.PutAsJsonAsync(one, await GetAsync(one));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        using var admin = await app.ApiAsAsync("admin");
        using var promoted = await admin.PostAsJsonAsync($"{one}/promote", new { waiveAgreements = true });
        Assert.Equal(HttpStatusCode.Accepted, promoted.StatusCode);
    }

    [Fact]
    public async Task Anothers_policy_is_not_there_and_a_viewer_changes_nothing()
    {
        var (_, other) = await app.ProgramAsync("operator", ["witcom"], "read", "propose");
        using (other)
        {
            var own = await PostAsync(Path, Unhealthy("mine"), HttpStatusCode.Created);
            var one = $"{Path}/{Text(own, "id")}";
            foreach (
                var (method, path) in new[]
                {
                    ("GET", one),
                    ("PUT", one),
                    ("DELETE", one),
                    ("GET", $"{one}/evaluations"),
                    ("POST", $"{one}/backtest"),
                    ("POST", $"{one}/promote"),
                    ("POST", $"{one}/demote"),
                }
            )
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                if (method is "PUT" or "POST")
                {
                    request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
                }
                using var answer = await other.SendAsync(request);
                Assert.Equal((method, path, HttpStatusCode.NotFound), (method, path, answer.StatusCode));
            }
            using var foreign = await other.PostAsJsonAsync(Path, Unhealthy("not mine"));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
            Assert.DoesNotContain(Text(own, "id"), await other.GetStringAsync(Path), StringComparison.Ordinal);
            using var viewer = await app.ApiAsAsync("viewer");
            Assert.Contains(Text(own, "id"), await viewer.GetStringAsync(Path), StringComparison.Ordinal);
            using var refused = await viewer.PostAsync($"{one}/demote", null);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Pages_go_on_behind_the_last_item_and_a_key_gives_the_same_answer()
    {
        for (var one = 0; one < 5; one++)
        {
            await PostAsync(Path, Unhealthy($"page {one}"), HttpStatusCode.Created);
        }
        var seen = new List<string>();
        for (string? cursor = null; ; )
        {
            var page = await GetAsync($"{Path}?tenant=rentguy&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => Text(item, "id")));
            if (page.GetProperty("next").ValueKind == JsonValueKind.Null)
            {
                break;
            }
            cursor = page.GetProperty("next").GetString();
        }
        Assert.True(seen.Count >= 5);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        var ids = new HashSet<string>();
        for (var again = 0; again < 2; again++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Path)
            {
                Content = JsonContent.Create(Unhealthy("keyed")),
            };
            request.Headers.Add("Idempotency-Key", "policies-once");
            using var answer = await @operator.SendAsync(request);
            ids.Add(Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "id"));
        }
        Assert.Single(ids);
    }

    [Fact]
    public async Task Ready_policies_become_drafts_and_the_brake_is_pulled_by_anybody_who_decides()
    {
        var library = await GetAsync($"{Path}/library");
        Assert.True(library.GetProperty("items").GetArrayLength() >= 7);
        foreach (var ready in library.GetProperty("items").EnumerateArray())
        {
            var drafted = await PostAsync(
                $"{Path}/library/{Text(ready, "id")}",
                new { tenant = "rentguy", services = new[] { "api" } },
                HttpStatusCode.Created
            );
            Assert.Equal("draft", Text(drafted, "stage"));
        }
        using var approver = await app.ApiAsAsync("approver");
        using var held = await approver.PostAsJsonAsync($"{Path}/brake", new { reason = "something is odd" });
        Assert.True((await held.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("held").GetBoolean());
        using var no = await approver.PostAsync($"{Path}/release", null);
        Assert.Equal(HttpStatusCode.Forbidden, no.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        using var released = await admin.PostAsync($"{Path}/release", null);
        Assert.False((await released.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("held").GetBoolean());
    }

    [Theory]
    [InlineData("disk-filling")]
    [InlineData("disk-forecast")]
    public async Task A_disk_that_fills_has_a_deed_that_can_be_planned(string ready)
    {
        var drafted = await PostAsync(
            $"{Path}/library/{ready}",
            new { tenant = "rentguy", host = "no-such-host" },
            HttpStatusCode.Created
        );
        var action = drafted.GetProperty("action");
        Assert.Equal("unused", Text(action, "target"));
        // It gets as far as the host that was said: what is to be removed is understood.
        using var asked = await @operator.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = Text(action, "kind"),
                tenant = "rentguy",
                target = Text(action, "target"),
                parameters = action.GetProperty("parameters"),
                reason = "as the policy would",
            }
        );
        Assert.Contains("no-such-host", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // Without saying what goes there is nothing to be done, which is said at once.
        var vague = await PostAsync(
            Path,
            new
            {
                tenant = "rentguy",
                name = "Vague",
                trigger = new { kind = "metric", query = "up == 0" },
                action = new { kind = "image.prune" },
            },
            HttpStatusCode.UnprocessableEntity
        );
        Assert.Equal("action.target", Text(vague, "at"));
    }

    [Fact]
    public async Task What_a_policy_said_before_is_read_over_http()
    {
        var made = await PostAsync(Path, Unhealthy("Versions of it"), HttpStatusCode.Created);
        var one = $"{Path}/{Text(made, "id")}";
        var changed = JsonSerializer.Deserialize<Dictionary<string, object?>>(made)!;
        changed["cooldown"] = "30m";
        using var put = await @operator.PutAsJsonAsync(one, changed);
        Assert.True(put.IsSuccessStatusCode);
        var versions = (await GetAsync($"{one}/versions")).GetProperty("items");
        Assert.Equal([2, 1], versions.EnumerateArray().Select(version => version.GetProperty("version").GetInt32()));
        var difference = Assert.Single(
            (await GetAsync($"{one}/versions/2/diff")).GetProperty("differences").EnumerateArray()
        );
        Assert.Equal(
            ("cooldown", "15m", "30m"),
            (Text(difference, "at"), Text(difference, "before"), Text(difference, "after"))
        );
        Assert.Contains(
            "cooldown: 15m",
            await @operator.GetStringAsync($"{one}/versions/1/yaml"),
            StringComparison.Ordinal
        );
        using var none = await @operator.GetAsync($"{one}/versions/3/diff");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var stranger = await app.ApiAsAsync("client-witcom");
        using var hidden = await stranger.GetAsync($"{one}/versions");
        Assert.Contains(hidden.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
    }

    [Fact]
    public async Task Every_ready_policy_goes_out_as_yaml_and_in_again_as_it_is()
    {
        var schema = await GetAsync($"{Path}/schema");
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", Text(schema, "$schema"));
        foreach (var ready in (await GetAsync($"{Path}/library")).GetProperty("items").EnumerateArray())
        {
            var drafted = await PostAsync(
                $"{Path}/library/{Text(ready, "id")}",
                new { tenant = "witcom", services = new[] { "worker" } },
                HttpStatusCode.Created
            );
            var one = $"{Path}/{Text(drafted, "id")}";
            var yaml = await @operator.GetStringAsync($"{one}/yaml");
            using var put = await @operator.PutAsync($"{one}/yaml?version=1", Yaml(yaml));
            var same = await put.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(put.IsSuccessStatusCode, $"{yaml}\n{same}");
            Assert.Equal(1, same.GetProperty("version").GetInt32());
            Assert.Equal(Text(drafted, "sentence"), Text(same, "sentence"));
        }
        // All of a tenant, as one text; another's are not in it.
        using var all = await @operator.GetAsync($"{Path}/yaml?tenant=witcom");
        Assert.Equal("application/yaml", all.Content.Headers.ContentType?.MediaType);
        var text = await all.Content.ReadAsStringAsync();
        Assert.DoesNotContain("tenant: rentguy", text, StringComparison.Ordinal);
        using var again = await @operator.PostAsync($"{Path}/yaml", Yaml(text));
        var items = (await again.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items");
        Assert.All(items.EnumerateArray(), one => Assert.Equal("unchanged", Text(one, "outcome")));
        Assert.True(items.GetArrayLength() >= 10);
    }

    [Fact]
    public async Task Nonsense_as_yaml_is_answered_with_all_its_problems_and_changes_nothing()
    {
        const string nonsense =
            "tenant: rentguy\nname: odd one\nfor: soon\ntrigger: {kind: moon}\naction: {kind: container.restart}\n";
        foreach (var path in new[] { $"{Path}/yaml", $"{Path}/yaml/check" })
        {
            using var answer = await @operator.PostAsync(path, Yaml(nonsense));
            var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Equal(
                ["for", "trigger.kind"],
                told.GetProperty("problems")
                    .EnumerateArray()
                    .Select(one => Text(one, "at"))
                    .Order(StringComparer.Ordinal)
            );
        }
        Assert.DoesNotContain("odd one", await @operator.GetStringAsync(Path), StringComparison.Ordinal);
        using var viewer = await app.ApiAsAsync("viewer");
        using var refused = await viewer.PostAsync($"{Path}/yaml", Yaml(nonsense));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static StringContent Yaml(string text) => new(text, System.Text.Encoding.UTF8, "application/yaml");

    private static object Unhealthy(string name) =>
        new
        {
            tenant = "rentguy",
            name,
            services = new[] { "api" },
            trigger = new { kind = "container", state = "unhealthy" },
            action = new { kind = "container.restart" },
            budget = new { perHour = 1, perDay = 2 },
        };

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? "";

    private async Task<JsonElement> GetAsync(string path) => await @operator.GetFromJsonAsync<JsonElement>(path);

    private async Task<string> ProposalsAsync() =>
        await @operator.GetStringAsync("/api/v1/proposals?tenant=rentguy&state=proposed");

    private async Task<JsonElement> PostAsync(string path, object? body, HttpStatusCode good = HttpStatusCode.OK)
    {
        using var answer = await @operator.PostAsync(path, body is null ? null : JsonContent.Create(body));
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == good, $"{path}: {(int)answer.StatusCode} {told}");
        return told;
    }

    /// <summary>Waits until a look had one of these verdicts.</summary>
    private async Task<IReadOnlyList<JsonElement>> UntilAsync(string one, params string[] verdicts)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            var found = (await GetAsync($"{one}/evaluations")).GetProperty("items").EnumerateArray().ToList();
            if (found.Any(look => verdicts.Contains(Text(look, "verdict"))))
            {
                return found;
            }
            await Task.Delay(200, patience.Token);
        }
    }
}
