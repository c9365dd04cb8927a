using System.Text;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Server-sent events that are kept alive by comments while nothing happens, which the framework's own result has none of. They
/// end with the reader, with their right to read, with the program, or with what is told.
/// </summary>
internal static class ServerSentEvents
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    private const string AccessEnded = """
        event: error
        data: {"code":"accessEnded","detail":"Your access ended: the token or account, or a role or tenant of it. What follows needs one that is valid."}
        """;

    /// <param name="items">What is told; its faults are the caller's.</param>
    /// <param name="frame">An item as an event: its lines, without the empty one at the end.</param>
    public static async Task WriteAsync<T>(
        HttpContext context,
        Func<CancellationToken, IAsyncEnumerable<T>> items,
        Func<T, string> frame,
        TimeProvider time
    )
    {
        using var place = context.RequestServices.GetService<LiveStreams>()?.Open(context, StreamKind.Events);
        using var end = context.UntilTheEnd();
        var over = end.Token;
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await using var stream = items(over).GetAsyncEnumerator(over);
            await TellAsync(response, ": open", over);
            while (true)
            {
                var next = stream.MoveNextAsync().AsTask();
                try
                {
                    await BeatAsync(response, next, time, over);
                }
                catch
                {
                    // What is still asked for its next item can't be disposed of.
                    await end.CancelAsync();
                    await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw;
                }
                if (!await next)
                {
                    return;
                }
                await TellAsync(response, frame(stream.Current), over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The reader went away and may come back for the rest, or may not read on.
            if (context.Features.Get<CallerRight>()?.Ended.IsCancellationRequested == true)
            {
                await TellAsync(response, AccessEnded, context.RequestAborted);
            }
        }
    }

    private static async Task BeatAsync(
        HttpResponse response,
        Task next,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        while (!next.IsCompleted)
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (await Task.WhenAny(next, Task.Delay(Beat, time, turn.Token)) != next)
            {
                await TellAsync(response, ": beat", cancellation);
            }
            await turn.CancelAsync();
        }
    }

    /// <summary>Tells one event more, of a stream that failed.</summary>
    public static async Task TellAsync(HttpResponse response, string frame, CancellationToken cancellation)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(frame + "\n\n"), cancellation);
        await response.Body.FlushAsync(cancellation);
    }
}
