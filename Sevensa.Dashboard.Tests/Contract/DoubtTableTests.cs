using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// What a session in doubt waits with, decided for every endpoint that changes something. Tokens are never in doubt; here those of
/// the Sandbox's programs are, so that each service is asked by its own door.
/// </summary>
public sealed class DoubtTableTests(DoubtTableTests.DoubtedApp app) : IClassFixture<DoubtTableTests.DoubtedApp>
{
    private const string Words = "This session is in doubt. A test says so.";

    private enum Kind
    {
        /// <summary>It approves, gives access or a credential, or shows something to more people.</summary>
        Waits,

        /// <summary>The same, once what it is done to is found, or where it gives more than before: tried beside the service itself.</summary>
        WaitsOnceFound,

        /// <summary>On a page it takes the password, a code or a passkey, which ends the doubt; elsewhere a proof, or a token for it.</summary>
        TakesProof,

        /// <summary>It reads, tries, asks others, or takes away what is one's own or what somebody could do.</summary>
        GoesOn,
    }

    private sealed record Decision(Kind Kind, string Body = "{}");

    private static readonly Decision waits = new(Kind.Waits);
    private static readonly Decision onceFound = new(Kind.WaitsOnceFound);
    private static readonly Decision takesProof = new(Kind.TakesProof);
    private static readonly Decision goesOn = new(Kind.GoesOn);

