using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Policies in the record are called by their names.</summary>
internal sealed class PolicyNames(PolicyStore store) : IAuditNames
{
    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    ) =>
        (await store.NamesAsync(ids, cancellation)).ToDictionary(
            one => one.Key,
            one => new AuditName(one.Value, $"/policies/{one.Key}")
        );
}
