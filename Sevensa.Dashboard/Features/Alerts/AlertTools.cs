using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>What the assistant and MCP may know of alerts, service levels and incidents. Silences and rules are proposed, not made.</summary>
internal sealed class AlertTools(IServiceScopeFactory services, ITenantScopes scopes, TimeProvider time) : IToolSource
{
    private const int Most = 100;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists the alerts of a tenant that fire now: name, service, severity, since when, whether it is silenced; with hours, what fired in the last ones."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Hours back, 0 for now"), Range(0, 24 * 90)] int hours = 0
            ) =>
            {
                var scope = await scopes.ForAsync(caller, tenant, cancellation);
                await using var lifetime = services.CreateAsyncScope();
                var provider = lifetime.ServiceProvider;
                var now = time.GetUtcNow();
                IEnumerable<Alert> found =
                    hours > 0
                        ? (
                            await provider
                                .GetRequiredService<AlertsStore>()
                                .BetweenAsync(tenant, now.AddHours(-hours), now, Most, cancellation)
                        ).Select(row => row.ToAlert())
                        : await provider.GetRequiredService<IFiringAlerts>().NowAsync(scope, tenant, cancellation);
                return new AlertsSeen(
                    [
                        .. found
                            .Take(Most)
                            .Select(alert => new AlertSeen(
                                alert.Name,
                                alert.Service,
                                alert.Severity,
                                alert.Summary,
                                alert.StartsAt,
                                alert.EndsAt,
                                !alert.IsTold
                            )),
                    ],
                    $"/tenants/{tenant}/alerts"
                );
            },
            "list_alerts"
        );
        yield return ToolFunction.Create(
            [Description(
                "Lists the service level objectives of a tenant: target, share kept, share of the error budget left, state."
            )]
            async ([Description("Tenant id, e.g. psra-ltsd")] string tenant, CancellationToken cancellation) =>
            {
                var scope = await scopes.ForAsync(caller, tenant, cancellation);
                await using var lifetime = services.CreateAsyncScope();
                var levels = await lifetime
                    .ServiceProvider.GetRequiredService<IServiceLevels>()
                    .OfAsync(scope, tenant, cancellation);
                return new LevelsSeen(
                    [
                        .. levels.Select(level => new LevelSeen(
                            level.Objective.Name,
                            level.Objective.Service,
                            JsonNamingPolicy.CamelCase.ConvertName(level.State.ToString()),
                            level.Objective.Target,
                            level.Share,
                            level.BudgetLeft,
                            level.Objective.WindowDays
                        )),
                    ],
                    $"/tenants/{tenant}/objectives"
                );
            },
            "list_objectives"
        );
        yield return ToolFunction.Create(
            [Description("Lists the incidents and maintenance of a tenant, newest first: state, impact, since, until.")]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Hours back, 720 for a month"), Range(1, 24 * 90)] int hours = 720
            ) =>
            {
                var scope = await scopes.ForAsync(caller, tenant, cancellation);
                await using var lifetime = services.CreateAsyncScope();
                var now = time.GetUtcNow();
                var found = await lifetime
                    .ServiceProvider.GetRequiredService<IIncidents>()
                    .BetweenAsync(scope, tenant, now.AddHours(-hours), now, publishedOnly: false, cancellation);
                return new IncidentsSeen(
                    [
                        .. found
                            .Take(Most)
                            .Select(one => new IncidentSeen(
                                one.Title,
                                one.Kind,
                                one.State,
                                one.Impact,
                                one.Services,
                                one.StartsAt,
                                one.EndsAt,
                                one.IsOpen
                            )),
                    ],
                    $"/tenants/{tenant}/incidents"
                );
            },
            "list_incidents"
        );
    }

    private sealed record AlertsSeen(IReadOnlyList<AlertSeen> Alerts, string Link);

    private sealed record AlertSeen(
        string Name,
        string Service,
        string Severity,
        string Summary,
        DateTimeOffset Since,
        DateTimeOffset? Until,
        bool Silenced
    );

    private sealed record IncidentsSeen(IReadOnlyList<IncidentSeen> Incidents, string Link);

    private sealed record IncidentSeen(
        string Title,
        IncidentKind Kind,
        IncidentState State,
        IncidentImpact Impact,
        IReadOnlyList<string> Services,
        DateTimeOffset Since,
        DateTimeOffset? Until,
        bool Open
    );

    private sealed record LevelsSeen(IReadOnlyList<LevelSeen> Objectives, string Link);

    private sealed record LevelSeen(
        string Name,
        string Service,
        string State,
        double Target,
        double? Kept,
        double? BudgetLeft,
        int WindowDays
    );
}
