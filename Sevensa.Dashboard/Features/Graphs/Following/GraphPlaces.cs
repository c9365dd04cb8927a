using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>
/// How many threads of a server are looked at at once. A look keeps its thread from the other dashboards on the store by a lock,
/// which is a connection there for as long as the server takes to answer: slow servers would use up all that there are.
/// </summary>
internal sealed class GraphPlaces
{
    /// <summary>Of one server, in this program. Who waits for a place holds no connection.</summary>
    public const int AtOnce = 4;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> free = new(StringComparer.Ordinal);

    /// <returns>The place, which is free again when it is disposed of.</returns>
    public async Task<IDisposable> TakeAsync(string server, CancellationToken cancellation)
    {
        var places = free.GetOrAdd(server, _ => new SemaphoreSlim(AtOnce));
        await places.WaitAsync(cancellation);
        return new Place(places);
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
            {
                places.Release();
            }
        }
    }
}
