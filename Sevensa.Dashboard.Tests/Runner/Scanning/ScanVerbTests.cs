using Sevensa.Dashboard.Runner.Scanning;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Scanning;

/// <summary><c>image.scan</c> as an approved action on the host.</summary>
public sealed class ScanVerbTests
{
    private static ActionPlan Scan(string id, ContainerFacts container) =>
        Samples.Plan(
            id,
            StepVerbs.ImageScan,
            [new PlanStep(1, StepVerbs.ImageScan, container.Id, "Scan rentguy/api:2.4.1")],
            new PlanVerification(VerificationKinds.None, 0, "the dashboard has taken each report in"),
            PlanUndo.None("nothing was changed"),
            container
        );

    private static Desk DeskOf(StandInScanner host) =>
        new(
            engine: host.Engine,
            time: host.Time,
            works: host.Works,
            policy: host.Policy,
            more: [new ScanVerb(host.Scans, host.Engine, host.Time)]
        );

    [Fact]
    public async Task It_scans_and_says_what_the_dashboard_made_of_the_report()
    {
        var recorded = Path.GetFullPath(Path.Combine(Recorded.Folder(), "trivy", "image.json"));
        using var host = new StandInScanner($"cat '{recorded}'");
        var container = host.Run();
        await using var desk = DeskOf(host);
        var outcome = await desk.RunAsync(Scan("p1", container));
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Single(host.Taken);
        Assert.Empty(desk.Engine.Calls);
    }

    [Fact]
    public async Task What_fails_is_told_and_changes_nothing()
    {
        using var host = new StandInScanner("echo 'no space left on device' >&2; exit 1");
        var container = host.Run();
        await using var desk = DeskOf(host);
        var outcome = await desk.RunAsync(Scan("p1", container));
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains("The disk is full", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_cancelled_in_the_middle()
    {
        using var host = new StandInScanner("echo 'begun' >&2; exec sleep 600");
        var container = host.Run();
        await using var desk = DeskOf(host);
        var delivery = await desk.DeliverAsync(Scan("p1", container));
        Assert.True(delivery.Accepted, delivery.Refusal);
        await host.SaysAsync("begun");
        Assert.True(desk.Actions.Cancel("p1"));
        await desk.IdleAsync();
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal(ProposalState.Cancelled, outcome.State);
        Assert.Empty(host.Taken);
    }

    [Fact]
    public async Task A_policy_that_does_not_name_it_refuses_it()
    {
        using var host = new StandInScanner("echo '{}'", "kinds: [container.restart]");
        var container = host.Run();
        await using var desk = DeskOf(host);
        Assert.Equal("localPolicy", (await desk.DeliverAsync(Scan("p1", container))).RefusalCode);
    }
}
