using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>A deploy that the watch after it found worse than before.</summary>
/// <param name="Deploy">The proposal that deployed it.</param>
/// <param name="Undo">The proposal by which the watch asks to take it back, which nobody has decided on.</param>
/// <param name="Words">What the watch found.</param>
internal sealed record DeployBreach(string Deploy, string Undo, string Words);

/// <summary>
/// Which deploys of a tenant are worse than what was there before, as their watches found. The watch proposes the undo itself; that one is
/// taken up, and never a second one made beside it. One that is under way, or that somebody decided on, is theirs.
/// </summary>
internal sealed class WatchReading(IProposals proposals, IEnumerable<IAftermath> aftermaths, TimeProvider time)
{
    private const string Deploy = "service.deploy";
    private const string Breached = "breached";
    private const int MostLookedAt = 200;

    public async Task<TriggerReading> OfAsync(string tenant, TimeSpan within, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var all = await proposals.ListAsync(
            PolicyCaller.Reading(tenant),
            new ProposalFilter(Tenant: tenant, Most: MostLookedAt),
            cancellation
        );
        var firing = new List<Firing>();
        foreach (
            var deploy in all.Where(one =>
                one is { Kind: Deploy, State: ProposalState.Succeeded } && one.EndedAt > now - within
            )
        )
        {
            if (
                await ReportAsync(deploy, cancellation) is { State: Breached, UndoId: { } id } report
                && all.FirstOrDefault(one => one.Id == id)
                    is { State: ProposalState.Proposed, Kind: PolicyReading.UndoOfDeploy } undo
                && all.All(one => one.Id == undo.Id || !IsLaterChange(one, deploy))
            )
            {
                firing.AddRange(
                    undo.Plan.Containers.Select(container => container.Service)
                        .Distinct(StringComparer.Ordinal)
                        .Select(service => new Firing(service, null)
                        {
                            Breach = new DeployBreach(deploy.Id, undo.Id, report.Text),
                        })
                );
            }
        }
        return new TriggerReading([.. firing.DistinctBy(one => one.Service)]);
    }

    /// <summary>Whether what runs there was changed, or was to be, since: then the undo would take back another's.</summary>
    private static bool IsLaterChange(Proposal one, Proposal deploy) =>
        one.Id != deploy.Id
        // One that was planned before this one ended may be done after it.
        && (
            one.CreatedAt >= deploy.EndedAt
            || (
                (ProposalsOf.WasDone(one) || (!one.Ended && one.State != ProposalState.Proposed))
                && (one.EndedAt is null || one.EndedAt > deploy.EndedAt)
            )
        )
        && one.Kind is Deploy or PolicyReading.UndoOfDeploy or "tenant.rollback"
        && deploy.Plan.Containers.Any(container => ProposalsOf.Touches(one, container.Service));

    private async Task<AftermathReport?> ReportAsync(Proposal deploy, CancellationToken cancellation)
    {
        foreach (var aftermath in aftermaths)
        {
            if (await aftermath.OfAsync(deploy, cancellation) is { } report)
            {
                return report;
            }
        }
        return null;
    }
}
