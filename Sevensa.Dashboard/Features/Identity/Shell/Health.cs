using System.Net;
using Microsoft.AspNetCore.Authorization;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Shell;

/// <param name="State">connected, degraded, unreachable or notConfigured.</param>
internal sealed record UpstreamAnswer(
    string Name,
    UpstreamState State,
    string? Message,
    string? Remedy,
    DateTimeOffset? Since,
    DateTimeOffset? LastGoodAt,
    bool Simulated
);

/// <param name="State">connected, or the fault's word: storeUnreachable, storeReadOnly, storeBusy, storeSignIn, storeFull.</param>
internal sealed record StoreAnswer(string Name, string State, string? Message = null, string? Remedy = null);

/// <param name="Status"><c>ready</c>, <c>storeUnavailable</c>, <c>draining</c>, or why not.</param>
/// <param name="Message">What is not known or not there yet, in words.</param>
/// <param name="NotTold">Names of hosts that have not told yet; only for those who show a token of staff.</param>
/// <param name="Upstreams">Only for those who show a token of staff.</param>
internal sealed record ReadyAnswer(
    string Status,
    StoreAnswer Store,
    string? Message = null,
    IReadOnlyList<string>? NotTold = null,
    IReadOnlyList<UpstreamAnswer>? Upstreams = null
);

/// <summary>Mark of an endpoint that answers strangers: while the store can't say who asks, everybody is one.</summary>
internal sealed class AnswersWithoutStore;

/// <summary>For watchdogs and Prometheus: alive, able to serve, and the dashboard's own figures.</summary>
internal static class Health
{
    public const string AlivePath = "/healthz";
    private const string MetricsPolicy = "metrics";
    private const string Drains = "draining";

    /// <summary>Watchdogs ask either way.</summary>
    private static readonly string[] Looks = [HttpMethods.Get, HttpMethods.Head];

    public static void AddHealth(this WebApplicationBuilder builder) =>
        builder
            .Services.AddAuthorizationBuilder()
            .AddPolicy(MetricsPolicy, policy => policy.RequireAssertion(MayScrape));

    /// <summary>Answers as soon as the server listens.</summary>
    public static void MapAlive(this IEndpointRouteBuilder app) =>
        app.MapMethods(
                AlivePath,
                Looks,
                context =>
                {
                    context.Response.ContentType = "text/plain; charset=utf-8";
                    return context.Response.WriteAsync("ok");
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/readyz", Looks, ReadyAsync)
            .AllowAnonymous()
            .WithMetadata(new AnswersWithoutStore())
            .ExcludeFromDescription();
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(MetricsPolicy);
    }

    private static async Task<IResult> ReadyAsync(
        HttpContext context,
        StoreProbe store,
        Upstreams upstreams,
        UpstreamWatch watch,
        IEnumerable<IReadiness> others,
        Draining draining,
        CancellationToken cancellation
    )
    {
        var fault = await store.LookAsync(cancellation);
        var all = others
            .Select(other => other.Missing())
            .OfType<Unready>()
            .OrderByDescending(found => found.Waits)
            .ToList();
        var missing = all.FirstOrDefault();
        var answer = fault is not null
            ? new ReadyAnswer(
                "storeUnavailable",
                new StoreAnswer(store.Name, fault.Code, $"{fault.Title}: {fault.Words.TrimEnd('.')}.", fault.Remedy)
            )
            : new ReadyAnswer(
                missing is { Waits: true } ? missing.Status : "ready",
                new StoreAnswer(store.Name, "connected"),
                all.Count == 0 ? null : string.Join(" ", all.Select(found => found.Message))
            );
        if (draining.HasBegun)
        {
            answer = answer with
            {
                Status = Drains,
                Message = "This dashboard is about to stop and takes nobody new; another one goes on.",
            };
        }
        if (Caller.From(context.User) is { IsStaff: true, MayRead: true })
        {
            await watch.FreshAsync(cancellation);
            answer = answer with
            {
                NotTold = missing is null ? null : [.. all.SelectMany(found => found.Names)],
                Upstreams =
                [
                    .. upstreams.All.Select(status => new UpstreamAnswer(
                        status.Name,
                        status.State,
                        status.Message,
                        status.Remedy,
                        status.Since,
                        status.LastGoodAt,
                        status.Simulated
                    )),
                ],
            };
        }
        if (answer.Status != "ready")
        {
            context.Response.Headers.RetryAfter = "2";
        }
        // For a proxy with several dashboards: where the store is away it is away for all of them, and each says so better than none.
        var mayCome = context.Request.Query["for"] == "requests" && !draining.HasBegun;
        return Results.Json(answer, statusCode: mayCome || answer.Status == "ready" ? 200 : 503);
    }

    /// <summary>A scraper on this machine, or staff with a token. What came through a proxy is not from this machine.</summary>
    private static bool MayScrape(AuthorizationHandlerContext context)
    {
        if (Caller.From(context.User) is { IsStaff: true, MayRead: true })
        {
            return true;
        }
        return context.Resource is HttpContext http
            && http.Connection.RemoteIpAddress is { } address
            && IPAddress.IsLoopback(address)
            && http.IsDirect();
    }
}
