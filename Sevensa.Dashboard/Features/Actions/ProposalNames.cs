using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Proposals in the record are called by their titles.</summary>
internal sealed class ProposalNames(ProposalStore store) : IAuditNames
{
    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    ) =>
        (await store.TitlesAsync(ids, cancellation)).ToDictionary(
            title => title.Key,
            title => new AuditName(title.Value, $"/approvals/{title.Key}")
        );
}
