using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>
/// What Grafana asks besides queries: rules, alerts and the server's version, in Prometheus' own shapes and cut down to the
/// tenant. A rule's last error is left out, since it may quote another tenant's series.
/// </summary>
internal sealed class PrometheusRulesPassage(
    HttpContext context,
    IPrometheusFacts facts,
    PrometheusClient client,
    ITenantScopes scopes,
    ICurrentCaller callers
)
{
    public Task RulesAsync() =>
        AnsweredAsync(async scope =>
        {
            var asked = new RuleSelection(await PrometheusParameters.ReadAsync(context));
            var (groups, next) = asked.Cut([
                .. (await facts.RulesAsync(scope, context.RequestAborted))
                    .Where(asked.Takes)
                    .Select(group => group with { Rules = [.. group.Rules.Where(asked.Takes)] })
                    .Where(group => group.Rules.Count > 0),
            ]);
            var answer = new Dictionary<string, object?>
            {
                ["groups"] = groups.Select(group => new
                {
                    name = group.Name,
                    file = Path.GetFileName(group.File),
                    rules = group.Rules.Select(rule => Rule(rule, asked.WithoutAlerts)),
                    interval = group.Interval,
                    limit = 0,
                }),
            };
            if (next is not null)
            {
                answer["groupNextToken"] = next;
            }
            return answer;
        });

    public Task AlertsAsync() =>
        AnsweredAsync(async scope => new
        {
            alerts = (await facts.AlertsAsync(scope, context.RequestAborted)).Select(Alert),
        });

    public Task BuildAsync() =>
        AnsweredAsync(async _ =>
        {
            var build = await client.BuildAsync(context.RequestAborted);
            return new
            {
                version = build.Version,
                revision = build.Revision,
                branch = build.Branch,
                buildDate = build.BuildDate,
                goVersion = build.GoVersion,
            };
        });

    private static Dictionary<string, object?> Rule(PrometheusRule rule, bool withoutAlerts)
    {
        var told = new Dictionary<string, object?>
        {
            ["name"] = rule.Name,
            ["query"] = rule.Query,
            ["labels"] = rule.Labels,
            ["health"] = rule.Health,
            ["lastEvaluation"] = rule.LastEvaluation,
            ["type"] = rule.Type,
        };
        if (rule.Type == "alerting")
        {
            told["state"] = rule.State;
            told["duration"] = rule.Duration;
            told["keepFiringFor"] = rule.KeepFiringFor;
            told["annotations"] = rule.Annotations;
            // Null in what Prometheus itself answers then.
            told["alerts"] = withoutAlerts ? null : rule.Alerts.Select(Alert);
        }
        return told;
    }

    private static object Alert(PrometheusAlert alert) =>
        new
        {
            labels = alert.Labels,
            annotations = alert.Annotations,
            state = alert.State,
            activeAt = alert.ActiveAt,
            value = GoText.Exponent(alert.Value),
        };

    /// <summary>The scope is found first: whose tenant it is not learns nothing of what else is there.</summary>
    private async Task AnsweredAsync<T>(Func<TenantScope, Task<T>> answer)
    {
        try
        {
            var tenant = (string)context.GetRouteValue("tenant")!;
            var caller = await callers.GetAsync(context.RequestAborted);
            var data = await answer(await scopes.ForAsync(caller, tenant, context.RequestAborted));
            await context.Response.WriteAsJsonAsync(
                new { status = "success", data },
                options: null,
                contentType: "application/json",
                context.RequestAborted
            );
        }
        catch (UnknownTenantException unknown)
        {
            await new PrometheusRefusal(StatusCodes.Status404NotFound, "not_found", unknown.Message).WriteAsync(
                context
            );
        }
        catch (PrometheusRefusal refused)
        {
            await refused.WriteAsync(context);
        }
        catch (UpstreamException fault) when (!context.Response.HasStarted)
        {
            await PrometheusRefusal.Of(fault).WriteAsync(context);
        }
    }
}
