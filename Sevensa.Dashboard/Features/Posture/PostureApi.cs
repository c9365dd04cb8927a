using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Posture;

/// <param name="Score">0 to 100; null when nothing is known.</param>
/// <param name="Parts">Services, and the engine of a host, the lowest first.</param>
internal sealed record PostureAnswer(
    int? Score,
    string Benchmark,
    IReadOnlyList<PostureScore> Parts,
    IReadOnlyList<PostureItem> Items,
    string? Next
);

/// <param name="Number">As in the benchmark.</param>
/// <param name="Concerns"><c>container</c> or <c>engine</c>.</param>
/// <param name="Action">The kind of action that puts it right; null where none does.</param>
internal sealed record CheckView(
    string Number,
    string Title,
    CheckWeight Weight,
    string Concerns,
    string Why,
    string Remedy,
    string? Action
)
{
    public static CheckView Of(Check check) =>
        new(
            check.Number,
            check.Title,
            check.Weight,
            check is EngineCheck ? "engine" : "container",
            check.Why,
            check.Remedy,
            HardeningItems.All.ContainsKey(check.Number) ? HardeningItems.Kind : null
        );
}

internal static class PostureApi
{
    private static readonly ListOrder<PostureItem> Order = new ListOrder<PostureItem>("posture")
        .By(item => (long)item.Order)
        .By(item => item.Container ?? "")
        .By(item => item.ContainerId ?? item.HostId);

    private static readonly ListOrder<PostureLine> Lines = new ListOrder<PostureLine>("posture of the fleet")
        .By(line => line.Kind == "tenant" ? 0L : 1L)
        .By(line => line.Name)
        .By(line => line.Id);

    private static readonly ListOrder<Check> Checks = new ListOrder<Check>("posture checks").By(check =>
        (long)check.Order
    );

