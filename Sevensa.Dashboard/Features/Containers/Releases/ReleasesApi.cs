using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>What ran when.</summary>
/// <param name="Until">Null while it runs.</param>
/// <param name="By">A person, Docker Compose, or unknown.</param>
/// <param name="Cause"><c>action</c>, <c>compose</c>, <c>unknown</c>, <c>found</c> (it ran already when its runner first looked) or <c>told</c>.</param>
/// <param name="Migrates">Labelled <c>sevensa.migrates=true</c>: what ran before it can't read the database any more.</param>
/// <param name="Recorded">Its host keeps the full specification and can create it again as it was.</param>
internal record ReleaseView(
    string Id,
    string Tenant,
    string Service,
    string Host,
    DateTimeOffset At,
    DateTimeOffset? Until,
    string Image,
    string ImageDigest,
    string ConfigHash,
    string Fingerprint,
    int Replicas,
    string By,
    string Cause,
    string? Why,
    string? ActionId,
    bool Migrates,
    bool Recorded
)
{
    public static ReleaseView Of(LiveRelease live)
    {
        var release = live.Release;
        return new ReleaseView(
            release.Id,
            release.Tenant,
            release.Service,
            release.Host,
            live.From,
            live.Until,
            release.Image,
            release.ImageDigest,
            release.ConfigHash,
            release.Fingerprint,
            release.Replicas,
            release.By,
            release.Cause,
            release.Why,
            release.ActionId,
            release.Migrates,
            release.Recorded
        );
    }
}

/// <param name="Containers">Its replicas with networks, mounts, ports, labels, and the names and hashes of environment and settings.</param>
internal sealed record ReleaseDetailView(ReleaseView Release, IReadOnlyList<ReleaseContainer> Containers);

/// <param name="ConfigurationKnown">False when one of the two is known by its image only.</param>
internal sealed record ReleaseDiffView(
    ReleaseView Before,
    ReleaseView After,
    bool ConfigurationKnown,
    IReadOnlyList<ReleaseDifference> Differences
);

/// <param name="Chosen">What ran then; null when nothing is known of it.</param>
/// <param name="Before">Its neighbours, so that a person can see whether it is the one they mean.</param>
internal sealed record ServiceThenView(
    string Service,
    string Host,
    string Why,
    ReleaseView? Chosen,
    ReleaseView? Before,
    ReleaseView? After,
    ReleaseView? Current
)
{
    public static ServiceThenView Of(ServiceThen then) =>
        new(
            then.Service,
            then.Host,
            then.Found.Why,
            View(then.Found.Chosen),
            View(then.Found.Before),
            View(then.Found.After),
            View(then.Current)
        );

    private static ReleaseView? View(LiveRelease? live) => live is null ? null : ReleaseView.Of(live);
}

/// <param name="Meant">What the words were taken for.</param>
internal sealed record TenantThenView(
    string Said,
    string Meant,
    string? Note,
    string TimeZone,
    IReadOnlyList<ServiceThenView> Services
);

internal static class ReleasesApi
{
    private static readonly ListOrder<LiveRelease> Order = new ListOrder<LiveRelease>("releases")
        .ByNewest(live => live.From)
        .By(live => live.Release.Service)
        .By(live => live.Release.Id);

    public static void Map(IEndpointRouteBuilder app)
    {
        var releases = app.MapGroup("/api/v1/tenants/{tenant}/releases")
            .RequireAuthorization(Policies.Read)
            .WithTags("Releases");
        releases
            .MapGet("", ListAsync)
            .WithName("listReleases")
            .WithSummary("What ran when, newest first: image digests, configuration hash, who, why");
        releases
            .MapGet("/at", ThenAsync)
            .WithName("findReleases")
            .WithSummary("What ran at a time in words (when=yesterday, timeZone=Europe/Amsterdam), with its neighbours")
            .ProducesProblem(422);
        releases
            .MapGet("/{id}", FindAsync)
            .WithName("getRelease")
            .WithSummary("One release with its replicas")
            .ProducesProblem(404);
        releases
            .MapGet("/{id}/diff", DiffAsync)
            .WithName("diffReleases")
            .WithSummary("What is different from another release (against=id), else from the one before it")
            .ProducesProblem(404);
        app.MapGet("/api/v1/proposals/{id}/watch", WatchAsync)
            .RequireAuthorization(Policies.Read)
            .WithTags("Actions")
            .WithName("watchOfProposal")
            .WithSummary("Error rate, latency and restarts after an action that was done, beside those of before")
            .ProducesProblem(404);
    }

