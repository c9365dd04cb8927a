using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Service levels, incidents and maintenance, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class ObjectivesAndIncidentsApiTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static async Task<JsonArray> ListAsync(HttpClient client, string path)
    {
        var (status, body) = await SendAsync(client, HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, body?.ToJsonString());
        return body!["items"]!.AsArray();
    }

    [Fact]
    public async Task Certificates_are_at_risk_in_the_sandbox()
    {
        using var client = await app.ApiAsAsync("operator");
        var levels = await ListAsync(client, "/api/v1/tenants/psra-ltsd/objectives");
        var level = levels.Single(one => (string?)one!["objective"]!["service"] == "certificate-worker")!;
        Assert.True((string?)level["state"] is "atRisk", level.ToJsonString());
        Assert.InRange((double)level["share"]!, 0.9, 1);
        Assert.InRange((double)level["budgetLeft"]!, 0.0001, 0.5);
        Assert.Equal(4, level["burnRates"]!.AsArray().Count);
        Assert.All(levels, one => Assert.NotEqual("unknown", (string?)one!["state"]));
    }

    [Fact]
    public async Task An_objective_is_previewed_added_changed_and_removed()
    {
        using var client = await app.ApiAsAsync("operator");
        const string path = "/api/v1/tenants/witcom/objectives";
        var asked = new
        {
            service = "psra-api",
            kind = "latency",
            target = 0.9,
            thresholdSeconds = 0.25,
            windowDays = 7,
        };
        var (previewed, preview) = await SendAsync(client, HttpMethod.Post, $"{path}/preview", asked);
        Assert.True(previewed == HttpStatusCode.OK, preview?.ToJsonString());
        Assert.True(preview!["history"]!.AsArray().Count > 600);
        Assert.NotNull(preview["level"]!["budgetLeft"]);
        Assert.Contains("psra-api", (string)preview["burnRule"]!, StringComparison.Ordinal);
        var before = (await ListAsync(client, path)).Count;

        var (added, objective) = await SendAsync(client, HttpMethod.Post, path, asked);
        Assert.Equal(HttpStatusCode.Created, added);
        var id = (string)objective!["id"]!;
        Assert.Equal(before + 1, (await ListAsync(client, path)).Count);
        var (changed, other) = await SendAsync(
            client,
            HttpMethod.Put,
            $"{path}/{id}",
            new
            {
                service = "psra-api",
                kind = "availability",
                target = 0.99,
                windowDays = 30,
            }
        );
        Assert.Equal((HttpStatusCode.OK, "availability"), (changed, (string?)other!["kind"]));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/rentguy/objectives/{id}")).Status
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/rentguy/objectives/{id}")).Status
        );
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(client, HttpMethod.Delete, $"{path}/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(client, HttpMethod.Get, $"{path}/{id}")).Status);
        using var admin = await app.ApiAsAsync("admin");
        var audit = (await SendAsync(admin, HttpMethod.Get, "/api/v1/audit?tenant=witcom")).Body!.ToJsonString();
        foreach (var action in (string[])["objective.added", "objective.changed", "objective.removed"])
        {
            Assert.Contains(action, audit, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"service":"psra-api","kind":"latency","target":0.9,"thresholdSeconds":0.333}""", "0.25")]
    [InlineData(
        """{"service":"psra-api","kind":"latency","target":0.9,"thresholdSeconds":0.5,"histogram":"secret_bucket"}""",
        "no histogram"
    )]
    [InlineData("""{"service":"nobody","kind":"latency","target":0.9,"thresholdSeconds":0.5}""", "no series")]
    [InlineData("""{"service":"psra-api","kind":"availability","target":1}""", "budget")]
    [InlineData("""{"service":"psra-api","kind":"availability","target":0.99,"windowDays":12}""", "7, 28, 30")]
    [InlineData("""{"service":"a\"} or up{x=\"","kind":"availability","target":0.99}""", "service")]
    [InlineData("""{"kind":"availability","target":0.99}""", "service")]
    public async Task What_is_no_objective_says_why(string body, string word)
    {
        using var client = await app.ApiAsAsync("operator");
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/objectives",
            JsonNode.Parse(body)
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(word, (string)problem!["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("approver")]
    [InlineData("client-witcom")]
    public async Task Only_operators_and_administrators_change_something(string name)
    {
        using var client = await app.ApiAsAsync(name);
        foreach (var path in (string[])["objectives", "incidents", "maintenance"])
        {
            var (status, _) = await SendAsync(client, HttpMethod.Post, $"/api/v1/tenants/witcom/{path}", new { });
            Assert.Equal(HttpStatusCode.Forbidden, status);
        }
    }

    [Fact]
    public async Task An_incident_goes_from_its_first_words_to_its_end()
    {
        using var client = await app.ApiAsAsync("operator");
        const string path = "/api/v1/tenants/psra-ltsd/incidents";
        var (opened, incident) = await SendAsync(
            client,
            HttpMethod.Post,
            path,
            new
            {
                title = "Declarations fail at times",
                text = "We look into it.",
                impact = "major",
                services = new[] { "api" },
            }
        );
        Assert.True(opened == HttpStatusCode.Created, incident?.ToJsonString());
        var id = (string)incident!["id"]!;
        Assert.Equal("investigating", (string?)incident["state"]);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/rentguy/incidents/{id}")).Status
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (
                await SendAsync(
                    client,
                    HttpMethod.Post,
                    $"/api/v1/tenants/rentguy/incidents/{id}/updates",
                    new { text = "x" }
                )
            ).Status
        );
        var (_, found) = await SendAsync(
            client,
            HttpMethod.Post,
            $"{path}/{id}/updates",
            new { text = "It was the disk.", state = "identified" }
        );
        Assert.Equal("identified", (string?)found!["state"]);
        var (wrong, _) = await SendAsync(
            client,
            HttpMethod.Post,
            $"{path}/{id}/updates",
            new { text = "x", state = "scheduled" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong);
        var (_, over) = await SendAsync(
            client,
            HttpMethod.Post,
            $"{path}/{id}/updates",
            new { text = "All is well.", state = "resolved" }
        );
        Assert.NotNull((string?)over!["endsAt"]);
        Assert.Equal(
            ["All is well.", "It was the disk.", "We look into it."],
            over["updates"]!.AsArray().Select(update => (string?)update!["text"])
        );
        Assert.DoesNotContain(await ListAsync(client, $"{path}?open=true"), one => (string?)one!["id"] == id);
    }

    [Fact]
    public async Task An_incident_is_opened_from_an_alert_of_its_own_tenant_only()
    {
        using var client = await app.ApiAsAsync("operator");
        var alerts = await ListAsync(client, "/api/v1/tenants/rentguy/alerts");
        var alert = alerts.FirstOrDefault(one => ((string?)one!["id"])?.Length > 0);
        if (alert is null)
        {
            // Not looked at by the watch yet: a message makes one.
            using var hook = app.Anonymous();
            hook.DefaultRequestHeaders.Add("X-Webhook-Secret", "sandbox");
            await hook.PostAsJsonAsync(
                "/api/v1/hooks/alertmanager",
                new
                {
                    alerts = new[]
                    {
                        new
                        {
                            status = "firing",
                            labels = new
                            {
                                alertname = "FromHook",
                                tenant = "rentguy",
                                service = "web",
                            },
                            startsAt = Now,
                        },
                    },
                },
                Stop
            );
            alert = (await ListAsync(client, "/api/v1/tenants/rentguy/alerts/history")).First(one =>
                (string?)one!["name"] == "FromHook"
            );
        }
        var id = (string)alert!["id"]!;
        var (other, _) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/incidents",
            new { text = "x", alertId = id }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other);
        var (opened, incident) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/rentguy/incidents",
            new { text = "We see it too.", alertId = id }
        );
        Assert.True(opened == HttpStatusCode.Created, incident?.ToJsonString());
        Assert.Equal(id, (string?)incident!["alertId"]);
        Assert.Equal((string?)alert["startsAt"], (string?)incident["startsAt"]);
    }

    [Fact]
    public async Task Who_only_says_more_does_not_open_again_what_somebody_resolves_at_that_moment()
    {
        using var client = await app.ApiAsAsync("operator");
        const string path = "/api/v1/tenants/witcom/incidents";
        var (_, incident) = await SendAsync(
            client,
            HttpMethod.Post,
            path,
            new { title = "Slow at times", text = "We look into it." }
        );
        var updates = $"{path}/{(string)incident!["id"]!}/updates";
        var said = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(number =>
                    SendAsync(
                        client,
                        HttpMethod.Post,
                        updates,
                        number == 3
                            ? new { text = "It is over.", state = (string?)"resolved" }
                            : new { text = $"More, {number}.", state = (string?)null }
                    )
                )
        );
        Assert.All(said, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var (_, now) = await SendAsync(client, HttpMethod.Get, $"{path}/{(string)incident["id"]!}");
        Assert.Equal("resolved", (string?)now!["state"]);
        Assert.NotNull((string?)now["endsAt"]);
        Assert.Equal(13, now["updates"]!.AsArray().Count);
    }

    [Fact]
    public async Task Maintenance_is_planned_with_a_silence_that_ends_with_it()
    {
        using var client = await app.ApiAsAsync("operator");
        var (planned, maintenance) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/psra-ltsd/maintenance",
            new
            {
                title = "A newer database",
                text = "Short interruptions.",
                services = new[] { "api", "web" },
                startsAt = Now.AddHours(5),
                endsAt = Now.AddHours(6),
                silence = true,
            }
        );
        Assert.True(planned == HttpStatusCode.Created, maintenance?.ToJsonString());
        Assert.Equal("scheduled", (string?)maintenance!["state"]);
        var silence = (string)maintenance["silenceId"]!;
        var (_, made) = await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/psra-ltsd/silences/{silence}");
        Assert.Equal("pending", (string?)made!["status"]!["state"]);
        var id = (string)maintenance["id"]!;
        var (_, off) = await SendAsync(
            client,
            HttpMethod.Post,
            $"/api/v1/tenants/psra-ltsd/incidents/{id}/updates",
            new { text = "Another time.", state = "cancelled" }
        );
        Assert.Equal("cancelled", (string?)off!["state"]);
        var (_, ended) = await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/psra-ltsd/silences/{silence}");
        Assert.Equal("expired", (string?)ended!["status"]!["state"]);
        var (backwards, _) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/psra-ltsd/maintenance",
            new
            {
                title = "x",
                text = "x",
                startsAt = Now.AddHours(2),
                endsAt = Now.AddHours(1),
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, backwards);
    }
}
