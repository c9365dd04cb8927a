using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Threads in the record are called by what they were started with.</summary>
internal sealed class GraphNames(GraphStore store) : IAuditNames
{
    private const int LongestName = 60;

    public async Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        var threads = ids.Where(id => Guid.TryParseExact(id, "D", out _)).ToList();
        return threads.Count == 0
            ? new Dictionary<string, AuditName>()
            : (await store.SomeAsync(threads, cancellation)).ToDictionary(
                row => row.Id,
                row => new AuditName(StoreText.Shorten(row.Text, LongestName), $"/graphs?thread={row.Id}")
            );
    }
}
