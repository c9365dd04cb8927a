using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Silences, through the program in its Sandbox.</summary>
[Collection(SandboxCollection.Name)]
public class SilencesApiTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_silenced_is_listed_at_the_end_and_counts_no_longer_as_open()
    {
        using var client = await app.ApiAsAsync("operator");
        var scope = new TenantScope(["rentguy"]);
        async Task<int> OpenAsync()
        {
            await using var services = app.Services.CreateAsyncScope();
            return (
                await services.ServiceProvider.GetRequiredService<IOpenAlerts>().CountAsync(scope, "rentguy", Stop)
            ).All;
        }
        async Task<string> LastAsync() =>
            (await GetAsync(client, "/api/v1/tenants/rentguy/alerts"))["items"]!.AsArray()[^1]!.ToJsonString();
        var before = await OpenAsync();
        Assert.DoesNotContain("ErrorRateHigh", await LastAsync(), StringComparison.Ordinal);
        var matcher = new
        {
            name = "alertname",
            value = "ErrorRateHigh",
            isRegex = false,
            isEqual = true,
        };
        var (status, made) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/rentguy/silences",
            new
            {
                matchers = new[] { matcher },
                endsAt = TimeProvider.System.GetUtcNow().AddHours(1),
                comment = "known since yesterday",
            }
        );
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(before - 1, await OpenAsync());
        var last = await LastAsync();
        Assert.Contains("ErrorRateHigh", last, StringComparison.Ordinal);
        Assert.Contains((string)made!["id"]!, last, StringComparison.Ordinal);
        await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/rentguy/silences/{made["id"]}");
        Assert.Equal(before, await OpenAsync());
    }

    [Fact]
    public async Task A_silence_is_bound_to_its_tenant_and_is_nobody_elses()
    {
        using var client = await app.ApiAsAsync("operator");
        var ends = TimeProvider.System.GetUtcNow().AddHours(2);
        var (status, made) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            new
            {
                matchers = new[]
                {
                    new
                    {
                        name = "alertname",
                        value = "Anything.*",
                        isRegex = true,
                        isEqual = true,
                    },
                },
                endsAt = ends,
                comment = "known",
            }
        );
        Assert.Equal(HttpStatusCode.Created, status);
        var id = (string)made!["id"]!;
        Assert.Contains(
            made["matchers"]!.AsArray(),
            matcher =>
                (string?)matcher!["name"] == "tenant"
                && (string?)matcher["value"] == "witcom"
                && !(bool)matcher["isRegex"]!
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await SendAsync(client, HttpMethod.Get, $"/api/v1/tenants/witcom/silences/{id}")).Status
        );
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Delete])
        {
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await SendAsync(client, method, $"/api/v1/tenants/rentguy/silences/{id}")).Status
            );
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await SendAsync(client, method, "/api/v1/tenants/rentguy/silences/none")).Status
            );
        }
        Assert.DoesNotContain(
            id,
            (await GetAsync(client, "/api/v1/tenants/rentguy/silences")).ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Contains(
            id,
            (await GetAsync(client, "/api/v1/tenants/witcom/silences")).ToJsonString(),
            StringComparison.Ordinal
        );
        using var viewer = await app.ApiAsAsync("viewer");
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await SendAsync(viewer, HttpMethod.Delete, $"/api/v1/tenants/witcom/silences/{id}")).Status
        );
        var (ended, silence) = await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/witcom/silences/{id}");
        Assert.Equal((HttpStatusCode.OK, "expired"), (ended, (string?)silence!["status"]!["state"]));
        using var admin = await app.ApiAsAsync("admin");
        var audit = (await GetAsync(admin, "/api/v1/audit?tenant=witcom")).ToJsonString();
        Assert.Contains("silence.created", audit, StringComparison.Ordinal);
        Assert.Contains("silence.expired", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silence_of_the_platform_is_seen_and_ended_by_nobody_here()
    {
        var now = TimeProvider.System.GetUtcNow();
        var elsewhere = await app
            .Services.GetRequiredService<Func<AlertmanagerClient>>()()
            .SilenceAsync(
                new SilenceWanted(
                    [
                        new SilenceMatcher("tenant", "rentguy|witcom", IsRegex: true),
                        new SilenceMatcher("alertname", "Nothing"),
                    ],
                    now,
                    now.AddHours(1),
                    "someone at the console",
                    "night work"
                ),
                TestContext.Current.CancellationToken
            );
        foreach (var name in (string[])["operator", "admin"])
        {
            using var client = await app.ApiAsAsync(name);
            var list = await GetAsync(client, "/api/v1/tenants/rentguy/silences");
            var shown = list["items"]!.AsArray().Single(one => (string?)one!["id"] == elsewhere)!;
            Assert.Equal((true, "the platform"), ((bool)shown["readOnly"]!, (string?)shown["createdBy"]));
            Assert.DoesNotContain("witcom", shown.ToJsonString(), StringComparison.Ordinal);
            var (status, problem) = await SendAsync(
                client,
                HttpMethod.Delete,
                $"/api/v1/tenants/rentguy/silences/{elsewhere}"
            );
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("the platform's", (string?)problem!["detail"], StringComparison.Ordinal);
            // Of a tenant that it does not mute there is no such silence.
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await SendAsync(client, HttpMethod.Delete, $"/api/v1/tenants/psra-ltsd/silences/{elsewhere}")).Status
            );
        }
        using var viewer = await app.ApiAsAsync("viewer");
        var after = await GetAsync(viewer, "/api/v1/tenants/rentguy/silences");
        var still = after["items"]!.AsArray().Single(one => (string?)one!["id"] == elsewhere)!;
        Assert.Equal("active", (string?)still["status"]!["state"]);
    }

    public static TheoryData<string> UnfitSilences =>
        [
            """{"matchers":[{"name":"tenant","value":"rentguy"}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[{"name":"tenant","value":".*","isRegex":true}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[{"name":"bad-name","value":"x"}],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"endsAt":"2020-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"endsAt":"2099-01-01T00:00:00Z","comment":"x"}""",
            """{"matchers":[],"comment":"x"}""",
            """{}""",
        ];

    [Theory]
    [MemberData(nameof(UnfitSilences))]
    public async Task What_cannot_be_silenced_is_422_with_the_reason(string body)
    {
        using var client = await app.ApiAsAsync("operator");
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            JsonNode.Parse(body)
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.NotEmpty((string)problem!["detail"]!);
    }

    [Fact]
    public async Task A_program_without_a_person_proposes_a_silence_instead()
    {
        using var client = await app.ApiAsAsync("automation");
        var (status, problem) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/tenants/witcom/silences",
            new { endsAt = TimeProvider.System.GetUtcNow().AddHours(1), comment = "x" }
        );
        Assert.Equal((HttpStatusCode.Forbidden, "needsPerson"), (status, (string?)problem!["code"]));
        var proposal = await ProposeAsync(
            client,
            "silence.create",
            "witcom",
            "DeployNoise",
            new { minutes = 30, comment = "deploying" }
        );
        var done = await ApproveAsync(app, proposal);
        Assert.Equal("succeeded", (string?)done["state"]);
        using var staff = await app.ApiAsAsync("operator");
        var silences = (await GetAsync(staff, "/api/v1/tenants/witcom/silences"))["items"]!.AsArray();
        var made = silences.Single(silence =>
            ((string)silence!["comment"]!).Contains((string)proposal["id"]!, StringComparison.Ordinal)
        )!;
        var expire = await ProposeAsync(client, "silence.expire", "witcom", (string)made["id"]!, new { });
        Assert.Equal("succeeded", (string?)(await ApproveAsync(app, expire))["state"]);
    }
}
