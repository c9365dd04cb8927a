using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>
/// Whose a rule is. A rule that carries a tenant's label, or asks for one tenant's series alone, is that tenant's. One that
/// names no tenant at all is everybody's; each sees it with their own alerts. Any other is shown to nobody but its own.
/// </summary>
internal static class RuleOwnership
{
    /// <summary>What <paramref name="tenant"/> may know of a rule; null for nothing.</summary>
    /// <param name="others">Ids of all other tenants; a shared rule in whose text one of them stands is not for this one's eyes.</param>
    public static TenantRule? Part(
        PrometheusRuleGroup group,
        PrometheusRule rule,
        string tenant,
        IReadOnlyCollection<string> others
    )
    {
        var own = Owner(rule) is { } owner ? owner == tenant : (bool?)null;
        if (own == false || own is null && Says(group, rule, others))
        {
            return null;
        }
        var alerts = rule.Alerts.Where(alert => alert.Labels.GetValueOrDefault(TenantScope.Label) == tenant).ToList();
        var file = Path.GetFileName(group.File);
        return new TenantRule(
            group.Name,
            file,
            rule.Name,
            rule.Query,
            rule.Type == "alerting",
            rule.Type != "alerting" ? ""
                : alerts.Exists(alert => alert.State == "firing") ? "firing"
                : alerts.Count > 0 ? "pending"
                : "inactive",
            own is null,
            own == true && group.Name == RuleFiles.GroupOf(tenant) && file == RuleFiles.FileOf(tenant),
            rule.Duration,
            rule.KeepFiringFor,
            rule.Labels,
            rule.Annotations,
            rule.Health,
            // Why a rule fails quotes the series that it asked for: anybody's, unless every selector is the tenant's.
            rule.LastError
                is { Length: > 0 }
            && !new TenantScope([tenant]).Encloses(rule.Query)
                ? "Prometheus could not evaluate it."
                : rule.LastError,
            alerts
        );
    }

    /// <summary>The tenant that a rule names; empty when it names several or in a way that can't be told; null when none.</summary>
    private static string? Owner(PrometheusRule rule)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        if (rule.Labels.TryGetValue(TenantScope.Label, out var label) && label.Length > 0)
        {
            named.Add(label);
        }
        if (!PromQlParser.TryParse(rule.Query, out var expr, out _, PromQlOptions.Any))
        {
            return "";
        }
        foreach (var selector in Selectors(expr))
        {
            foreach (var matcher in selector.Matchers.Where(matcher => matcher.Name == TenantScope.Label))
            {
                // tenant!="" only says that there is one.
                if (matcher is not { Operator: MatchOperator.NotEqual, Value: "" })
                {
                    named.Add(matcher.Operator == MatchOperator.Equal ? matcher.Value : "");
                }
            }
        }
        return named.Count switch
        {
            0 => null,
            1 => named.Single(),
            _ => "",
        };
    }

    private static bool Says(PrometheusRuleGroup group, PrometheusRule rule, IReadOnlyCollection<string> others) =>
        rule
            .Labels.Values.Concat(rule.Annotations.Values)
            .Append(rule.Name)
            .Append(group.Name)
            .Append(rule.Query)
            .Any(text =>
                others.Any(other =>
                    text.Contains(other, StringComparison.OrdinalIgnoreCase)
                    && Regex.IsMatch(
                        text,
                        $"(?<![A-Za-z0-9-]){Regex.Escape(other)}(?![A-Za-z0-9-])",
                        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
                        TimeSpan.FromSeconds(1)
                    )
                )
            );

    internal static IEnumerable<VectorSelector> Selectors(Expr expr) =>
        expr switch
        {
            VectorSelector selector => [selector],
            MatrixSelector matrix => [matrix.Selector],
            Subquery subquery => Selectors(subquery.Expr),
            Call call => call.Arguments.SelectMany(Selectors),
            Aggregation aggregation => aggregation.Parameter is { } parameter
                ? Selectors(aggregation.Expr).Concat(Selectors(parameter))
                : Selectors(aggregation.Expr),
            Binary binary => Selectors(binary.Left).Concat(Selectors(binary.Right)),
            Unary unary => Selectors(unary.Expr),
            Paren paren => Selectors(paren.Expr),
            NumberLiteral or StringLiteral => [],
            _ => throw new InvalidOperationException($"{expr.GetType().Name} is not known here."),
        };
}
