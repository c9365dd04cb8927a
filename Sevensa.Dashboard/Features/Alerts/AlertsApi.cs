using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Alerts, rules and silences of a tenant over HTTP.</summary>
internal static class AlertsApi
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    public static void MapAlertsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/tenants/{tenant}")
            .WithTags("Alerts")
            .RequireAuthorization(Policies.Read)
            .ProducesProblem(404);
        api.MapGet("/alerts", FiringAsync).WithSummary("What fires now, silenced alerts at the end");
        api.MapGet("/alerts/history", HistoryAsync).WithSummary("What fired in a stretch of time, newest first");
        api.MapGet("/alerts/groups", GroupsAsync).WithSummary("Alertmanager's groups, with the tenant's alerts only");
        api.MapPost("/alerts/{id}/end", EndAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Calls an alert over that a message told of and no Alertmanager has")
            .ProducesProblem(422);
        api.MapGet("/rules", RulesAsync)
            .WithSummary("Prometheus' rules that belong to the tenant or to everybody, with the tenant's own alerts");
        api.MapGet("/silences", SilencesAsync).WithSummary("Silences that are bound to the tenant");
        api.MapGet("/silences/{id}", SilenceAsync).WithSummary("One silence");
        api.MapPost("/silences", CreateAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Silences alerts of the tenant; the tenant's matcher is added")
            .ProducesProblem(422);
        api.MapDelete("/silences/{id}", ExpireAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Ends a silence of the tenant now");
        routes
            .MapGet("/api/v1/alerts/unassigned", UnassignedAsync)
            .WithTags("Alerts")
            .RequireAuthorization(Policies.Admin)
            .WithSummary("Alerts of the webhook whose labels name no tenant that there is, newest first");
    }

    private static async Task<Ok<Page<Alert>>> FiringAsync(
        string tenant,
        IFiringAlerts alerts,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(
            AlertLists.Firing.Page(await alerts.NowAsync(scope, tenant, cancellation), asked, alert => alert)
        );
    }

    private static async Task<Ok<Page<Alert>>> HistoryAsync(
        string tenant,
        AlertsStore store,
        ITenantScopes scopes,
        ICurrentCaller callers,
        TimeProvider time,
        CancellationToken cancellation,
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        string? cursor = null,
        int? limit = null
    )
    {
        await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(await PageAsync(store, time, tenant, from, to, cursor, limit, cancellation));
    }

    private static async Task<Ok<Alert>> EndAsync(
        string tenant,
        string id,
        AlertEndAsked asked,
        AlertEnding ending,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        return TypedResults.Ok(await ending.EndAsync(caller, tenant, id, asked, cancellation));
    }

    private static async Task<Ok<Page<Alert>>> UnassignedAsync(
        AlertsStore store,
        TimeProvider time,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    ) => TypedResults.Ok(await PageAsync(store, time, "", DateTimeOffset.UnixEpoch, null, cursor, limit, cancellation));

    private static async Task<Page<Alert>> PageAsync(
        AlertsStore store,
        TimeProvider time,
        string tenant,
        DateTimeOffset? from,
        DateTimeOffset? to,
        string? cursor,
        int? limit,
        CancellationToken cancellation
    )
    {
        var until = to ?? time.GetUtcNow();
        var since = from ?? (until - DateTimeOffset.MinValue > Month ? until - Month : DateTimeOffset.MinValue);
        if (since > until)
        {
            throw new BadHttpRequestException("\"from\" is after \"to\".");
        }
        var list = tenant.Length > 0 ? "alerts" : "alerts of nobody";
        var after = Cursor.Read(cursor, list, 2);
        var most = PageSize.Of(limit);
        var rows = await store.BetweenAsync(
            tenant,
            since,
            until,
            most + 1,
            cancellation,
            after is null ? null : (after.Time(0), after.Text(1))
        );
        return new Page<Alert>(
            [.. rows.Take(most).Select(row => row.ToAlert())],
            rows.Count > most ? Cursor.After(list, rows[most - 1].StartsAt, rows[most - 1].Id) : null
        );
    }

    private static async Task<Ok<Page<HeldGroup>>> GroupsAsync(
        string tenant,
        AlertmanagerClient alertmanager,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(
            AlertLists.Groups.Page(await alertmanager.GroupsAsync(scope, cancellation), asked, group => group)
        );
    }

    private static async Task<Ok<Page<TenantRule>>> RulesAsync(
        string tenant,
        TenantRules rules,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(AlertLists.RulesOf(await rules.OfAsync(scope, tenant, cancellation), asked));
    }

    private static async Task<Ok<Page<HeldSilence>>> SilencesAsync(
        string tenant,
        SilenceDesk silences,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(
            AlertLists.Silences.Page(await silences.ListAsync(scope, tenant, cancellation), asked, silence => silence)
        );
    }

    private static async Task<Ok<HeldSilence>> SilenceAsync(
        string tenant,
        string id,
        SilenceDesk silences,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(await silences.FindAsync(tenant, id, cancellation));
    }

    private static async Task<Created<HeldSilence>> CreateAsync(
        string tenant,
        SilenceAsked asked,
        SilenceDesk silences,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var made = await silences.CreateAsync(caller, scope, tenant, asked, cancellation);
        return TypedResults.Created($"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/silences/{made.Id}", made);
    }

    private static async Task<Ok<HeldSilence>> ExpireAsync(
        string tenant,
        string id,
        SilenceDesk silences,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        return TypedResults.Ok(await silences.ExpireAsync(caller, tenant, id, cancellation));
    }
}
