using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What is approved and not ended, host by host.</summary>
internal sealed class HostBacklog(ProposalStore store) : IHostBacklog
{
    public async Task<IReadOnlyDictionary<string, int>> CountAsync(CancellationToken cancellation) =>
        (
            await store.InStatesAsync(
                [ProposalState.Approved, ProposalState.Dispatched, ProposalState.Running, ProposalState.Unknown],
                cancellation
            )
        )
            .Where(row => row.HostId is not null)
            .CountBy(row => row.HostId!)
            .ToDictionary();
}
