using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <param name="Verdict"><c>allow</c>, <c>deny</c> or <c>unknown</c>.</param>
/// <param name="Denying">How many findings deny.</param>
internal sealed record JudgedSo(string Verdict, int Denying, string Reason);

/// <summary>A running image, judged by what holds now and by what is asked for.</summary>
/// <param name="Services">That run it.</param>
internal sealed record ImageJudgedTwice(
    string Digest,
    string? Image,
    IReadOnlyList<string> Services,
    JudgedSo Before,
    JudgedSo After,
    bool Changes
);

/// <summary>What would change for what a tenant runs if its gate policy were another.</summary>
/// <param name="Rule">The one asked for, in words.</param>
/// <param name="RuleNow">The one that holds, in words.</param>
/// <param name="Tightened">Images that pass now and would not.</param>
/// <param name="Loosened">Images that do not pass now and would.</param>
/// <param name="Images">All that the tenant runs, those that change first.</param>
internal sealed record GatePreviewed(
    string Tenant,
    string Rule,
    string RuleNow,
    int Tightened,
    int Loosened,
    IReadOnlyList<ImageJudgedTwice> Images
);

/// <summary>Judges what a tenant runs by two policies. Nothing that runs is stopped by either; they say what may be deployed.</summary>
internal sealed class GatePreview(Gate gate, GatePolicies policies, IFleet fleet)
{
    /// <param name="wanted">Null: the installation's.</param>
    /// <exception cref="NotKnownYetException">503: no container is known, and hosts that could have some have not told yet.</exception>
    public async Task<GatePreviewed> OfAsync(
        Caller caller,
        string tenant,
        GateRules? wanted,
        CancellationToken cancellation
    )
    {
        if (fleet.ContainersOf(tenant) is not { Count: > 0 })
        {
            fleet.MustKnow(tenant);
        }
        var now = await policies.OfAsync(tenant, cancellation);
        var then = wanted?.Policy(tenant) ?? policies.Usual;
        var images = new List<ImageJudgedTwice>();
        var running = fleet
            .ContainersOf(tenant)
            .Select(container => (container.Facts, Digest: ScanRights.DigestsOf(container.Facts).FirstOrDefault()))
            .Where(container => container.Digest is not null)
            .GroupBy(container => container.Digest!);
        foreach (var image in running)
        {
            var before = await gate.JudgeAsync(caller, image.Key, now, cancellation);
            var after = await gate.JudgeAsync(caller, image.Key, then, cancellation);
            images.Add(
                new ImageJudgedTwice(
                    image.Key,
                    image
                        .Select(container => ScanRights.NameOf(container.Facts))
                        .FirstOrDefault(name => name is not null),
                    [.. image.Select(container => container.Facts.Service).Distinct().Order(StringComparer.Ordinal)],
                    new JudgedSo(before.Verdict, before.Total, before.Reason),
                    new JudgedSo(after.Verdict, after.Total, after.Reason),
                    before.Verdict != after.Verdict
                )
            );
        }
        return new GatePreviewed(
            tenant,
            then.Rule,
            now.Rule,
            images.Count(image => Passes(image.Before) && !Passes(image.After)),
            images.Count(image => !Passes(image.Before) && Passes(image.After)),
            [
                .. images
                    .OrderByDescending(image => image.Changes)
                    .ThenBy(image => image.Image ?? image.Digest, StringComparer.Ordinal),
            ]
        );
    }

    private static bool Passes(JudgedSo judged) => judged.Verdict == "allow";
}
