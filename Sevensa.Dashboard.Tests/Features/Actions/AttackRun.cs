using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>
/// Everything that must not work, tried on the real program over its real API: refused, in the record, and without effect. What
/// a runner must refuse is in VerifierTests; what is tried in vain at the hub is here too.
/// </summary>
public sealed partial class AttackRun : IClassFixture<AttackRun.Target>
{
    private readonly Target app;

    public AttackRun(Target app) => this.app = app;

    public sealed class Target : SandboxApp
    {
        protected override void Replace(IServiceCollection services) =>
            services.AddSingleton<IActionKind>(new HighRiskKind());

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            var fleet = Services.GetRequiredService<IFleet>();
            using var patience = new CancellationTokenSource(Patience.Usual);
            while (
                fleet.ContainersOf("witcom").Count < 2
                || !new[] { "web", "worker" }.All(service =>
                    fleet.ContainersOf("rentguy").Any(container => container.Facts.Service == service)
                )
            )
            {
                await Task.Delay(20, patience.Token);
            }
        }
    }

    [Fact]
    public async Task An_approval_names_one_plan_and_serves_no_other()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var a = await ProposeAsync(operators, "container.restart", "worker");
        var b = await ProposeAsync(operators, "container.stop", "worker");
        await RefusedAsync(
            await ApproveAsync(approver, Id(b), Hash(a)),
            HttpStatusCode.Conflict,
            "planMismatch",
            Id(b),
            "proposal.approve"
        );
        // One letter of the plan changed, and its honest hash.
        var altered = a.GetProperty("plan").GetRawText().Replace("rentguy", "witcom-", StringComparison.Ordinal);
        var hash = CanonicalJson.Hash(JsonElement.Parse(altered));
        await RefusedAsync(
            await ApproveAsync(approver, Id(a), hash),
            HttpStatusCode.Conflict,
            "planMismatch",
            Id(a),
            "proposal.approve"
        );
        await UntouchedAsync(a, b);
    }

    [Fact]
    public async Task Who_may_not_approve_does_not()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        var low = await ProposeAsync(operators, "container.restart", "worker");
        var high = await ProposeAsync(operators, "test.high", "worker");
        var own = await ProposeAsync(admin, "test.high", "web");
        foreach (var (name, scope) in new[] { ("viewer", ""), ("automation", ""), ("approver", "read") })
        {
            using var client = await app.ApiAsAsync(name, scope);
            await RefusedAsync(
                await ApproveAsync(client, Id(low), Hash(low)),
                HttpStatusCode.Forbidden,
                "notReviewer",
                Id(low),
                "proposal.approve"
            );
        }
        await RefusedAsync(
            await ApproveAsync(operators, Id(high), Hash(high)),
            HttpStatusCode.Forbidden,
            "notReviewer",
            Id(high),
            "proposal.approve"
        );
        await RefusedAsync(
            await ApproveAsync(admin, Id(own), Hash(own)),
            HttpStatusCode.Forbidden,
            "selfApproval",
            Id(own),
            "proposal.approve"
        );
        using var nobody = app.Anonymous();
        using var unknown = await ApproveAsync(nobody, Id(low), Hash(low));
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        await UntouchedAsync(low, high, own);
    }

    [Fact]
    public async Task What_has_expired_is_not_approved_any_more()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var late = await ProposeAsync(operators, "container.restart", "worker");
        await using (var store = app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext())
        {
            var past = TimeProvider.System.GetUtcNow().AddMinutes(-1);
            var id = Id(late);
            await store
                .Set<ProposalRow>()
                .Where(row => row.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.ExpiresAt, past));
        }
        await RefusedAsync(
            await ApproveAsync(approver, Id(late), Hash(late)),
            HttpStatusCode.Conflict,
            "expired",
            Id(late),
            "proposal.approve"
        );
    }

    [Fact]
    public async Task Of_many_approvals_at_once_one_is_carried_out_once()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        using var admin = await app.ApiAsAsync("admin");
        var proposal = await ProposeAsync(operators, "container.restart", "web");
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(number => ApproveAsync(number % 2 == 0 ? approver : admin, Id(proposal), Hash(proposal)))
        );
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict));
        using var patience = new CancellationTokenSource(Patience.Usual);
        var events = await admin.GetStringAsync($"/api/v1/proposals/{Id(proposal)}/events", patience.Token);
        Assert.Single(Dispatched().Matches(events));
        // A replay of the same approval changes nothing, nor does one of another person.
        using var again = await ApproveAsync(approver, Id(proposal), Hash(proposal));
        Assert.True(again.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict);
        Assert.Equal(events, await admin.GetStringAsync($"/api/v1/proposals/{Id(proposal)}/events", patience.Token));
    }

    /// <summary>The endpoints are those of the program, so a new one is tried without being named here.</summary>
    [Fact]
    public async Task One_tenants_operator_gets_nothing_of_another_through_any_endpoint()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        const string reason = "only-witcom-knows-this";
        var theirs = await ProposeAsync(operators, "container.restart", "psra-api", "witcom", reason);
        var container = app.Services.GetRequiredService<IFleet>().ContainersOf("witcom")[0].Facts;
        using var intruder = await OperatorOfRentGuyAsync();
        // First, so that each has a row of its own before the rest is summed up.
        string[] looked =
        [
            "GET /api/v1/tenants/witcom/containers",
            "GET /api/v1/tenants/witcom/secrets",
            "GET /api/v1/tenants/witcom/prometheus/api/v1/query",
            "GET /api/v1/tenants/witcom/loki/api/v1/labels",
            $"GET /api/v1/proposals/{Id(theirs)}",
        ];
        foreach (var look in looked)
        {
            using var _ = await intruder.GetAsync(look["GET ".Length..]);
        }
        var values = new Dictionary<string, string[]>
        {
            ["tenant"] = ["witcom"],
            ["id"] = [Id(theirs), container.Id],
            ["path"] = ["psra-api/database"],
            ["digest"] = [Uri.EscapeDataString(container.ImageDigest)],
        };
        string[] marks = [container.Name, Hash(theirs), reason, "psra-db"];
        var tried = 0;
        foreach (
            var endpoint in app
                .Services.GetServices<EndpointDataSource>()
                .SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
        )
        {
            var pattern = endpoint.RoutePattern.RawText ?? "";
            if (!pattern.TrimStart('/').StartsWith("api/v1", StringComparison.Ordinal))
            {
                continue;
            }
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (var address in AddressesOf(pattern, values))
                {
                    tried++;
                    await TryAsync(intruder, new HttpMethod(method), address, pattern.Contains("{tenant}"), marks);
                }
            }
        }
        Assert.True(tried > 60, $"only {tried} addresses were tried");
        var seen = await operators.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{Id(theirs)}");
        Assert.Equal("proposed", seen.GetProperty("state").GetString());
        Assert.Empty(seen.GetProperty("approvals").EnumerateArray());
        var rows = await admin.GetFromJsonAsync<JsonElement>(
            "/api/v1/audit?action=access.refused&actor=Intruder&limit=500"
        );
        var addresses = rows.GetProperty("items")
            .EnumerateArray()
            .Select(row => row.GetProperty("target").GetString()!.TrimEnd('/'))
            .ToList();
        foreach (var expected in looked)
        {
            Assert.Contains(expected, addresses);
        }
        var decided = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/audit?target={Id(theirs)}&actor=Intruder");
        Assert.Equal(
            ["proposal.approve", "proposal.cancel", "proposal.reject", "proposal.withdraw"],
            decided
                .GetProperty("items")
                .EnumerateArray()
                .Select(row => row.GetProperty("action").GetString())
                .Distinct()
                .Order()
        );
    }

    [Fact]
    public async Task The_hubs_open_to_nobody_who_is_not_a_runner()
    {
        foreach (var token in new[] { null, await app.GetTokenAsync("admin"), "srk1.h.1.n.AAAA", "sre_guess" })
        {
            using var socket = new ClientWebSocket();
            if (token is not null)
            {
                socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            }
            var hub = new UriBuilder(app.Address) { Scheme = "ws", Path = "/hubs/runner" }.Uri;
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(hub, CancellationToken.None));
        }
        using var nobody = app.Anonymous();
        using var circuit = await nobody.PostAsync("/_blazor/negotiate?negotiateVersion=1", null);
        Assert.False(circuit.IsSuccessStatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=runner.refused");
        Assert.True(rows.GetProperty("items").GetArrayLength() >= 2);
    }

    [Fact]
    public async Task A_host_that_tells_of_anothers_action_changes_nothing()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        var proposal = await ProposeAsync(operators, "container.restart", "worker");
        var report = new ActionReport(
            Id(proposal),
            1,
            TimeProvider.System.GetUtcNow(),
            "outcome",
            Outcome: new ActionOutcome(ProposalState.Succeeded, "Done, believe me.")
        );
        await app
            .Services.GetServices<IRunnerListener>()
            .First()
            .OnReportAsync("another-host", Workshop.Bytes(report), CancellationToken.None);
        await UntouchedAsync(proposal);
        var rows = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit?action=action.report&target={Id(proposal)}"
        );
        Assert.Equal(
            "refused",
            Assert.Single(rows.GetProperty("items").EnumerateArray()).GetProperty("outcome").GetString()
        );
    }

    private static IEnumerable<string> AddressesOf(string pattern, Dictionary<string, string[]> values)
    {
        var addresses = new List<string> { "/" + pattern.TrimStart('/') };
        foreach (Match parameter in Parameter().Matches(pattern))
        {
            var given = values.GetValueOrDefault(parameter.Groups["name"].Value) ?? ["x"];
            addresses =
            [
                .. addresses.SelectMany(address =>
                    given.Select(value => address.Replace(parameter.Value, value, StringComparison.Ordinal))
                ),
            ];
        }
        return addresses;
    }

    private static async Task TryAsync(
        HttpClient intruder,
        HttpMethod method,
        string address,
        bool namesTenant,
        string[] marks
    )
    {
        using var request = new HttpRequestMessage(
            method,
            $"{address}?tenant=witcom&query=up&match[]=up&start=1&end=2&step=1&state=&image=x&digest=x&format=trivy"
        );
        if (method != HttpMethod.Get && method != HttpMethod.Delete)
        {
            request.Content = JsonContent.Create(
                new
                {
                    kind = "container.restart",
                    tenant = "witcom",
                    target = "psra-api",
                    parameters = new { },
                    reason = "let me in",
                    planHash = "x",
                    password = "x",
                    decision = "accept",
                    name = "x",
                    scopes = new[] { "read" },
                    days = 1,
                    text = "what runs at witcom?",
                }
            );
        }
        using var patience = new CancellationTokenSource(Patience.Usual);
        using var answer = await intruder.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var where = $"{method} {address} answered {(int)answer.StatusCode}";
        if (namesTenant)
        {
            Assert.True(
                answer.StatusCode
                    is HttpStatusCode.NotFound
                        or HttpStatusCode.Forbidden
                        // A body that can't be read is refused before anything is looked at.
                        or HttpStatusCode.BadRequest,
                where
            );
        }
        Assert.True((int)answer.StatusCode < 500, where);
        var body = await answer.Content.ReadAsStringAsync(patience.Token);
        foreach (var mark in marks)
        {
            Assert.False(body.Contains(mark, StringComparison.Ordinal), $"{where} with {mark}: {body}");
        }
    }

    /// <summary>A person who may do everything an operator may, for RentGuy alone.</summary>
    private async Task<HttpClient> OperatorOfRentGuyAsync()
    {
        var person = await MadePerson.MakeAsync(app, "Intruder", "operator", "rentguy");
        using var browser = person.Browser;
        var intruder = await person.ApiAsync("read propose approve scans:write");
        using var own = await intruder.GetAsync("/api/v1/tenants/rentguy/containers");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        return intruder;
    }

    private static async Task<JsonElement> ProposeAsync(
        HttpClient client,
        string kind,
        string target,
        string tenant = "rentguy",
        string reason = "attacked"
    )
    {
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind,
                tenant,
                target,
                reason,
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static Task<HttpResponseMessage> ApproveAsync(HttpClient client, string id, string planHash) =>
        client.PostAsJsonAsync($"/api/v1/proposals/{id}/approve", new { planHash });

    private async Task RefusedAsync(
        HttpResponseMessage answer,
        HttpStatusCode status,
        string code,
        string id,
        string action
    )
    {
        using (answer)
        {
            Assert.Equal(status, answer.StatusCode);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(code, problem.GetProperty("code").GetString());
        }
        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit?action={action}&target={id}&outcome=refused"
        );
        Assert.Contains(code, rows.GetProperty("items")[0].GetProperty("detail").GetString());
    }

    private async Task UntouchedAsync(params JsonElement[] proposals)
    {
        using var admin = await app.ApiAsAsync("admin");
        foreach (var proposal in proposals)
        {
            var now = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{Id(proposal)}");
            Assert.Equal("proposed", now.GetProperty("state").GetString());
            Assert.Empty(now.GetProperty("approvals").EnumerateArray());
            using var withdrawn = await admin.PostAsync($"/api/v1/proposals/{Id(proposal)}/withdraw", null);
            Assert.Equal(HttpStatusCode.OK, withdrawn.StatusCode);
        }
    }

    private static string Id(JsonElement proposal) => proposal.GetProperty("id").GetString()!;

    private static string Hash(JsonElement proposal) => proposal.GetProperty("planHash").GetString()!;

    [GeneratedRegex(@"\{\*{0,2}(?<name>[a-zA-Z]+)[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"state\":\"dispatched\"")]
    private static partial Regex Dispatched();
}
