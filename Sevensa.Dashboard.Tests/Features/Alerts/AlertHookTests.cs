using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>The webhook and what becomes of its messages, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class AlertHookTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<(HttpStatusCode Status, JsonNode? Body)> HookAsync(
        string body,
        string? bearer = "sandbox",
        string? header = null
    )
    {
        using var client = app.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // Who is refused for size is so before the body goes out.
        request.Headers.ExpectContinue = body.Length > 1_000_000;
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }
        if (header is not null)
        {
            request.Headers.Add("X-Webhook-Secret", header);
        }
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }

    private static string Message(string status, string tenant, string name, string starts = "2026-02-01T10:00:00Z") =>
        $$"""
            {"version":"4","novelty":1,"status":"{{status}}","receiver":"dashboard","groupLabels":{},"commonLabels":{},"externalURL":"","groupKey":"g","alerts":[
              {"status":"{{status}}","labels":{"alertname":"{{name}}","tenant":"{{tenant}}","service":"api","severity":"Critical"},
               "annotations":{"summary":"told by a test"},"startsAt":"{{starts}}","endsAt":"{{(
                status == "resolved" ? "2026-02-01T11:00:00Z" : "0001-01-01T00:00:00Z"
            )}}","generatorURL":"x"}]}
            """;

    [Theory]
    [InlineData(null, null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", null, HttpStatusCode.Forbidden)]
    [InlineData("", null, HttpStatusCode.Unauthorized)]
    [InlineData(null, "wrong", HttpStatusCode.Forbidden)]
    [InlineData(null, "sandbox", HttpStatusCode.OK)]
    [InlineData("sandbox", null, HttpStatusCode.OK)]
    public async Task The_webhook_knows_its_secret(string? bearer, string? header, HttpStatusCode expected)
    {
        var (status, _) = await HookAsync("""{"alerts":[]}""", bearer, header);
        if (bearer is "")
        {
            Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
            return;
        }
        Assert.Equal(expected, status);
        if (expected == HttpStatusCode.OK)
        {
            return;
        }
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains(
            "hook.refused",
            (await GetAsync(admin, "/api/v1/audit")).ToJsonString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_message_is_kept_once_and_ends_with_its_resolution()
    {
        var name = $"Told{Guid.NewGuid():n}";
        var (_, first) = await HookAsync(Message("firing", "witcom", name));
        Assert.Equal((1, 1, 0), ((int)first!["accepted"]!, (int)first["stored"]!, (int)first["unassigned"]!));
        var (_, again) = await HookAsync(Message("firing", "witcom", name));
        Assert.Equal((0, 1), ((int)again!["stored"]!, (int)again["repeated"]!));
        using var client = await app.ApiAsAsync("operator");
        var firing = (await GetAsync(client, "/api/v1/tenants/witcom/alerts"))["items"]!.AsArray();
        // A few seconds' answer may be shared; the history is not.
        var history = await HistoryAsync(client, "witcom", name);
        Assert.Null(history["endsAt"]?.GetValue<string>());
        Assert.Equal("critical", (string?)history["severity"]);
        var (_, over) = await HookAsync(Message("resolved", "witcom", name));
        Assert.Equal(1, (int)over!["resolved"]!);
        Assert.Equal("2026-02-01T11:00:00.000Z", (string?)(await HistoryAsync(client, "witcom", name))["endsAt"]);
        await HookAsync(Message("firing", "witcom", name, "2026-02-02T10:00:00Z"));
        Assert.Equal(2, await CountAsync(client, "witcom", name));
        Assert.Equal(0, await CountAsync(client, "rentguy", name));
        Assert.NotNull(firing);
    }

    [Fact]
    public async Task What_names_no_tenant_is_kept_for_administrators()
    {
        var name = $"Nobodys{Guid.NewGuid():n}";
        var (status, taken) = await HookAsync(Message("firing", "somebody-else", name));
        Assert.Equal((HttpStatusCode.OK, 1), (status, (int)taken!["unassigned"]!));
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains(
            name,
            (await GetAsync(admin, "/api/v1/alerts/unassigned")).ToJsonString(),
            StringComparison.Ordinal
        );
        using var operators = await app.ApiAsAsync("operator");
        using var refused = await operators.GetAsync("/api/v1/alerts/unassigned", Stop);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task The_same_message_twice_at_once_is_kept_once()
    {
        var name = $"Twice{Guid.NewGuid():n}";
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => HookAsync(Message("firing", "witcom", name))));
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal(1, await CountAsync(client, "witcom", name));
    }

    [Fact]
    public async Task The_datasets_messages_are_accepted()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Recordings.Recorded.Datasets(), "alertmanager")).Order())
        {
            var (status, taken) = await HookAsync(await File.ReadAllTextAsync(file, Stop));
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True((int)taken!["accepted"]! > 0);
        }
    }

    [Fact]
    public async Task A_message_that_is_none_is_400_and_one_that_is_too_large_413()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await HookAsync("{\"alerts\":")).Status);
        var (large, _) = await HookAsync($"{{\"alerts\":[],\"x\":\"{new string('x', 5 * 1024 * 1024)}\"}}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large);
    }

    [Fact]
    public async Task While_its_secret_cannot_be_read_it_asks_to_be_told_again_and_refuses_nobody()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "shared\n", Stop);
            await using var own = new ConfiguredApp(("Alerts:WebhookSecretFile", file));
            await own.InitializeAsync();
            using var client = own.Anonymous();
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
            // While somebody changes it, there is an empty file for a moment, or none.
            await File.WriteAllTextAsync(file, "\n", Stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client));
            File.Delete(file);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client));
            await File.WriteAllTextAsync(file, "shared", Stop);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        }
        finally
        {
            File.Delete(file);
        }

        static async Task<HttpStatusCode> StatusAsync(HttpClient client)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
            {
                Content = new StringContent("{\"alerts\":[]}", Encoding.UTF8, "application/json"),
            };
            message.Headers.Authorization = new("Bearer", "shared");
            using var answer = await client.SendAsync(message, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Who_failed_too_often_is_asked_to_come_again_by_the_only_status_that_is()
    {
        await using var own = new ConfiguredApp();
        await own.InitializeAsync();
        using var client = own.Anonymous();
        async Task<HttpResponseMessage> SendAsync(string secret)
        {
            using var content = new StringContent("{\"alerts\":[]}", Encoding.UTF8, "application/json");
            using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
            {
                Content = content,
            };
            message.Headers.Authorization = new("Bearer", secret);
            return await client.SendAsync(message, Stop);
        }
        for (var failure = 0; failure < 20; failure++)
        {
            using var refused = await SendAsync("wrong");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        using var later = await SendAsync("sandbox");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, later.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), later.Headers.RetryAfter?.Delta);
    }
}
