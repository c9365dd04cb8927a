using System.Text;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Server-sent events with ids, kept alive by comments. (The framework's own result has no comments.)</summary>
internal sealed class EventStream(Func<CancellationToken, IAsyncEnumerable<ProposalEvent>> events, TimeProvider time)
    : IResult
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var over = httpContext.UntilTheEnd();
        var aborted = over.Token;
        var response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await using var stream = events(aborted).GetAsyncEnumerator(aborted);
            await WriteAsync(": open\n\n");
            while (true)
            {
                var next = stream.MoveNextAsync().AsTask();
                while (!next.IsCompleted)
                {
                    using var turn = CancellationTokenSource.CreateLinkedTokenSource(aborted);
                    if (await Task.WhenAny(next, Task.Delay(Beat, time, turn.Token)) != next)
                    {
                        await WriteAsync(": beat\n\n");
                    }
                    await turn.CancelAsync();
                }
                if (!await next)
                {
                    return;
                }
                var told = stream.Current;
                await WriteAsync($"id: {told.Id}\nevent: {told.Type}\ndata: {told.Data.GetRawText()}\n\n");
            }
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The reader went away and resumes where it was.
        }

        async Task WriteAsync(string text)
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), aborted);
            await response.Body.FlushAsync(aborted);
        }
    }
}
