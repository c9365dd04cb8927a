using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>Dashboards for programs. Viewers read and export, operators change; another tenant's are not there.</summary>
internal static partial class BoardApi
{
    public static void MapBoardApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/tenants/{tenant}/dashboards")
            .WithTags("Dashboards")
            .RequireAuthorization(Policies.Read)
            // One byte over is read, so that the refusal can say what the limit is.
            .WithMetadata(new RequestSizeLimitAttribute(64L * 1024 * 1024));
        api.MapGet("/", ListAsync).WithSummary("Dashboards of a tenant, by title");
        // A file of Grafana's, or one that was exported here: BoardFile tells them apart and judges them.
        api.MapPost("/", CreateAsync).ReadsAnothersFormat().WithSummary("Keeps a new dashboard: {dashboard}");
        api.MapPost("/import", ImportAsync)
            .ReadsAnothersFormat()
            .WithSummary(
                "Takes a Grafana dashboard or an exported one (the body, at most 4 MB); answers with what can't be shown and why"
            );
        api.MapGet("/{id}", FindAsync).WithSummary("One dashboard");
        api.MapPut("/{id}", PutAsync)
            .ReadsAnothersFormat()
            .WithSummary("Saves a dashboard: {version, dashboard}; 409 when another version is there by now");
        api.MapDelete("/{id}", DeleteAsync).WithSummary("Deletes a dashboard");
        api.MapGet("/{id}/export", ExportAsync).WithSummary("The dashboard as a file that can be imported again");
        api.MapGet("/{id}/versions", VersionsAsync).WithSummary("Who saved it when, newest first");
        api.MapGet("/{id}/versions/{version:int}", VersionAsync).WithSummary("The dashboard as it was saved once");
        // The page's link; the API takes no cookie.
        routes
            .MapGet("/tenants/{tenant}/dashboards/{id}/export", ExportAsync)
            .RequireAuthorization(Policies.Read)
            .ExcludeFromDescription();
    }

    private static async Task<Ok<Page<BoardSummary>>> ListAsync(
        string tenant,
        BoardDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var page = await desk.PageAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation);
        return TypedResults.Ok(page.Select(BoardSummary.Of));
    }

    private static async Task<Ok<BoardAnswer>> FindAsync(
        string tenant,
        string id,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            BoardAnswer.Of(await desk.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation))
        );

    private static async Task<Created<BoardAnswer>> CreateAsync(
        string tenant,
        HttpRequest request,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => await KeepNewAsync(tenant, request, desk, callers, imported: false, null, cancellation);

    private static async Task<Created<BoardAnswer>> ImportAsync(
        string tenant,
        HttpRequest request,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? title = null
    ) => await KeepNewAsync(tenant, request, desk, callers, imported: true, title, cancellation);

    private static async Task<Created<BoardAnswer>> KeepNewAsync(
        string tenant,
        HttpRequest request,
        BoardDesk desk,
        ICurrentCaller callers,
        bool imported,
        string? title,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        // Who may not is told before anything is read.
        await desk.AllowAsync(caller, tenant, cancellation);
        var (board, _) = await BoardFile.ReadAsync(request.Body, cancellation);
        var kept = await desk.CreateAsync(
            caller,
            tenant,
            string.IsNullOrWhiteSpace(title) ? board : board with { Title = title },
            imported,
            cancellation
        );
        return TypedResults.Created(
            $"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/dashboards/{kept.Id}",
            BoardAnswer.Of(kept)
        );
    }

    private static async Task<Results<Ok<BoardAnswer>, Created<BoardAnswer>>> PutAsync(
        string tenant,
        string id,
        HttpRequest request,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation,
        int? version = null
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await desk.AllowAsync(caller, tenant, cancellation);
        if (!Ids().IsMatch(id))
        {
            throw new BoardRefusedException("An id has 1 to 64 small letters, digits and hyphens.");
        }
        var (board, named) = await BoardFile.ReadAsync(request.Body, cancellation);
        var kept = await desk.SaveAsync(caller, tenant, id, version ?? named, board, cancellation);
        return kept.Version == 1
            ? TypedResults.Created(
                $"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/dashboards/{id}",
                BoardAnswer.Of(kept)
            )
            : TypedResults.Ok(BoardAnswer.Of(kept));
    }

    private static async Task<NoContent> DeleteAsync(
        string tenant,
        string id,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.DeleteAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<FileContentHttpResult> ExportAsync(
        string tenant,
        string id,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var kept = await desk.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        var name = NoName().Replace(kept.Title.ToLowerInvariant(), "-").Trim('-');
        return TypedResults.File(
            System.Text.Encoding.UTF8.GetBytes(BoardFile.Write(kept.Board!, indented: true)),
            "application/json",
            $"{(name.Length > 0 ? name : "dashboard")}.json"
        );
    }

    private static async Task<Ok<Page<BoardVersion>>> VersionsAsync(
        string tenant,
        string id,
        BoardDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.VersionsAsync(await callers.GetAsync(cancellation), tenant, id, asked, cancellation)
        );

    private static async Task<Ok<BoardDocument>> VersionAsync(
        string tenant,
        string id,
        int version,
        BoardDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var board = await desk.VersionAsync(await callers.GetAsync(cancellation), tenant, id, version, cancellation);
        return TypedResults.Ok(new BoardDocument(id, version, BoardFile.Element(board)));
    }

    [GeneratedRegex("^[a-z0-9-]{1,64}$")]
    private static partial Regex Ids();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NoName();
}

internal sealed record BoardDocument(string Id, int Version, JsonElement Dashboard);

internal sealed record BoardSummary(
    string Id,
    string Tenant,
    string Title,
    string Description,
    IReadOnlyList<string> Tags,
    int Panels,
    int Shown,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string UpdatedBy
)
{
    public static BoardSummary Of(KeptBoard kept) =>
        new(
            kept.Id,
            kept.Tenant,
            kept.Title,
            kept.Description,
            kept.Tags,
            kept.Panels,
            kept.Shown,
            kept.Version,
            kept.CreatedAt,
            kept.UpdatedAt,
            kept.UpdatedBy
        );
}

/// <summary>A panel that is not drawn, or not as it was meant.</summary>
/// <param name="Reason">Null when it is drawn.</param>
internal sealed record PanelReservation(
    int Id,
    string Title,
    string? Type,
    bool Shown,
    string? Reason,
    IReadOnlyList<string> Notes
);

internal sealed record BoardAnswer(
    string Id,
    string Tenant,
    string Title,
    string Description,
    IReadOnlyList<string> Tags,
    int Panels,
    int Shown,
    IReadOnlyList<PanelReservation> Unsupported,
    IReadOnlyList<PanelReservation> Reservations,
    IReadOnlyList<string> Notes,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string UpdatedBy,
    JsonElement Dashboard
)
{
    public static BoardAnswer Of(KeptBoard kept)
    {
        var board = kept.Board!;
        var all = board
            .Reservations.Select(panel => new PanelReservation(
                panel.Id,
                panel.Title,
                panel.MadeFrom,
                panel.Kind != PanelKind.Unsupported,
                panel.Reason,
                panel.Notes
            ))
            .ToList();
        return new BoardAnswer(
            kept.Id,
            kept.Tenant,
            kept.Title,
            kept.Description,
            kept.Tags,
            kept.Panels,
            kept.Shown,
            [.. all.Where(one => !one.Shown)],
            [.. all.Where(one => one.Shown)],
            board.Notes,
            kept.Version,
            kept.CreatedAt,
            kept.UpdatedAt,
            kept.UpdatedBy,
            BoardFile.Element(board)
        );
    }
}

internal sealed class BoardProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownBoardException unknown => new ProblemDetails
            {
                Status = 404,
                Title = "No such dashboard",
                Detail = unknown.Message,
            },
            BoardRefusedException refused => new ProblemDetails
            {
                Status = refused.TooLarge ? 413 : 422,
                Title = refused.TooLarge ? "The dashboard file is too large" : "That is no dashboard that can be kept",
                Detail = refused.Message,
            },
            BoardConflictException conflict => new ProblemDetails
            {
                Status = 409,
                Title = "Somebody saved meanwhile",
                Detail = conflict.Message,
                Extensions =
                {
                    ["code"] = "conflict",
                    ["version"] = conflict.Current.Version,
                    ["updatedBy"] = conflict.Current.UpdatedBy,
                },
            },
            _ => null,
        };
}
