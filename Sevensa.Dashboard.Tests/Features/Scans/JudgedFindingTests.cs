using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Judging;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What a person says of a finding in the words of VEX.</summary>
public class JudgedFindingTests
{
    private const string NeverRun = "vulnerable_code_not_in_execute_path";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FindingDesk Desk(Workshop shop) => shop.Services.GetRequiredService<FindingDesk>();

    private static async Task<(Workshop Shop, string Digest, Finding Finding)> WithOneAsync()
    {
        var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        return (shop, digest, (await shop.FindingsAsync(new FindingFilter("rentguy"))).Single());
    }

    [Fact]
    public async Task Not_affected_needs_a_justification_opens_the_gate_and_outlives_absence()
    {
        var (shop, digest, finding) = await WithOneAsync();
        await using var _ = shop;
        var gate = shop.Services.GetRequiredService<Gate>();
        Assert.Equal("deny", (await gate.AskAsync(Callers.Admin, digest, null, Cancellation)).Verdict);
        foreach (var wrong in new[] { null, "because", "Component_Not_Present" })
        {
            var refused = await Assert.ThrowsAsync<UndecidableException>(() => NotAffectedAsync(wrong));
            Assert.Contains(NeverRun, refused.Message, StringComparison.Ordinal);
        }
        var judged = await NotAffectedAsync(NeverRun);
        Assert.Equal(FindingState.NotAffected, judged.State);
        Assert.Equal(new FindingJudgement(VexStatus.NotAffected, NeverRun), judged.Judged);
        Assert.Equal(Callers.Admin.Name, judged.Owner?.Name);
        Assert.Equal("allow", (await gate.AskAsync(Callers.Admin, digest, null, Cancellation)).Verdict);
        Assert.Empty(await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open)));
        Assert.Single(await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.NotAffected)));
        var judgedSo = new FindingFilter(State: FindingState.NotAffected, Order: FindingOrder.Priority);
        Assert.Single(await shop.FindingsAsync(judgedSo));

        shop.Time.Advance(TimeSpan.FromHours(1));
        await shop.ScanAsync(digest);
        Assert.Empty(await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.NotAffected)));
        shop.Time.Advance(TimeSpan.FromHours(1));
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        var whole = await Desk(shop).FindAsync(Callers.Admin, finding.Id, Cancellation);
        Assert.Equal(FindingState.NotAffected, whole.Finding.State);
        Assert.Equal(
            [new FindingJudgement(VexStatus.NotAffected, NeverRun), null, null],
            whole.History.Select(change => change.Judged)
        );
        var entry = Assert.Single(shop.Audit.Entries, one => one.Action == "finding.notAffected");
        Assert.Contains(NeverRun, entry.Detail, StringComparison.Ordinal);

        await Desk(shop).DecideAsync(Callers.Admin, finding.Id, "reopen", "it is run", null, Cancellation);
        Assert.Null((await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open))).Single().Judged);
        Assert.Equal("deny", (await gate.AskAsync(Callers.Admin, digest, null, Cancellation)).Verdict);

        Task<Finding> NotAffectedAsync(string? why) =>
            Desk(shop).DecideAsync(Callers.Admin, finding.Id, "notAffected", null, null, Cancellation, why);
    }

    [Theory]
    [InlineData("affected", VexStatus.Affected)]
    [InlineData("investigate", VexStatus.UnderInvestigation)]
    public async Task What_is_affected_or_looked_into_stays_open_and_says_so(string decision, VexStatus status)
    {
        var (shop, digest, finding) = await WithOneAsync();
        await using var _ = shop;
        await Assert.ThrowsAsync<UndecidableException>(() => DecideAsync(null, null));
        await Assert.ThrowsAsync<UndecidableException>(() => DecideAsync("looked", NeverRun));
        var judged = await DecideAsync("looked", null);
        Assert.Equal((FindingState.Open, status), (judged.State, judged.Judged!.Status));
        Assert.Equal("looked", judged.Reason);
        var gate = shop.Services.GetRequiredService<Gate>();
        Assert.Equal("deny", (await gate.AskAsync(Callers.Admin, digest, null, Cancellation)).Verdict);

        Task<Finding> DecideAsync(string? reason, string? why) =>
            Desk(shop).DecideAsync(Callers.Admin, finding.Id, decision, reason, null, Cancellation, why);
    }

    [Fact]
    public async Task What_was_called_fixed_and_is_reported_again_is_judged_no_more()
    {
        var (shop, digest, finding) = await WithOneAsync();
        await using var _ = shop;
        await Desk(shop).DecideAsync(Callers.Admin, finding.Id, "fixed", "patched", null, Cancellation);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "LOW"));
        var again = (await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open))).Single(one =>
            one.Id == finding.Id
        );
        Assert.Null(again.Judged);
    }

    [Fact]
    public void Each_justification_has_a_word_of_CycloneDX()
    {
        Assert.Equal(5, Justifications.All.Count);
        Assert.All(
            Justifications.All,
            one =>
                Assert.Contains(
                    Justifications.CycloneDx(one.Word),
                    (string[])
                        [
                            "code_not_present",
                            "code_not_reachable",
                            "requires_environment",
                            "protected_by_mitigating_control",
                        ]
                )
        );
        Assert.Null(Justifications.CycloneDx("because"));
    }
}