    private static async Task<Ok<AftermathReport>> WatchAsync(
        string id,
        [FromServices] IProposals proposals,
        [FromServices] IAftermath aftermath,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var proposal =
            await proposals.FindAsync(await callers.GetAsync(cancellation), id, cancellation)
            ?? throw new UnknownProposalException(id);
        return TypedResults.Ok(
            await aftermath.OfAsync(proposal, cancellation)
                ?? new AftermathReport(
                    "notWatched",
                    proposal.EndedAt ?? proposal.ExpiresAt,
                    proposal.Ended
                        ? $"\"{proposal.Title}\" is not watched afterwards: what is watched is a deploy, a rollback or a scaling that succeeded."
                        : $"\"{proposal.Title}\" has not ended, so there is nothing after it yet.",
                    []
                )
        );
    }

    private static async Task<Ok<Page<ReleaseView>>> ListAsync(
        string tenant,
        string? service,
        [AsParameters] PageAsked asked,
        [FromServices] ReleaseBook book,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var all = await book.ListAsync(await callers.GetAsync(cancellation), tenant, service, cancellation);
        return TypedResults.Ok(Order.Page(all, asked, ReleaseView.Of, usual: 100));
    }

    private static async Task<Ok<ReleaseDetailView>> FindAsync(
        string tenant,
        string id,
        [FromServices] ReleaseBook book,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var live = await book.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.Ok(new ReleaseDetailView(ReleaseView.Of(live), live.Release.Containers));
    }

    private static async Task<Ok<ReleaseDiffView>> DiffAsync(
        string tenant,
        string id,
        string? against,
        [FromServices] ReleaseBook book,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var after = await book.FindAsync(caller, tenant, id, cancellation);
        var before = against is null
            ? (await book.ListAsync(caller, tenant, after.Release.Service, cancellation)).FirstOrDefault(live =>
                live.Release.Host == after.Release.Host && live.From < after.From
            ) ?? throw new UnknownReleaseException(tenant, $"before {id}")
            : await book.FindAsync(caller, tenant, against, cancellation);
        return TypedResults.Ok(
            new ReleaseDiffView(
                ReleaseView.Of(before),
                ReleaseView.Of(after),
                before.Release.Recorded && after.Release.Recorded,
                ReleaseDiff.Between(before.Release, after.Release)
            )
        );
    }

    private static async Task<Ok<TenantThenView>> ThenAsync(
        string tenant,
        string? when,
        string? service,
        string? timeZone,
        [FromServices] ReleaseBook book,
        [FromServices] ICurrentCaller callers,
        [FromServices] IOptions<ReleasesOptions> options,
        CancellationToken cancellation
    )
    {
        var zone = options.Value.Zone;
        if (timeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out zone))
        {
            throw new BadHttpRequestException($"There is no time zone \"{timeZone}\". Give an IANA name.");
        }
        var then = await book.ThenAsync(
            await callers.GetAsync(cancellation),
            tenant,
            service,
            when,
            zone!,
            cancellation
        );
        return TypedResults.Ok(
            new TenantThenView(
                then.Moment.Said,
                then.Words,
                then.Note,
                zone!.Id,
                [.. then.Services.Select(ServiceThenView.Of)]
            )
        );
    }
}

internal sealed class ReleaseProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownReleaseException unknown => new ProblemDetails
            {
                Status = 404,
                Title = "No such release",
                Detail = unknown.Message,
            },
            UnclearMomentException unclear => new ProblemDetails
            {
                Status = 422,
                Title = "That is no time",
                Detail = unclear.Message,
            },
            _ => null,
        };
}
