using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>
/// Calls under way, so that <c>notifications/cancelled</c>, which comes as a request of its own, ends the one that it names. Ids
/// are the caller's own; a token can take back only what it asked.
/// </summary>
internal sealed class McpCalls
{
    private readonly ConcurrentDictionary<(string Caller, string Id), CancellationTokenSource> calls = new();

    /// <summary>Dispose when it is over.</summary>
    public IDisposable Begin(string caller, string id, CancellationTokenSource cancel)
    {
        calls[(caller, id)] = cancel;
        return new Call(() => calls.TryRemove(KeyValuePair.Create((caller, id), cancel)));
    }

    public async Task CancelAsync(string caller, string id)
    {
        if (calls.TryRemove((caller, id), out var cancel))
        {
            try
            {
                await cancel.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself a moment ago.
            }
        }
    }

    private sealed class Call(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
