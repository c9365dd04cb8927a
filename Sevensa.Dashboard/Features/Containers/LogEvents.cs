using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>Log lines as server-sent events: <c>line</c> for each, <c>error</c> when the host can't be asked any more.</summary>
internal sealed class LogEvents(IAsyncEnumerable<ContainerLogLine> lines, TimeProvider time) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        try
        {
            await ServerSentEvents.WriteAsync(
                httpContext,
                _ => lines,
                line => $"event: line\ndata: {JsonSerializer.Serialize(LogLineView.Of(line), json)}",
                time
            );
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            await ServerSentEvents.TellAsync(
                httpContext.Response,
                $"event: error\ndata: {JsonSerializer.Serialize(new { detail = exception.Message }, json)}",
                httpContext.RequestAborted
            );
        }
    }
}