    private static readonly ListOrder<PostureExceptionView> Exceptions = new ListOrder<PostureExceptionView>(
        "posture exceptions"
    )
        .ByNewest(one => one.Until)
        .By(one => one.Id);

    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Read).WithTags("Posture");
        api.MapGet("/posture", FleetAsync)
            .WithSummary("Scores of all tenants and engines that the caller sees, with the reasons");
        api.MapGet("/posture/checks", ListChecks).WithSummary($"The items that are checked, of the {Benchmark.Name}");
        api.MapGet("/tenants/{tenant}/posture", OfTenantAsync)
            .WithSummary("How a tenant's running containers stand against the benchmark: score, reasons, patches");
        api.MapGet("/hosts/{id}/posture", OfHostAsync)
            .WithSummary("How a host's engine and the containers on it stand against the benchmark");
        api.MapGet("/tenants/{tenant}/posture/exceptions", ListAsync)
            .WithSummary("Who answers for which failing item until when, those too whose time is over");
        // Who may decide is the service's to say, with its words.
        api.MapPost("/tenants/{tenant}/posture/exceptions", MakeAsync)
            .WithSummary("Excepts an item of a service until a time; one for the same item takes the new words");
        api.MapDelete("/tenants/{tenant}/posture/exceptions/{id}", EndAsync).WithSummary("Ends an exception now");
        api.MapGet("/hosts/{id}/posture/exceptions", ListOfHostAsync)
            .WithSummary("Who answers for which failing item of an engine until when");
        api.MapPost("/hosts/{id}/posture/exceptions", MakeForHostAsync)
            .WithSummary("Excepts an item of a host's engine until a time (administrators)");
        api.MapDelete("/hosts/{id}/posture/exceptions/{exception}", EndForHostAsync)
            .WithSummary("Ends an exception of an engine now (administrators)");
    }

    private static async Task<Page<PostureLine>> FleetAsync(
        [FromServices] PostureDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        Lines.Check(asked);
        return Lines.Page(
            await desk.FleetAsync(await callers.GetAsync(cancellation), cancellation),
            asked,
            line => line
        );
    }

    private static Page<CheckView> ListChecks([AsParameters] PageAsked asked) =>
        Checks.Page(Benchmark.OfContainers.Concat<Check>(Benchmark.OfEngines), asked, CheckView.Of);

    private static async Task<PostureAnswer> OfTenantAsync(
        string tenant,
        [AsParameters] ItemsAsked wanted,
        [AsParameters] PageAsked asked,
        [FromServices] PostureDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var sheet = await desk.OfTenantAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        var meant = string.IsNullOrWhiteSpace(wanted.Service) ? null : sheet.ServiceOf(tenant, wanted.Service);
        return Answer(sheet, meant is null ? wanted : wanted with { Service = meant }, asked);
    }

    private static async Task<PostureAnswer> OfHostAsync(
        string id,
        [AsParameters] ItemsAsked wanted,
        [AsParameters] PageAsked asked,
        [FromServices] PostureDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Order.Check(asked);
        var sheet = await desk.OfHostAsync(await callers.GetAsync(cancellation), id, cancellation);
        return Answer(sheet, wanted, asked);
    }

    private static PostureAnswer Answer(PostureSheet sheet, ItemsAsked wanted, PageAsked asked)
    {
        var state = ValueWords.Read<CheckState>("state", wanted.State);
        if (
            wanted.Check?.Trim() is { Length: > 0 } number
            && !Benchmark.OfContainers.Concat<Check>(Benchmark.OfEngines).Any(check => check.Number == number)
        )
        {
            throw new BadHttpRequestException(
                $"There is no item \"{StoreText.Shorten(number, 60)}\". GET /api/v1/posture/checks lists them."
            );
        }
        var items = sheet.Items.Where(item =>
            (state is null || item.State == state)
            && (string.IsNullOrWhiteSpace(wanted.Check) || item.Check == wanted.Check.Trim())
            && (string.IsNullOrWhiteSpace(wanted.Service) || item.Service == wanted.Service.Trim())
            && (
                string.IsNullOrWhiteSpace(wanted.Container)
                || item.Container == wanted.Container.Trim()
                || item.ContainerId == wanted.Container.Trim()
            )
        );
        var page = Order.Page(items, asked, item => item);
        return new PostureAnswer(sheet.Score, Benchmark.Name, sheet.Parts, page.Items, page.Next);
    }

    private static async Task<Page<PostureExceptionView>> ListAsync(
        string tenant,
        [AsParameters] PageAsked asked,
        [FromServices] PostureExceptions exceptions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        Exceptions.Page(
            await exceptions.OfTenantAsync(await callers.GetAsync(cancellation), tenant, cancellation),
            asked,
            one => one
        );

    private static async Task<Page<PostureExceptionView>> ListOfHostAsync(
        string id,
        [AsParameters] PageAsked asked,
        [FromServices] PostureExceptions exceptions,
        CancellationToken cancellation
    )
    {
        Exceptions.Check(asked);
        return Exceptions.Page(await exceptions.OfHostAsync(id, cancellation), asked, one => one);
    }

    private static async Task<Created<PostureExceptionView>> MakeAsync(
        string tenant,
        ExceptionAsked asked,
        [FromServices] PostureExceptions exceptions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var made = await exceptions.MakeAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation);
        return TypedResults.Created($"/api/v1/tenants/{tenant}/posture/exceptions", made);
    }

    private static async Task<Created<PostureExceptionView>> MakeForHostAsync(
        string id,
        ExceptionAsked asked,
        [FromServices] PostureExceptions exceptions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var made = await exceptions.MakeForHostAsync(await callers.GetAsync(cancellation), id, asked, cancellation);
        return TypedResults.Created($"/api/v1/hosts/{Uri.EscapeDataString(id)}/posture/exceptions", made);
    }

    private static async Task<NoContent> EndAsync(
        string tenant,
        string id,
        [FromServices] PostureExceptions exceptions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await exceptions.EndAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndForHostAsync(
        string id,
        string exception,
        [FromServices] PostureExceptions exceptions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await exceptions.EndForHostAsync(await callers.GetAsync(cancellation), id, exception, cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>Which items: all that are left out are not narrowed by.</summary>
/// <param name="State">pass, fail, excepted, notApplicable, notTold.</param>
/// <param name="Check">Number in the benchmark.</param>
/// <param name="Container">Name or id.</param>
internal readonly record struct ItemsAsked(string? State, string? Check, string? Service, string? Container);

/// <summary>This feature's errors as problem details.</summary>
internal sealed class PostureProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            ExceptionRefusedException => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be excepted so",
                Detail = exception.Message,
            },
            UnknownPostureException => new ProblemDetails
            {
                Status = 404,
                Title = "There is nothing here",
                Detail = exception.Message,
            },
            _ => null,
        };
}
