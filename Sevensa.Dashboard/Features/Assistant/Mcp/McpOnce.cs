using System.Text;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>An idempotency key as an argument: the same key of the same caller gives the same proposal for a day, as the API's header does.</summary>
internal sealed class McpOnce(IdempotencyStore store)
{
    private const string Path = "/mcp/propose";
    private const int LongestKey = 255;

    /// <param name="caller">Opaque id of who asks.</param>
    /// <param name="asked">Hash of what is asked for.</param>
    /// <param name="propose">Makes the proposal and returns its id.</param>
    /// <exception cref="ArgumentException">The key was used for something else, or can't be one; or the same still runs.</exception>
    public async Task<string> RunAsync(
        string caller,
        string key,
        string asked,
        Func<Task<string>> propose,
        CancellationToken cancellation
    )
    {
        if (key.Length is 0 or > LongestKey)
        {
            throw new ArgumentException($"{ProposeTool.Key} has 1 to {LongestKey} characters.");
        }
        if (await store.TakeAsync(caller, Path, key, asked, cancellation) is { } other)
        {
            return other.RequestHash != asked
                    ? throw new ArgumentException(
                        $"{ProposeTool.Key} was used here for something else. Use a new key for a new request."
                    )
                : other.Status is null
                    ? throw new ArgumentException(
                        "The first request with this key has no answer yet. Ask again in a moment with the same key."
                    )
                : Encoding.UTF8.GetString(store.BodyOf(other));
        }
        var kept = false;
        try
        {
            var id = await propose();
            await store.KeepAsync(
                caller,
                Path,
                key,
                new StoredAnswer(200, "text/plain", null, Encoding.UTF8.GetBytes(id))
            );
            kept = true;
            return id;
        }
        finally
        {
            if (!kept)
            {
                await store.LetGoAsync(caller, Path, key);
            }
        }
    }
}
