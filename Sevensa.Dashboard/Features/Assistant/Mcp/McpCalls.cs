using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>
/// Calls under way, so that <c>notifications/cancelled</c>, which comes as a request of its own, ends the one that it names. Ids
/// are the caller's own; a token can take back only what it asked. Programs that share a token count their calls alike: where
/// two are under way by one id, which of them is meant can't be told, and neither is ended.
/// </summary>
internal sealed class McpCalls
{
    private readonly ConcurrentDictionary<CancellationTokenSource, (string Caller, string Id)> calls = new();

    /// <summary>Dispose when it is over.</summary>
    public IDisposable Begin(string caller, string id, CancellationTokenSource cancel)
    {
        calls[cancel] = (caller, id);
        return new Call(() => calls.TryRemove(cancel, out _));
    }

    public async Task CancelAsync(string caller, string id)
    {
        if (calls.Where(call => call.Value == (caller, id)).Take(2).ToList() is [var meant])
        {
            try
            {
                await meant.Key.CancelAsync();
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
