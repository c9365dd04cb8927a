using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>How an alert of a message ends, and what is no alert to begin with.</summary>
public class AlertEndsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_press_of_Grafanas_test_is_taken_and_is_no_alert()
    {
        const string trial = """
            {"receiver":"test","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"TestAlert","instance":"Grafana"},
             "annotations":{"summary":"Notification test"},"startsAt":"2026-02-01T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",
             "fingerprint":"57c6d9296de2ad39"}],"groupLabels":{"alertname":"TestAlert","instance":"Grafana"},
             "version":"1","groupKey":"test-57c6d9296de2ad39-1769940000"}
            """;
        var told = await TellAsync("grafana?tenant=rentguy", trial);
        Assert.Equal((0, 0), (Count(told, "accepted"), Count(told, "stored")));
        Assert.Null(await FindAsync("rentguy", "TestAlert"));
        // Without the group's name too; an alert of that name from elsewhere is one.
        var bare = trial.Replace("\"groupKey\":\"test-57c6d9296de2ad39-1769940000\"", "\"groupKey\":\"{}\"");
        Assert.Equal(0, Count(await TellAsync("grafana?tenant=rentguy", bare), "accepted"));
        var other = bare.Replace("\"instance\":\"Grafana\"", "\"instance\":\"web-1\"");
        Assert.Equal(1, Count(await TellAsync("grafana?tenant=rentguy", other), "stored"));
    }

    [Fact]
    public async Task The_end_of_what_is_not_open_is_no_alert()
    {
        var told = await TellAsync("uptime-kuma", Kuma(21, 1, "rentguy"));
        Assert.Equal(
            (1, 0, 1, 0),
            (Count(told, "accepted"), Count(told, "stored"), Count(told, "repeated"), Count(told, "resolved"))
        );
        await TellAsync("uptime-kuma", Kuma(21, 0, "rentguy"));
        Assert.Equal(1, Count(await TellAsync("uptime-kuma", Kuma(21, 1, "rentguy")), "resolved"));
        var second = await TellAsync("uptime-kuma", Kuma(21, 1, "rentguy"));
        Assert.Equal((0, 1, 0), (Count(second, "stored"), Count(second, "repeated"), Count(second, "resolved")));
        var row = Assert.Single(await HistoryAsync("rentguy", "monitor 21"));
        // The monitor's clock is far behind ours.
        Assert.True(row!["endsAt"]!.GetValue<DateTimeOffset>() >= row["startsAt"]!.GetValue<DateTimeOffset>());
    }

    [Fact]
    public async Task Two_monitors_of_one_number_are_told_apart_by_their_source()
    {
        await TellAsync("uptime-kuma?source=inside", Kuma(31, 0, "rentguy"));
        Assert.Equal(1, Count(await TellAsync("uptime-kuma?source=outside", Kuma(31, 0, "rentguy")), "stored"));
        Assert.Equal(1, Count(await TellAsync("uptime-kuma?source=outside", Kuma(31, 1, "rentguy")), "resolved"));
        Assert.Equal(
            [true, false],
            (await HistoryAsync("rentguy", "monitor 31")).Select(row => row!["endsAt"] is null).Order().Reverse()
        );
    }

    [Fact]
    public async Task A_monitor_whose_tenant_was_corrected_meanwhile_ends_with_its_end()
    {
        await TellAsync("uptime-kuma", Kuma(41, 0, "rentguy"));
        // Down still, and somebody else's by now.
        await TellAsync("uptime-kuma", Kuma(41, 0, "witcom"));
        Assert.NotNull(Assert.Single(await HistoryAsync("rentguy", "monitor 41"))!["endsAt"]);
        Assert.Null(Assert.Single(await HistoryAsync("witcom", "monitor 41"))!["endsAt"]);
        Assert.Equal(1, Count(await TellAsync("uptime-kuma", Kuma(41, 1, "psra-ltsd")), "resolved"));
        Assert.NotNull(Assert.Single(await HistoryAsync("witcom", "monitor 41"))!["endsAt"]);
        Assert.Empty(await HistoryAsync("psra-ltsd", "monitor 41"));
    }

    [Fact]
    public async Task A_person_calls_an_alert_over_whose_end_was_lost()
    {
        await TellAsync("uptime-kuma", Kuma(51, 0, "rentguy"));
        var id = Assert.Single(await HistoryAsync("rentguy", "monitor 51"))!["id"]!.GetValue<string>();
        var way = $"/api/v1/tenants/rentguy/alerts/{id}/end";
        using var viewer = await app.ApiAsAsync("viewer");
        using var forbidden = await viewer.PostAsJsonAsync(way, new { reason = "x" }, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        using var operators = await app.ApiAsAsync("operator");
        using var others = await operators.PostAsJsonAsync(
            way.Replace("rentguy", "witcom"),
            new { reason = "x" },
            Stop
        );
        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        using var silent = await operators.PostAsJsonAsync(way, new { reason = " " }, Stop);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, silent.StatusCode);
        using var ended = await operators.PostAsJsonAsync(way, new { reason = "The monitor was paused" }, Stop);
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.NotNull((await ended.Content.ReadFromJsonAsync<JsonNode>(Stop))!["endsAt"]);
        using var again = await operators.PostAsJsonAsync(way, new { reason = "once more" }, Stop);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var record = await admin.GetStringAsync(new Uri("/api/v1/audit?action=alert.ended", UriKind.Relative), Stop);
        Assert.Contains("The monitor was paused", record, StringComparison.Ordinal);
        Assert.DoesNotContain("once more", record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_on_after_its_end_is_told_once_more()
    {
        var source = app.Services.GetRequiredService<EventSource>();
        var place = await source.NowAsync(Stop);
        const string firing = """
            {"alerts":[{"status":"firing","labels":{"alertname":"GoesOn","tenant":"rentguy"},"startsAt":"2026-02-01T10:00:00Z","fingerprint":"c6eadffa33fcd777"}]}
            """;
        var over = firing.Replace("\"firing\"", "\"resolved\"");
        await TellAsync("alertmanager", firing);
        await TellAsync("alertmanager", over);
        Assert.Equal(["firing", "resolved"], await TurnsAsync());
        await TellAsync("alertmanager", firing);
        Assert.Equal([".1-firing"], await TurnsAsync());
        await TellAsync("alertmanager", over);
        Assert.Equal([".1-firing", ".1-resolved"], await TurnsAsync());

        async Task<string[]> TurnsAsync()
        {
            // From a minute ago, as another dashboard would ask.
            var (events, _) = await source.AfterAsync(
                place with
                {
                    Alerts = place.Alerts.AddMinutes(-3),
                },
                (kind, _) => kind.StartsWith("alert.", StringComparison.Ordinal),
                Stop
            );
            var own = events.Where(one => one.Subject == "GoesOn").ToList();
            foreach (var one in own)
            {
                Assert.Equal(one.Id, (await source.FindAsync(one.Id, Stop))?.Id);
            }
            return
            [
                .. own.Select(one =>
                    one.Id.Contains('.') ? one.Id[one.Id.IndexOf('.')..] : one.Id[(one.Id.LastIndexOf('-') + 1)..]
                ),
            ];
        }
    }

    [Theory]
    [InlineData("alertmanager", """{"alerts":[{"labels":{"alertname":"\ud800"}}]}""")]
    [InlineData("grafana", """{"alerts":[{"labels":{"\udfff":"x"}}]}""")]
    [InlineData("uptime-kuma", """{"heartbeat":{"status":0,"msg":"\ud800"},"monitor":{"name":"x"}}""")]
    public async Task Half_a_character_is_refused_however_it_is_sent(string sender, string message)
    {
        foreach (var type in new[] { "application/x-www-form-urlencoded", "text/plain", "application/json" })
        {
            using var answer = await SendAsync(sender, message, "sandbox", type);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_wrong_secret_of_one_holds_off_no_other()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "secret");
        await File.WriteAllTextAsync(file, "sandbox", Stop);
        await using var own = await ConfiguredApp.StartAsync(
            ("Alerts:GrafanaSecretFile", file),
            ("Alerts:UptimeKumaSecretFile", file)
        );
        for (var turn = 0; turn < 25; turn++)
        {
            using var wrong = await SendAsync("grafana", "{}", "wrong", to: own);
        }
        using var held = await SendAsync("grafana", """{"alerts":[]}""", "sandbox", to: own);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, held.StatusCode);
        using var other = await SendAsync("uptime-kuma", """{"msg":"x"}""", "sandbox", to: own);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    private static int Count(JsonNode told, string name) => told[name]!.GetValue<int>();

    private async Task<JsonNode?> FindAsync(string tenant, string name)
    {
        using var client = await app.ApiAsAsync("operator");
        return JsonNode.Parse(
            await client.GetStringAsync(new Uri($"/api/v1/tenants/{tenant}/alerts", UriKind.Relative), Stop)
        )!["items"]!
            .AsArray()
            .FirstOrDefault(alert => alert!["name"]!.GetValue<string>() == name);
    }

    private async Task<IReadOnlyList<JsonNode?>> HistoryAsync(string tenant, string monitor)
    {
        using var client = await app.ApiAsAsync("operator");
        var answer = await client.GetStringAsync(
            new Uri($"/api/v1/tenants/{tenant}/alerts/history?limit=200", UriKind.Relative),
            Stop
        );
        return
        [
            .. JsonNode.Parse(answer)!["items"]!
                .AsArray()
                .Where(alert => alert!["labels"]!["monitor"]?.GetValue<string>() == monitor),
        ];
    }

    private async Task<JsonNode> TellAsync(string sender, string message)
    {
        using var answer = await SendAsync(sender, message, "sandbox");
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<HttpResponseMessage> SendAsync(
        string sender,
        string message,
        string secret,
        string type = "application/json",
        SandboxApp? to = null
    )
    {
        using var client = (to ?? app).Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/hooks/{sender}")
        {
            Content = new StringContent(message, Encoding.UTF8, type),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return await client.SendAsync(request, Stop);
    }

    private static string Kuma(int monitor, int status, string tenant) =>
        $$"""
            {"heartbeat": {"monitorID": {{monitor}}, "status": {{status}}, "time": "2026-02-01 10:00:00.123", "msg": "timeout"},
             "monitor": {"id": {{monitor}}, "name": "monitor {{monitor}}", "url": "https://shop.example/", "type": "http",
               "tags": [{"value": "{{tenant}}", "name": "tenant"}]}, "msg": "x"}
            """;
}
