using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>Puts to each backup what its last drill found, as far as the caller sees the drill's proposal.</summary>
internal sealed class DrillBook(IServiceProvider services)
{
    private const int Looked = 500;

    public async Task<IReadOnlyList<DatabaseInstance>> WithDrillsAsync(
        Caller caller,
        IReadOnlyList<DatabaseInstance> instances,
        CancellationToken cancellation
    )
    {
        if (instances.All(one => one.Backups.Count == 0))
        {
            return instances;
        }
        // Proposals know of the kinds, and so of this feature.
        var drills = (
            await services
                .GetRequiredService<IProposals>()
                .ListAsync(caller, new ProposalFilter(Most: Looked), cancellation)
        )
            .Where(one => one.Kind == DrillPlan.Kind && one.Outcome is not null && one.EndedAt is not null)
            .ToLookup(one => one.Target, StringComparer.Ordinal);
        return
        [
            .. instances.Select(instance =>
                instance with
                {
                    Backups =
                    [
                        .. instance.Backups.Select(backup =>
                            backup with
                            {
                                Drill = drills[backup.Name].MaxBy(one => one.EndedAt) is { } last
                                    ? new BackupDrill(
                                        last.Id,
                                        last.EndedAt!.Value,
                                        last.State == ProposalState.Succeeded,
                                        last.Outcome!.Text
                                    )
                                    : null,
                            }
                        ),
                    ],
                }
            ),
        ];
    }
}