    private static readonly Dictionary<string, Decision> table = new(StringComparer.Ordinal)
    {
        // People, programs and keys.
        ["POST /api/v1/people"] = takesProof,
        ["PUT /api/v1/people/{id}"] = takesProof,
        ["POST /api/v1/people/{id}/disable"] = onceFound,
        ["POST /api/v1/people/{id}/enable"] = takesProof,
        ["POST /api/v1/people/{id}/reset"] = takesProof,
        ["POST /api/v1/people/{id}/second-factor/reset"] = takesProof,
        ["POST /api/v1/signals/{id}/lift"] = takesProof,
        ["POST /api/v1/roles"] = takesProof,
        ["PUT /api/v1/roles/{id}"] = takesProof,
        ["DELETE /api/v1/roles/{id}"] = onceFound,
        ["POST /api/v1/external-people/{id}/account"] = takesProof,
        ["DELETE /api/v1/external-people/{id}"] = goesOn,
        ["DELETE /api/v1/sessions/{id}"] = goesOn,
        ["POST /api/v1/clients"] = takesProof,
        ["DELETE /api/v1/clients/{id}"] = onceFound,
        ["POST /api/v1/clients/{id}/consent"] = takesProof,
        ["DELETE /api/v1/clients/{id}/consent"] = goesOn,
        ["POST /api/v1/tokens"] = takesProof,
        ["DELETE /api/v1/tokens/{id}"] = goesOn,
        ["POST /api/v1/tickets"] = goesOn,
        ["POST /api/v1/step-ups"] = takesProof,
        ["POST /api/v1/step-ups/passkey"] = takesProof,
        ["POST /api/v1/step-ups/passkey/answer"] = takesProof,
        ["POST /api/v1/signing-keys/rotate"] = takesProof,
        ["POST /api/v1/signing-keys/withdraw"] = takesProof,
        ["POST /api/v1/configuration/plan"] = goesOn,
        ["POST /api/v1/configuration/apply"] = waits,

        // Hosts.
        ["POST /api/v1/hosts/enrolment-tokens"] = waits,
        ["POST /api/v1/hosts/action-key/rotate"] = waits,
        ["POST /api/v1/hosts/{id}/rotate-key"] = waits,
        ["PUT /api/v1/hosts/{id}/tenants"] = onceFound,
        ["POST /api/v1/hosts/{id}/revoke"] = goesOn,

        // What is told to others.
        ["POST /api/v1/receivers"] = waits,
        ["PUT /api/v1/receivers/{id}"] = waits,
        ["DELETE /api/v1/receivers/{id}"] = goesOn,
        ["POST /api/v1/receivers/{id}/pause"] = goesOn,
        ["POST /api/v1/receivers/{id}/resume"] = waits,
        ["POST /api/v1/receivers/{id}/secret"] = waits,
        ["POST /api/v1/receivers/{id}/test"] = goesOn,
        ["POST /api/v1/receivers/{id}/deliveries/{number}/replay"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/public-links"] = new(Kind.Waits, """{"name": "x", "days": 3}"""),
        ["DELETE /api/v1/tenants/{tenant}/public-links/{id}"] = goesOn,
        ["POST /api/v1/conversations/{id}/shares"] = new(Kind.Waits, """{"tenant": "rentguy"}"""),
        ["DELETE /api/v1/tenants/{tenant}/conversations/{id}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/incidents"] = new(Kind.Waits, """{"title": "x", "text": "y"}"""),
        ["POST /api/v1/tenants/{tenant}/maintenance"] = new(Kind.Waits, """{"title": "x", "text": "y"}"""),
        ["POST /api/v1/tenants/{tenant}/incidents/{id}/updates"] = onceFound,
        ["PUT /api/v1/tenants/{tenant}/incidents/{id}/publication"] = new(Kind.Waits, """{"published": true}"""),

        // What is approved, and what acts by itself.
        ["POST /api/v1/proposals"] = goesOn,
        ["POST /api/v1/proposals/{id}/approve"] = onceFound,
        ["POST /api/v1/proposals/{id}/step-up"] = takesProof,
        ["POST /api/v1/proposals/{id}/reject"] = goesOn,
        ["POST /api/v1/proposals/{id}/withdraw"] = goesOn,
        ["POST /api/v1/proposals/{id}/cancel"] = goesOn,
        ["POST /api/v1/dispatch/stop"] = goesOn,
        ["POST /api/v1/dispatch/resume"] = waits,
        ["POST /api/v1/tenants/{tenant}/graphs/threads"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/graphs/threads/{id}/cancel"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/graphs/threads/{id}/questions/{question}/answer"] = onceFound,
        ["POST /api/v1/policies"] = goesOn,
        ["POST /api/v1/policies/yaml"] = goesOn,
        ["POST /api/v1/policies/yaml/check"] = goesOn,
        ["PUT /api/v1/policies/{id}/yaml"] = goesOn,
        ["POST /api/v1/policies/draft"] = goesOn,
        ["POST /api/v1/policies/library/{ready}"] = goesOn,
        ["POST /api/v1/policies/brake"] = goesOn,
        ["POST /api/v1/policies/release"] = waits,
        ["PUT /api/v1/policies/{id}"] = goesOn,
        ["DELETE /api/v1/policies/{id}"] = goesOn,
        ["POST /api/v1/policies/{id}/backtest"] = goesOn,
        ["POST /api/v1/policies/{id}/promote"] = onceFound,
        ["POST /api/v1/policies/{id}/demote"] = goesOn,
        ["PUT /api/v1/tenants/{tenant}/playbooks/{name}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/playbooks/{name}/review"] = onceFound,
        ["DELETE /api/v1/tenants/{tenant}/playbooks/{name}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/playbooks/{name}/fill"] = goesOn,

        // Secrets and declared flows.
        ["PUT /api/v1/tenants/{tenant}/secrets/schedules"] = new(Kind.Waits, """{"items": []}"""),
        ["POST /api/v1/tenants/{tenant}/secrets/step-up"] = takesProof,
        ["POST /api/v1/tenants/{tenant}/secrets/values"] = takesProof,
        ["POST /api/v1/tenants/{tenant}/secrets/hand-overs"] = takesProof,
        ["PUT /api/v1/tenants/{tenant}/reachability/policy"] = new(Kind.Waits, """{"text": "never-seen -> db:1"}"""),

        // What operators do every day; what of it touches a container or an image is proposed, and waits for an approval.
        ["POST /api/v1/gate/policies"] = goesOn,
        ["PUT /api/v1/gate/policies"] = goesOn,
        ["PUT /api/v1/gate/policies/{tenant}"] = goesOn,
        ["DELETE /api/v1/gate/policies/{tenant}"] = goesOn,
        ["POST /api/v1/gate/policies/preview"] = goesOn,
        ["POST /api/v1/scans"] = goesOn,
        ["POST /api/v1/findings/{id}/decision"] = goesOn,
        ["PUT /api/v1/findings/{id}/owner"] = goesOn,
        ["POST /api/v1/findings/{id}/comments"] = goesOn,
        ["POST /api/v1/findings/bulk"] = goesOn,
        ["POST /api/v1/findings/filters"] = goesOn,
        ["DELETE /api/v1/findings/filters/{id}"] = goesOn,
        ["PUT /api/v1/tenants/{tenant}/findings/due"] = goesOn,
        ["DELETE /api/v1/tenants/{tenant}/findings/due"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/posture/exceptions"] = goesOn,
        ["DELETE /api/v1/tenants/{tenant}/posture/exceptions/{id}"] = goesOn,
        ["POST /api/v1/hosts/{id}/posture/exceptions"] = goesOn,
        ["DELETE /api/v1/hosts/{id}/posture/exceptions/{exception}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/alerts/{id}/end"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/silences"] = goesOn,
        ["DELETE /api/v1/tenants/{tenant}/silences/{id}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/rules/draft"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/workloads/move"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/objectives"] = new(Kind.Waits, "{}"),
        ["POST /api/v1/tenants/{tenant}/objectives/preview"] = goesOn,
        ["PUT /api/v1/tenants/{tenant}/objectives/{id}"] = onceFound,
        ["DELETE /api/v1/tenants/{tenant}/objectives/{id}"] = goesOn,
        ["POST /api/v1/databases/{instance}/proof"] = goesOn,
        ["POST /api/v1/databases/{instance}/proofs/{id}/cancel"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/dashboards"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/dashboards/import"] = goesOn,
        ["PUT /api/v1/tenants/{tenant}/dashboards/{id}"] = goesOn,
        ["DELETE /api/v1/tenants/{tenant}/dashboards/{id}"] = goesOn,
        ["POST /api/v1/tenants/{tenant}/logs/searches"] = goesOn,
        ["DELETE /api/v1/tenants/{tenant}/logs/searches/{id}"] = goesOn,
        ["POST /api/v1/models/{name}/exam"] = goesOn,
        ["POST /api/v1/models/exams/{id}/cancel"] = goesOn,
        ["PUT /api/v1/assistant/budgets/{person}"] = goesOn,
        ["POST /api/v1/conversations"] = goesOn,
        ["DELETE /api/v1/conversations/{id}"] = goesOn,
        ["POST /api/v1/conversations/{id}/stop"] = goesOn,
        ["POST /api/v1/conversations/{id}/messages"] = goesOn,
        ["POST /api/v1/hooks/alertmanager"] = goesOn,
        ["POST /api/v1/hooks/grafana"] = goesOn,
        ["POST /api/v1/hooks/uptime-kuma"] = goesOn,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The program, in which tokens of the Sandbox's programs are in doubt while it is said.</summary>
    public sealed class DoubtedApp : SandboxApp
    {
        private readonly Doubting doubting = new();

        public bool IsDoubted
        {
            get => doubting.Is;
            set => doubting.Is = value;
        }

        protected override void Replace(IServiceCollection services) => services.AddSingleton<IStepUp>(doubting);
    }

    private sealed class Doubting : IStepUp
    {
        public bool Is { get; set; }

        public ValueTask<string?> DoubtAsync(Caller caller, CancellationToken cancellation) =>
            new(Is && caller.Client?.StartsWith("sandbox-", StringComparison.Ordinal) == true ? Words : null);

        public Task<StepUpProof> ProveAsync(Caller caller, string given, string deed, CancellationToken cancellation) =>
            throw new ForbiddenException("Nothing is proved here.", StepUpDoor.Code);

        public Task<bool> RedeemAsync(Caller caller, string proof, string deed, CancellationToken cancellation) =>
            Task.FromResult(false);
    }

    [Fact]
    public void Every_endpoint_that_changes_something_is_decided()
    {
        var there = Endpoints().Select(one => one.ToString()).ToHashSet(StringComparer.Ordinal);
        Assert.True(there.Count > 80, $"only {there.Count} endpoints were found");
        Assert.Empty(there.Except(table.Keys).Order(StringComparer.Ordinal));
        Assert.Empty(table.Keys.Except(there).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_gives_something_is_refused_in_the_same_words()
    {
        app.IsDoubted = true;
        using var admin = await app.ApiAsAsync("admin");
        var tried = 0;
        foreach (var endpoint in Endpoints().Where(one => Of(one)?.Kind == Kind.Waits))
        {
            using var answer = await SendAsync(admin, endpoint);
            var text = await answer.Content.ReadAsStringAsync(Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{endpoint}: {(int)answer.StatusCode} {text}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = JsonElement.Parse(text);
            Assert.Equal(StepUpDoor.Code, problem.GetProperty("code").GetString());
            Assert.Equal(Words, problem.GetProperty("detail").GetString());
            tried++;
        }
        Assert.Equal(table.Values.Count(one => one.Kind == Kind.Waits), tried);
    }

    [Fact]
    public async Task What_reads_proposes_or_takes_away_goes_on()
    {
        app.IsDoubted = true;
        using var admin = await app.ApiAsAsync("admin");
        var held = new List<string>();
        foreach (var endpoint in Endpoints().Where(one => Of(one)?.Kind == Kind.GoesOn))
        {
            using var answer = await SendAsync(admin, endpoint);
            var text = await answer.Content.ReadAsStringAsync(Stop);
            if (text.Contains(Words, StringComparison.Ordinal))
            {
                held.Add($"{endpoint}: {text}");
            }
        }
        Assert.Empty(held);
    }

    [Fact]
    public async Task What_was_given_before_is_taken_back_in_doubt()
    {
        app.IsDoubted = false;
        using var admin = await app.ApiAsAsync("admin");
        const string links = "/api/v1/tenants/rentguy/public-links";
        var link = await MadeAsync(links, new { name = "before", days = 3 });
        var receiver = await MadeAsync(
            "/api/v1/receivers",
            new
            {
                name = "before",
                url = "https://example.org/hook",
                kinds = new[] { "alert.*" },
            }
        );

        app.IsDoubted = true;
        await SandboxApp.GoodAsync(admin.DeleteAsync($"{links}/{link}", Stop));
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/receivers/{receiver}/pause", null, Stop));
        using (var resumed = await admin.PostAsync($"/api/v1/receivers/{receiver}/resume", null, Stop))
            Assert.Equal(HttpStatusCode.Forbidden, resumed.StatusCode);
        await SandboxApp.GoodAsync(admin.DeleteAsync($"/api/v1/receivers/{receiver}", Stop));
        await SandboxApp.GoodAsync(admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "doubt" }, Stop));
        // What nobody outside reads is written down meanwhile.
        await MadeAsync(
            "/api/v1/tenants/rentguy/incidents",
            new
            {
                title = "Slow",
                text = "We look.",
                published = false,
            }
        );

        async Task<string> MadeAsync(string path, object body)
        {
            using var answer = await admin.PostAsJsonAsync(path, body, Stop);
            var text = await answer.Content.ReadAsStringAsync(Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Created, $"{path}: {(int)answer.StatusCode} {text}");
            return JsonElement.Parse(text).GetProperty("id").GetString()!;
        }
    }

    [Fact]
    public async Task A_playbook_counts_as_read_by_no_session_in_doubt()
    {
        const string place = "/api/v1/tenants/rentguy/playbooks/in-doubt";
        app.IsDoubted = true;
        using var writer = await app.ApiAsAsync("operator");
        await SandboxApp.GoodAsync(
            writer.PutAsJsonAsync(
                place,
                new
                {
                    title = "In doubt",
                    text = "Look first.\n\n1. /secrets rentguy",
                    parameters = Array.Empty<object>(),
                },
                Stop
            )
        );
        using var approver = await app.ApiAsAsync("approver");
        using (var held = await approver.PostAsJsonAsync($"{place}/review", new { version = 1 }, Stop))
            Assert.Contains(Words, await held.Content.ReadAsStringAsync(Stop));
        app.IsDoubted = false;
        await SandboxApp.GoodAsync(approver.PostAsJsonAsync($"{place}/review", new { version = 1 }, Stop));
    }

    [Fact]
    public async Task What_is_shown_outside_is_written_on_by_no_session_in_doubt_and_is_withheld_by_one()
    {
        app.IsDoubted = false;
        using var admin = await app.ApiAsAsync("admin");
        const string incidents = "/api/v1/tenants/rentguy/incidents";
        using var opened = await admin.PostAsJsonAsync(incidents, new { title = "Down", text = "We look." }, Stop);
        var made = await opened.Content.ReadFromJsonAsync<JsonElement>(Stop);
        var id = made.GetProperty("id").GetString();

        app.IsDoubted = true;
        using (var said = await admin.PostAsJsonAsync($"{incidents}/{id}/updates", new { text = "Fine." }, Stop))
            Assert.Contains(Words, await said.Content.ReadAsStringAsync(Stop));
        await SandboxApp.GoodAsync(
            admin.PutAsJsonAsync($"{incidents}/{id}/publication", new { published = false }, Stop)
        );
        // Nobody outside reads it now.
        await SandboxApp.GoodAsync(
            admin.PostAsJsonAsync($"{incidents}/{id}/updates", new { text = "It was the disk." }, Stop)
        );
    }

    /// <summary>Upstreams are asked by POST too, and change nothing.</summary>
    private IEnumerable<ApiEndpoint> Endpoints() =>
        ApiEndpoint
            .AllOf(app)
            .Where(one =>
                one.IsWriting
                && !one.Pattern.Contains("/prometheus", StringComparison.Ordinal)
                && !one.Pattern.Contains("/loki", StringComparison.Ordinal)
            );

    private static Decision? Of(ApiEndpoint endpoint) => table.GetValueOrDefault(endpoint.ToString());

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, ApiEndpoint endpoint)
    {
        using var request = new HttpRequestMessage(new HttpMethod(endpoint.Method), endpoint.Address("rentguy"));
        if (endpoint.Method != "DELETE")
        {
            request.Content = new StringContent(Of(endpoint)!.Body, Encoding.UTF8, "application/json");
        }
        return await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, Stop);
    }
}
