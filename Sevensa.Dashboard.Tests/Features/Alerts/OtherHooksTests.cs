using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Alerts of Grafana's alerting and of Uptime Kuma, as those programs send them.</summary>
public class OtherHooksTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_grafana_tells_is_an_alert_of_its_tenant_until_it_is_over()
    {
        Assert.Equal(
            1,
            (await TellAsync("grafana", Grafana("firing", "rentguy", "c6eadffa33fcdf37")))["stored"]!.GetValue<int>()
        );
        var alert = await FindAsync("rentguy", "QueueGrows");
        Assert.Equal("api", alert!["service"]!.GetValue<string>());
        Assert.Equal(
            1,
            (await TellAsync("grafana", Grafana("firing", "rentguy", "c6eadffa33fcdf37")))["repeated"]!.GetValue<int>()
        );
        Assert.Equal(
            1,
            (await TellAsync("grafana", Grafana("resolved", "rentguy", "c6eadffa33fcdf37")))[
                "resolved"
            ]!.GetValue<int>()
        );
    }

    [Fact]
    public async Task A_tenant_in_the_address_is_that_of_alerts_that_name_none()
    {
        var message = Grafana("firing", "rentguy", "c6eadffa33fcdf38")
            .Replace("\"tenant\": \"rentguy\",", "", StringComparison.Ordinal);
        Assert.Equal(1, (await TellAsync("grafana", message))["unassigned"]!.GetValue<int>());
        Assert.Equal(0, (await TellAsync("grafana?tenant=witcom", message))["unassigned"]!.GetValue<int>());
        Assert.Equal(
            0,
            (await TellAsync("grafana?tenant=witcom", Grafana("firing", "rentguy", "c6eadffa33fcdf38")))[
                "unassigned"
            ]!.GetValue<int>()
        );
        Assert.Equal(1, (await TellAsync("grafana?tenant=nobody", message))["unassigned"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_monitor_that_is_down_is_an_alert_until_it_is_up()
    {
        Assert.Equal(1, (await TellAsync("uptime-kuma", Kuma(0)))["stored"]!.GetValue<int>());
        var alert = await FindAsync("rentguy", "MonitorDown");
        Assert.Equal("web", alert!["service"]!.GetValue<string>());
        Assert.Contains("connect ECONNREFUSED", alert.ToJsonString());
        Assert.Equal(0, (await TellAsync("uptime-kuma", Kuma(2)))["accepted"]!.GetValue<int>());
        var later = Kuma(0).Replace("10:00:00.123", "10:01:00.456", StringComparison.Ordinal);
        Assert.Equal(1, (await TellAsync("uptime-kuma", later))["repeated"]!.GetValue<int>());
        // Somebody gave it another name meanwhile.
        var up = Kuma(1).Replace("Shop front", "The shop's front", StringComparison.Ordinal);
        var ended = await TellAsync("uptime-kuma", up);
        Assert.Equal((0, 1), (ended["stored"]!.GetValue<int>(), ended["resolved"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("""{"heartbeat":null,"monitor":null,"msg":"Sevensa Testing"}""")]
    [InlineData("""{"heartbeat":null,"monitor":null,"msg":"[Shop][https://x] certificate will expire in 7 days"}""")]
    public async Task What_is_no_heartbeat_is_taken_and_is_no_alert(string message) =>
        Assert.Equal(0, (await TellAsync("uptime-kuma", message))["accepted"]!.GetValue<int>());

    [Theory]
    [InlineData("{}", "neither a heartbeat")]
    [InlineData("[]", "no object")]
    [InlineData("""{"heartbeat":{"status":"down"},"monitor":{"name":"x"}}""", "heartbeat.status is no number")]
    [InlineData("""{"heartbeat":{"status":7},"monitor":{"name":"x"}}""", "it is 0 to 3")]
    [InlineData("""{"heartbeat":{"status":0},"monitor":{}}""", "monitor.name is missing")]
    public async Task What_is_no_message_is_refused_in_words(string message, string words)
    {
        using var answer = await SendAsync("uptime-kuma", message, "sandbox");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("grafana")]
    [InlineData("uptime-kuma")]
    public async Task Each_knows_its_own_secret(string sender)
    {
        using var none = await SendAsync(sender, "{}", null);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        using var wrong = await SendAsync(sender, "{}", "wrong");
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);

        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        List<(string, string)> settings = [];
        foreach (
            var (key, name) in new[]
            {
                ("Webhook", "alertmanager"),
                ("Grafana", "grafana"),
                ("UptimeKuma", "uptime-kuma"),
            }
        )
        {
            var file = Path.Combine(folder, name);
            await File.WriteAllTextAsync(file, $"of {name} alone", Stop);
            settings.Add(($"Alerts:{key}SecretFile", file));
        }
        await using var configured = await ConfiguredApp.StartAsync([.. settings]);
        using var own = await SendAsync(sender, """{"alerts":[],"msg":"x"}""", $"of {sender} alone", configured);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var others = await SendAsync(sender, "{}", "of alertmanager alone", configured);
        Assert.Equal(HttpStatusCode.Forbidden, others.StatusCode);
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
        string? secret,
        SandboxApp? to = null
    )
    {
        using var client = (to ?? app).Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/hooks/{sender}")
        {
            Content = new StringContent(message, Encoding.UTF8, "application/json"),
        };
        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }
        return await client.SendAsync(request, Stop);
    }

    private async Task<JsonNode?> FindAsync(string tenant, string name)
    {
        using var client = await app.ApiAsAsync("viewer");
        // The list is that of a feed, which looks again once something was told.
        return await Eventually.GetAsync(
            $"{name} to be listed",
            async token =>
                JsonNode.Parse(await client.GetStringAsync($"/api/v1/tenants/{tenant}/alerts", token))!["items"]!
                    .AsArray()
                    .FirstOrDefault(alert => alert!["name"]!.GetValue<string>() == name)
        );
    }

    private static string Grafana(string status, string tenant, string fingerprint) =>
        $$"""
            {"receiver": "sevensa", "status": "{{status}}", "orgId": 1, "state": "alerting", "title": "[FIRING:1] QueueGrows", "message": "x",
             "alerts": [{"status": "{{status}}",
               "labels": {"alertname": "QueueGrows", "grafana_folder": "Shop", "tenant": "{{tenant}}", "service": "api"},
               "annotations": {"summary": "The queue grows"}, "startsAt": "2026-02-01T10:00:00Z",
               "endsAt": "{{(status == "resolved" ? "2026-02-01T10:30:00Z" : "0001-01-01T00:00:00Z")}}",
               "generatorURL": "https://grafana.example/alerting/grafana/x/view", "fingerprint": "{{fingerprint}}",
               "silenceURL": "https://grafana.example/alerting/silence/new", "dashboardURL": "", "panelURL": "",
               "values": {"B": 44.23, "C": 1}, "valueString": "[ var='B' labels={} value=44.23 ]"}],
             "groupLabels": {"alertname": "QueueGrows"}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "https://grafana.example/",
             "version": "1", "groupKey": "{}:{alertname=\"QueueGrows\"}", "truncatedAlerts": 0}
            """;

    private static string Kuma(int status) =>
        $$"""
            {"heartbeat": {"monitorID": 12, "status": {{status}}, "time": "2026-02-01 10:00:00.123", "msg": "connect ECONNREFUSED 10.0.0.5:443",
               "important": true, "duration": 62, "timezone": "Europe/Amsterdam", "timezoneOffset": "+01:00", "localDateTime": "2026-02-01 11:00:00"},
             "monitor": {"id": 12, "name": "Shop front", "url": "https://rentguy.example/", "hostname": null, "type": "http",
               "tags": [{"tag_id": 1, "monitor_id": 12, "value": "rentguy", "name": "tenant", "color": "#DC2626"},
                        {"tag_id": 2, "monitor_id": 12, "value": "web", "name": "Service", "color": "#DC2626"},
                        {"tag_id": 3, "monitor_id": 12, "value": "", "name": "severity", "color": "#DC2626"}]},
             "msg": "[Shop front] [Down] connect ECONNREFUSED 10.0.0.5:443"}
            """;
}
