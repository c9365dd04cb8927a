using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What happens with a proposal, with ids: a reader that lost the line asks for what came after the last.</summary>
internal sealed class EventStream(Func<CancellationToken, IAsyncEnumerable<ProposalEvent>> events, TimeProvider time)
    : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) =>
        ServerSentEvents.WriteAsync(
            httpContext,
            events,
            told => $"id: {told.Id}\nevent: {told.Type}\ndata: {told.Data.GetRawText()}",
            time
        );
}
