using System.Net;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.Components;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>Runs that n8n has not begun, since it runs only so many at once.</summary>
public sealed class QueuedRunsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_to_begin_is_shown_as_that_and_does_not_run()
    {
        await using var n8n = await N8nGround.OpenAsync();
        var flow = n8n.Flow("mails", "rentguy");
        n8n.N8n.Run(flow, null, null, "webhook");
        n8n.N8n.Run(flow, null, null, "webhook");
        n8n.N8n.Runs[1] = n8n.N8n.Runs[1] with { Status = "new", StoppedAt = null };
        var shown = Assert.Single(await n8n.Desk.ListAsync(N8nGround.Person(), Stop));
        Assert.Equal((RunState.New, 0), (shown.LastRun!.State, shown.Running));
        Assert.Null(shown.LastRun.StartedAt);
        var runs = await n8n.Desk.RunsAsync(N8nGround.Person(), flow.Id, Stop);
        Assert.Equal([RunState.New, RunState.Success], runs.Select(run => run.State));
        Assert.Contains("waits to begin", runs[0].Note, StringComparison.Ordinal);
        Assert.Equal("Waits to begin", RunState.New.Word());
    }
}

/// <summary>A workflow that is nobody's: who does not list it decides on nothing of it.</summary>
public sealed class NobodysRunTests
{
    [Fact]
    public async Task Its_run_is_seen_and_decided_on_by_those_over_all_tenants_alone()
    {
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, N8nStandIn.Key, TestContext.Current.CancellationToken);
        try
        {
            await using var n8n = await N8nGround.OpenAsync();
            n8n.Flow("sweep", null);
            n8n.Flow("mails", "platform");
            await using var app = await ConfiguredApp.StartAsync(("N8n:Url", n8n.Set.Url!), ("N8n:KeyFile", key));
            using var admin = await app.ApiAsAsync("admin");
            var wish = new { waitSeconds = 5 };
            var nobodys = await ProposeAsync(admin, "n8n.workflow.run", "platform", "sweep", wish);
            var platforms = await ProposeAsync(admin, "n8n.workflow.run", "platform", "mails", wish);
            var person = await MadePerson.MakeAsync(app, "of-the-platform", "operator", "platform");
            using var browser = person.Browser;
            using var theirs = await person.PersonalAsync("read", "propose", "approve");
            Assert.Equal(HttpStatusCode.NotFound, await LookAsync(theirs, nobodys));
            Assert.Equal(HttpStatusCode.NotFound, await DecideAsync(theirs, nobodys));
            Assert.Equal(0, n8n.Calls);
            // What has the platform's tag is the platform's.
            Assert.Equal(HttpStatusCode.OK, await LookAsync(theirs, platforms));
            Assert.Equal(HttpStatusCode.OK, await DecideAsync(theirs, platforms));
            Assert.Equal(HttpStatusCode.OK, await DecideAsync(admin, nobodys));
        }
        finally
        {
            File.Delete(key);
        }
    }

    private static async Task<HttpStatusCode> LookAsync(HttpClient by, JsonNode proposal) =>
        (await SendAsync(by, HttpMethod.Get, $"/api/v1/proposals/{(string)proposal["id"]!}")).Status;

    private static async Task<HttpStatusCode> DecideAsync(HttpClient by, JsonNode proposal) =>
        (
            await SendAsync(
                by,
                HttpMethod.Post,
                $"/api/v1/proposals/{(string)proposal["id"]!}/approve",
                new { planHash = (string)proposal["planHash"]! }
            )
        ).Status;
}
