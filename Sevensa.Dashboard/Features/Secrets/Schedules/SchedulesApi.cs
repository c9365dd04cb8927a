using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <param name="Revision">To be sent back with a change, so that nobody's is lost.</param>
internal sealed record ScheduleList(IReadOnlyList<ScheduleView> Items, string? Next, int Revision);

/// <param name="Missing">Paths that Vault did not tell of.</param>
/// <param name="ToldUntil">Up to when all is told, when more comes than <see cref="RotationCalendar.Most"/> in these days; null when all is told.</param>
internal sealed record CalendarPage(
    IReadOnlyList<ComingRotation> Items,
    string? Next,
    IReadOnlyList<Untold> Missing,
    DateTimeOffset? ToldUntil
);

internal static class SchedulesApi
{
    private const int UsualDays = 90;

    private static readonly ListOrder<(int At, ScheduleView Rule)> Order = new ListOrder<(int At, ScheduleView Rule)>(
        "schedules"
    ).By(one => (long)one.At);

    private static readonly ListOrder<ComingRotation> ByTime = new ListOrder<ComingRotation>("rotation calendar")
        .By(one => one.At.ToUnixTimeMilliseconds())
        .By(one => one.Tenant)
        .By(one => one.Path);

    public static void MapSchedulesApi(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tenants/{tenant}/secrets/schedules", ListAsync)
            .WithSummary("When a tenant's secrets are rotated: rules in the order in which they hold");
        api.MapPut("/tenants/{tenant}/secrets/schedules", SetAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Sets all rules of a tenant at once, in place of those that it has");
        api.MapGet("/secrets/calendar", CalendarAsync)
            .WithSummary("What is rotated or falls due when, of all tenants that the caller sees or of one");
    }

    private static async Task<ScheduleList> ListAsync(
        string tenant,
        [AsParameters] PageAsked asked,
        [FromServices] ScheduleDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Order.Check(asked);
        var (revision, rules) = await desk.OfTenantAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        var page = Order.Page(rules.Index().Select(one => (one.Index, one.Item)), asked, one => one.Rule);
        return new ScheduleList(page.Items, page.Next, revision);
    }

    private static async Task<ScheduleList> SetAsync(
        string tenant,
        ScheduleWish wish,
        [FromServices] ScheduleDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var (revision, rules) = await desk.SetAsync(await callers.GetAsync(cancellation), tenant, wish, cancellation);
        return new ScheduleList(rules, null, revision);
    }

    /// <param name="days">How far ahead, from 1 to <see cref="RotationCalendar.MostDays"/>; 90 when left out.</param>
    private static async Task<CalendarPage> CalendarAsync(
        [AsParameters] PageAsked asked,
        [FromServices] RotationCalendar calendar,
        [FromServices] ITenantScopes scopes,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        string? tenant = null,
        int? days = null
    )
    {
        ByTime.Check(asked);
        if (days is < 1 or > RotationCalendar.MostDays)
        {
            throw new BadHttpRequestException($"days is from 1 to {RotationCalendar.MostDays}; {days} is not.");
        }
        var caller = await callers.GetAsync(cancellation);
        var scope = string.IsNullOrWhiteSpace(tenant)
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, tenant, cancellation);
        var coming = await calendar.OfAsync(scope, days ?? UsualDays, cancellation);
        var page = ByTime.Page(coming.Items, asked, one => one);
        return new CalendarPage(page.Items, page.Next, coming.Missing, coming.ToldUntil);
    }
}

/// <summary>This feature's errors as problem details.</summary>
internal sealed class ScheduleProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            ScheduleRefusedException => new ProblemDetails
            {
                Status = 422,
                Title = "The rules can't be kept to",
                Detail = exception.Message,
            },
            ScheduleConflictException => new ProblemDetails
            {
                Status = 409,
                Title = "The rules were changed meanwhile",
                Detail = exception.Message,
                Extensions = { ["code"] = "changedMeanwhile" },
            },
            _ => null,
        };
}
