using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Components;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Deciding on a finding in the browser.</summary>
public sealed class DecisionFormTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Theory]
    [InlineData("Pacific/Auckland", 13)]
    [InlineData("America/Los_Angeles", -8)]
    public async Task A_day_that_is_chosen_is_that_persons_day_to_its_end(string zone, int hours)
    {
        await app.FleetIsKnownAsync();
        var findings = app.Services.GetRequiredService<FindingDesk>();
        var open = new FindingFilter("rentguy", State: FindingState.Open);
        var finding = (await findings.ListAsync(Callers.Admin, open, null, 1, default)).Items[0];
        var (page, _) = UiContext.Create();
        await using var shown = page;
        page.Services.AddSingleton(findings);
        page.Services.AddSingleton<ICurrentCaller>(new Signed());
        page.Services.GetRequiredService<ViewerZone>().Set(zone);
        // A day as a date field has it, of no zone.
        var day = TimeProvider.System.GetUtcNow().DateTime.Date.AddDays(20);
        var decided = false;
        var form = page.Render<DecisionForm>(parameters =>
            parameters.Add(one => one.Finding, finding).Add(one => one.OnDecided, () => decided = true)
        );
        await form.Field("Reason").ChangeAsync(new() { Value = "not reachable from outside" });
        await form.Field("Accept until (open again after it)")
            .ChangeAsync(new() { Value = day.ToString("yyyy-MM-dd", null) });
        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(() => Assert.True(decided, form.Markup), Patience.Usual);
        var accepted = new FindingFilter("rentguy", State: FindingState.Accepted);
        var now = (await findings.ListAsync(Callers.Admin, accepted, null, 100, default)).Items.Single(one =>
            one.Id == finding.Id
        );
        var expected = TimeZoneInfo.ConvertTimeToUtc(day.AddDays(1), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(expected, now.Until!.Value.UtcDateTime);
        Assert.InRange((day.AddDays(1) - expected).TotalHours, hours - 1, hours + 1);
    }

    [Fact]
    public async Task What_is_written_as_a_day_and_is_none_accepts_nothing()
    {
        await app.FleetIsKnownAsync();
        var findings = app.Services.GetRequiredService<FindingDesk>();
        var open = new FindingFilter("rentguy", State: FindingState.Open);
        var finding = (await findings.ListAsync(Callers.Admin, open, null, 1, default)).Items[0];
        var (page, _) = UiContext.Create();
        await using var shown = page;
        page.Services.AddSingleton(findings);
        page.Services.AddSingleton<ICurrentCaller>(new Signed());
        var form = page.Render<DecisionForm>(parameters => parameters.Add(one => one.Finding, finding));
        await form.Field("Reason").ChangeAsync("not reachable from outside");
        await form.Field("Accept until (open again after it)").ChangeAsync("31 December");
        await form.Find("form").SubmitAsync();
        Assert.Contains("can't be read", form.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        var now = (await findings.ListAsync(Callers.Admin, open, null, 1, default)).Items[0];
        Assert.Equal(finding.Id, now.Id);
    }

    private sealed class Signed : ICurrentCaller
    {
        public ValueTask<Caller> GetAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult(Callers.Admin);
    }
}
