using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>Log lines as server-sent events: <c>line</c> for each, <c>error</c> when the host can't be asked any more.</summary>
internal sealed class LogEvents(IAsyncEnumerable<ContainerLogLine> lines, TimeProvider time) : IResult
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var over = httpContext.UntilTheEnd();
        var aborted = over.Token;
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await using var stream = lines.GetAsyncEnumerator(aborted);
        try
        {
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
                await WriteAsync(
                    $"event: line\ndata: {JsonSerializer.Serialize(LogLineView.Of(stream.Current), json)}\n\n"
                );
            }
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            await WriteAsync(
                $"event: error\ndata: {JsonSerializer.Serialize(new { detail = exception.Message }, json)}\n\n"
            );
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The reader went away.
        }

        async Task WriteAsync(string text)
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), aborted);
            await response.Body.FlushAsync(aborted);
        }
    }
}
