using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Receivers in the record are called by their names.</summary>
internal sealed class ReceiverNames(ReceiverStore receivers) : IAuditNames
{
    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    ) =>
        (await receivers.AllAsync(cancellation))
            .Where(row => ids.Contains(row.Id))
            .ToDictionary(row => row.Id, row => new AuditName(row.Name, $"/receivers?receiver={row.Id}"));
}
