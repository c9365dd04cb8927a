using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Names for the targets of a page of rows, from all features that know some.</summary>
internal sealed class AuditTargets(IEnumerable<IAuditNames> sources)
{
    private const int Longest = 90;

    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyList<AuditRecord> rows,
        CancellationToken cancellation
    )
    {
        var names = new Dictionary<string, AuditName>(StringComparer.Ordinal);
        var ids = rows.Select(row => row.Target)
            .OfType<string>()
            .Where(target => target.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (ids.Count == 0)
            return names;
        foreach (var source in sources)
        {
            foreach (var (id, name) in await source.NamesAsync(ids, cancellation))
                names.TryAdd(id, name);
        }
        // What nobody knows any more was told of when it happened.
        foreach (var row in rows)
        {
            if (row.Target is { } id && Guid.TryParse(id, out _) && row.Detail is { Length: > 0 } told)
                names.TryAdd(id, new AuditName(told.Length > Longest ? told[..Longest].TrimEnd() + "…" : told));
        }
        return names;
    }
}
