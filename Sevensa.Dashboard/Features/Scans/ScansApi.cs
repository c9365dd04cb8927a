using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Exports;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Images;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Saved;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Features.Scans.Vulnerabilities;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Decision"><c>accept</c>, <c>notAffected</c>, <c>affected</c>, <c>investigate</c>, <c>fixed</c> or <c>reopen</c>.</param>
/// <param name="Justification">For <c>notAffected</c>: why, in the words of OpenVEX.</param>
internal sealed record DecisionAsked(
    string? Decision,
    string? Reason,
    DateTimeOffset? Until,
    string? Justification = null
);

internal static class ScansApi
{
    private const string GateSuffix = "/gate";

    public static void MapScansApi(this IEndpointRouteBuilder routes)
    {
        GatePoliciesApi.Map(routes);
        FindingsExportApi.Map(routes);
        FindingDeedsApi.Map(routes);
        TrendApi.Map(routes);
        SavedFiltersApi.Map(routes);
        ReportsApi.Map(routes);
        VulnerabilitiesApi.Map(routes);
        ImagesApi.Map(routes);
        var api = routes.MapGroup("/api/v1").WithTags("Scans");
        api.MapPost("/scans", TakeInAsync)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .RequireAuthorization(Policies.ScansWrite)
            .WithMetadata(new RequestSizeLimitAttribute(ScansOptions.MostBytes))
            .WithSummary(
                "Takes a scanner's report (the body, at most 32 MB) and answers with counts and the gate's verdict; kinds says what was looked for"
            );
        api.MapGet("/images/{digest}/gate", GateAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("allow, deny (with the findings and the rule) or unknown");
        // repo@sha256:… with its slashes as they are.
        api.MapGet("/images/{**path}", GateOfPathAsync).RequireAuthorization(Policies.Read).ExcludeFromDescription();
        api.MapGet("/findings", ListAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "Findings of the images that a tenant's containers run: by priority (known to be exploited, how far reached, EPSS, severity, fix), or order=severity, order=due"
            );
        api.MapGet("/findings/{id}", FindAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("One finding, and what was decided of it when and by whom");
        // Who may decide is the service's to say, with its words and the finding's tenant.
        api.MapPost("/findings/{id}/decision", DecideAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "Accepts a finding with a reason, says whether the image is affected by it (VEX), marks it fixed, or reopens it"
            );
    }

    private static async Task<Results<Created<IntakeAnswer>, Ok<IntakeAnswer>>> TakeInAsync(
        HttpRequest request,
        ScanDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? image = null,
        string? digest = null,
        string? format = null,
        string? kinds = null,
        string? platform = null,
        string? scanner = null
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var sent = new ReportSent(
            request.Body,
            image,
            digest,
            format,
            kinds,
            platform,
            scanner,
            request.Headers.ContentEncoding.ToString()
        );
        var taken = await desk.TakeInAsync(caller, sent, cancellation);
        return taken.IsNew
            ? TypedResults.Created($"/api/v1/images/{Uri.EscapeDataString(taken.Digest)}/gate", taken)
            : TypedResults.Ok(taken);
    }

    private static async Task<Ok<GateVerdict>> GateAsync(
        string digest,
        Gate gate,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? policy = null,
        string? tenant = null
    )
    {
        var caller = await callers.GetAsync(cancellation);
        tenant = string.IsNullOrWhiteSpace(tenant) ? null : tenant.Trim();
        if (tenant is not null)
        {
            await scopes.ForAsync(caller, tenant, cancellation);
        }
        return TypedResults.Ok(
            await gate.AskAsync(
                caller,
                digest.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase),
                policy,
                cancellation,
                tenant
            )
        );
    }

    private static async Task<Results<Ok<GateVerdict>, NotFound>> GateOfPathAsync(
        string path,
        Gate gate,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? policy = null,
        string? tenant = null
    ) =>
        path.EndsWith(GateSuffix, StringComparison.Ordinal)
            ? await GateAsync(path[..^GateSuffix.Length], gate, scopes, callers, cancellation, policy, tenant)
            : TypedResults.NotFound();

    private static async Task<Ok<Page<Finding>>> ListAsync(
        [FromServices] FindingDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] FindingsAddress asked,
        CancellationToken cancellation,
        string? tenant = null,
        string? order = null,
        string? cursor = null,
        int? limit = null
    )
    {
        var page = await desk.ListAsync(
            await callers.GetAsync(cancellation),
            asked.Filter(tenant, ValueWords.Read<FindingOrder>("order", order) ?? FindingOrder.Priority),
            cursor,
            PageSize.Of(limit),
            cancellation
        );
        return TypedResults.Ok(new Page<Finding>(page.Items, page.Next));
    }

    private static async Task<Ok<FindingWhole>> FindAsync(
        string id,
        FindingDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<Finding>> DecideAsync(
        string id,
        DecisionAsked asked,
        FindingDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.DecideAsync(
                await callers.GetAsync(cancellation),
                id,
                asked.Decision,
                asked.Reason,
                asked.Until,
                cancellation,
                asked.Justification
            )
        );
}

/// <summary>This feature's errors as problem details.</summary>
internal sealed class ScanProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownEncodingException => new ProblemDetails
            {
                Status = 415,
                Title = "The report can't be read",
                Detail = exception.Message,
            },
            UnknownKindException => new ProblemDetails
            {
                Status = 422,
                Title = "The report can't be taken in",
                Detail = exception.Message,
            },
            UnreadableReportException => new ProblemDetails
            {
                Status = 422,
                Title = "The report can't be read",
                Detail = exception.Message,
            },
            UndecidableException => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be decided so",
                Detail = exception.Message,
            },
            UnknownSavedFilterException => new ProblemDetails
            {
                Status = 404,
                Title = "No such filter",
                Detail = exception.Message,
            },
            UnfitGatePolicyException => new ProblemDetails
            {
                Status = 422,
                Title = "There can be no such policy",
                Detail = exception.Message,
            },
            UnknownReportException => new ProblemDetails
            {
                Status = 404,
                Title = "No such report",
                Detail = exception.Message,
            },
            UnknownFindingException => new ProblemDetails
            {
                Status = 404,
                Title = "No such finding",
                Detail = exception.Message,
            },
            _ => null,
        };
}
