using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>API clients and people in the record are called by their names.</summary>
internal sealed class AccessNames(ApiClients clients, PersonStore people) : IAuditNames
{
    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        var names = new Dictionary<string, AuditName>(StringComparer.Ordinal);
        foreach (var client in await clients.ListAsync(cancellation))
        {
            if (ids.Contains(client.Id))
                names[client.Id] = new AuditName(client.Name);
        }
        // Only ids: a user name is its own name, and looking it up would tell more than the row does.
        foreach (var id in ids.Where(id => Guid.TryParse(id, out _)))
        {
            if (await people.FindAsync(id, cancellation) is { } person)
                names[id] = new AuditName(person.UserName);
        }
        return names;
    }
}
