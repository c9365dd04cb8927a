using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Remote graphs over HTTP.</summary>
internal static class GraphsApi
{
    private const string Threads = "/api/v1/tenants/{tenant}/graphs/threads";

    public static void MapGraphsApi(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/graphs", ServersAsync)
            .WithTags("Graphs")
            .RequireAuthorization(Policies.Read)
            .WithSummary("Servers of remote graphs that work for your tenants");
        var read = routes.MapGroup(Threads).WithTags("Graphs").RequireAuthorization(Policies.Read).ProducesProblem(404);
        read.MapGet("/", ListAsync).WithSummary("Threads of remote graphs, newest first");
        read.MapGet("/{id}", FindAsync).WithSummary("One thread with its steps, questions and proposals");
        read.MapGet("/{id}/events", EventsAsync)
            .WithSummary("What comes about in a thread, as server-sent events; goes on after Last-Event-ID");
        var deeds = routes
            .MapGroup(Threads)
            .WithTags("Graphs")
            .RequireAuthorization(Policies.Propose)
            .ProducesProblem(404);
        deeds
            .MapPost("/", StartAsync)
            .WithSummary("Starts a remote graph with a text; what it asks for becomes proposals")
            .ProducesProblem(409)
            .ProducesProblem(422);
        deeds
            .MapPost("/{id}/cancel", CancelAsync)
            .WithSummary("Ends a thread, here and at its server")
            .ProducesProblem(409);
        deeds
            .MapPost("/{id}/questions/{question}/answer", AnswerAsync)
            .WithSummary("Answers what a graph asked and what is no proposal; handed back once")
            .ProducesProblem(409)
            .ProducesProblem(422);
    }

    private static async Task<Ok<Page<GraphServerView>>> ServersAsync(
        GraphDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ServersAsync(await callers.GetAsync(cancellation), asked, cancellation));

    private static async Task<Ok<Page<GraphThreadView>>> ListAsync(
        string tenant,
        GraphDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.PageAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation));

    private static async Task<Ok<GraphThreadView>> FindAsync(
        string tenant,
        string id,
        GraphDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation));

    private static async Task<IResult> EventsAsync(
        string tenant,
        string id,
        HttpContext context,
        GraphDesk desk,
        ICurrentCaller callers,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        // Whether there is one is said by a status, not within a stream.
        _ = await desk.FindAsync(caller, tenant, id, cancellation);
        var last = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header
            ? header
            : context.Request.Query["lastEventId"].ToString();
        if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var after) && last.Length > 0)
        {
            throw new BadHttpRequestException("Last-Event-ID is not an id of this stream.");
        }
        return new GraphEvents(stop => desk.EventsAsync(caller, tenant, id, after, stop), time);
    }

    private static async Task<Created<GraphThreadView>> StartAsync(
        string tenant,
        GraphWish wish,
        GraphDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var made = await desk.StartAsync(await callers.GetAsync(cancellation), tenant, wish, cancellation);
        return TypedResults.Created($"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/graphs/threads/{made.Id}", made);
    }

    private static async Task<Ok<GraphThreadView>> CancelAsync(
        string tenant,
        string id,
        GraphDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.CancelAsync(await callers.GetAsync(cancellation), tenant, id, cancellation));

    private static async Task<Ok<GraphThreadView>> AnswerAsync(
        string tenant,
        string id,
        string question,
        GraphAnswer answer,
        GraphDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.AnswerAsync(await callers.GetAsync(cancellation), tenant, id, question, answer, cancellation)
        );
}

/// <summary>Events of a thread as they come about; names are as in <see cref="GraphEventRow"/>.</summary>
internal sealed class GraphEvents(Func<CancellationToken, IAsyncEnumerable<GraphEventRow>> events, TimeProvider time)
    : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) =>
        ServerSentEvents.WriteAsync(
            httpContext,
            events,
            told =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"id: {told.Number}\nevent: {told.Kind}\ndata: {{\"at\":\"{told.At.UtcDateTime:O}\",{told.Data[1..]}"
                ),
            time
        );
}

/// <summary>What the feature's exceptions are to a caller.</summary>
internal sealed class GraphProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownGraphException => Problem(404, "No such thread", exception),
            UnfitGraphException => Problem(422, "That can't be done", exception),
            GraphConflictException => Problem(409, "Not as things stand", exception),
            _ => null,
        };

    private static ProblemDetails Problem(int status, string title, Exception exception) =>
        new()
        {
            Status = status,
            Title = title,
            Detail = exception.Message,
        };
}
