using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;

namespace Sevensa.Dashboard.Features.Containers.Watch;

/// <summary>What a watch asks for when what it looks at is worse than before, and why.</summary>
internal static class WatchedUndo
{
    /// <summary>What ran before an action.</summary>
    /// <param name="migrated">What was released migrated the database: its code alone is taken back, of high risk, which a person decides on.</param>
    public static ProposalRequest Of(Proposal proposal, string words, bool migrated = false)
    {
        var plan = proposal.Plan;
        var before = (proposal.DispatchedAt ?? proposal.CreatedAt)
            .AddMilliseconds(-1)
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var scaled = plan.Kind == ServiceScale.Kind;
        var parameters = scaled
            ? new JsonObject { ["replicas"] = plan.Containers.Count }
            : new JsonObject
            {
                ["to"] = before,
                ["timeZone"] = "UTC",
                ["configuration"] = PlanBench.Yes(plan.Parameters, "configuration"),
                [RollbackSchema.AfterMigration] = migrated ? RollbackSchema.CodeOnly : RollbackSchema.Refuse,
            };
        var kind =
            scaled ? ServiceScale.Kind
            : plan.Kind == TenantRollback.Kind ? TenantRollback.Kind
            : ServiceRollback.Kind;
        // What was taken away is made again like the rest, which share their volumes where that was said.
        if (scaled && PlanBench.Yes(plan.Parameters, "shareVolumes"))
        {
            parameters["shareVolumes"] = true;
        }
        if (plan.Executor.HostName is { } host)
        {
            parameters["host"] = host;
        }
        return new ProposalRequest(
            kind,
            proposal.Tenant,
            kind == TenantRollback.Kind ? proposal.Tenant : $"service:{plan.Target}",
            JsonSerializer.SerializeToElement(parameters),
            $"After \"{proposal.Title}\": {words}.",
            [
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["title"] = proposal.Title, ["url"] = $"/approvals/{proposal.Id}" }
                ),
            ],
            "watch"
        );
    }

    /// <summary>What one figure says, beside what it said before.</summary>
    public static string Words(AftermathFigure figure) =>
        figure.What switch
        {
            "error share" => string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Service}: {figure.Now * 100:0.##}% of requests fail (before {(figure.Before ?? 0) * 100:0.##}%)"
            ),
            "latency p95" => string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Service}: p95 is {figure.Now * 1000:0} ms (before {figure.Before * 1000:0} ms)"
            ),
            _ => $"{figure.Service} {string.Join(" and ", Troubles(figure))}",
        };

    private static IEnumerable<string> Troubles(AftermathFigure figure)
    {
        if (figure.Now > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"was restarted {figure.Now:0} times");
        }
        if (figure.Unit == WatchFigures.NotRunning)
        {
            yield return "does not run as it should";
        }
        else if (figure.Unit.Length > 0)
        {
            yield return $"lacks containers ({figure.Unit})";
        }
    }
}
