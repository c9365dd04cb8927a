using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>
/// Whose a rule is. A rule that carries a tenant's label, or asks for one tenant's series alone, is that tenant's. One that
/// names no tenant at all is everybody's; each sees it with their own alerts. Any other is shown to nobody but its own. An alert is
/// the tenant's whose label it carries, whatever its rule says beside that.
/// </summary>
internal static class RuleOwnership
{
    private const string Hidden = "Prometheus could not evaluate it.";
    private const string AlertName = "alertname";

    /// <summary>What <paramref name="scope"/> may know of a rule; null for nothing.</summary>
    /// <param name="others">Ids of all tenants outside the scope; a rule for all in whose text one of them stands is not for these eyes.</param>
    public static PrometheusRule? Part(
        TenantScope scope,
        PrometheusRuleGroup group,
        PrometheusRule rule,
        IReadOnlyCollection<string> others
    )
    {
        var (own, enclosed, hidden) = Look(scope, group, rule, others);
        if (hidden)
        {
            return null;
        }
        var alerts = Alerts(scope, rule, others, own, enclosed, hidden);
        return rule with
        {
            Shared = own is null,
            Alerts = alerts,
            // Of a rule for all it is that of all tenants together; the scope's follows from the scope's alerts.
            State =
                rule.State is null ? null
                : alerts.Exists(alert => alert.State == "firing") ? "firing"
                : alerts.Count > 0 ? "pending"
                : "inactive",
            // Why a rule fails quotes the series that it asked for: anybody's, unless every selector is the scope's.
            LastError = rule.LastError is { Length: > 0 } && !enclosed ? Hidden : rule.LastError,
        };
    }

    /// <summary>The scope's alerts of a rule, of one that it may not know too: that they are, and nothing that may tell of others.</summary>
    /// <param name="others">As for the rule.</param>
    public static IReadOnlyList<PrometheusAlert> Alerts(
        TenantScope scope,
        PrometheusRuleGroup group,
        PrometheusRule rule,
        IReadOnlyCollection<string> others
    )
    {
        var (own, enclosed, hidden) = Look(scope, group, rule, others);
        return Alerts(scope, rule, others, own, enclosed, hidden);
    }

    private static List<PrometheusAlert> Alerts(
        TenantScope scope,
        PrometheusRule rule,
        IReadOnlyCollection<string> others,
        bool? own,
        bool enclosed,
        bool hidden
    )
    {
        var alerts = rule.Alerts.Where(alert => scope.Holds(Named(alert.Labels)));
        // The rule's own label stands over that of the series: whose they were can't be told any more.
        var covered = !enclosed && Named(rule.Labels) is not null;
        return [.. hidden || covered ? alerts.Select(alert => Bare(alert, own is null ? null : rule, others)) : alerts];
    }

    /// <summary>That it is, since when, and under labels that tell of nobody else; its words and its value may.</summary>
    /// <param name="rule">Whose labels alone are told; null where those of the series are the tenant's.</param>
    private static PrometheusAlert Bare(
        PrometheusAlert alert,
        PrometheusRule? rule,
        IReadOnlyCollection<string> others
    ) =>
        alert with
        {
            Labels = alert
                .Labels.Where(label =>
                    label.Key is TenantScope.Label or AlertName
                    || ((rule is null || IsSaid(rule, label.Key)) && !Says([label.Value], others))
                )
                .ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal),
            Annotations = new Dictionary<string, string>(),
            Value = double.NaN,
        };

    /// <summary>Whether a rule sets a label to what stands in it, and to nothing of the series.</summary>
    private static bool IsSaid(PrometheusRule rule, string label) =>
        rule.Labels.TryGetValue(label, out var value) && !value.Contains("{{", StringComparison.Ordinal);

    private static (bool? Own, bool Enclosed, bool Hidden) Look(
        TenantScope scope,
        PrometheusRuleGroup group,
        PrometheusRule rule,
        IReadOnlyCollection<string> others
    )
    {
        var (own, enclosed) = (IsOwn(scope, rule), scope.Encloses(rule.Query));
        return (
            own,
            enclosed,
            own switch
            {
                false => true,
                true => !enclosed && Says([rule.Query], others),
                null => Says(
                    [group.Name, rule.Name, rule.Query, .. rule.Labels.Values, .. rule.Annotations.Values],
                    others
                ),
            }
        );
    }

    /// <summary>Whether all tenants that a rule names are the scope's; null when it names none.</summary>
    private static bool? IsOwn(TenantScope scope, PrometheusRule rule)
    {
        if (!PromQlParser.TryParse(rule.Query, out var expr, out _, PromQlOptions.Any))
        {
            return false;
        }
        var named = expr.Selectors()
            .SelectMany(selector => selector.Matchers)
            .Where(matcher => matcher.Name == TenantScope.Label)
            // tenant!="" only says that there is one.
            .Where(matcher => matcher is not { Operator: MatchOperator.NotEqual, Value: "" })
            // Several, or said in a way that can't be told, are nobody's.
            .Select(matcher => matcher.Operator == MatchOperator.Equal ? matcher.Value : null)
            .ToList();
        if (Named(rule.Labels) is { } label)
        {
            named.Add(label);
        }
        return named.Count == 0 ? null : named.TrueForAll(scope.Holds);
    }

    private static bool Says(IEnumerable<string> texts, IReadOnlyCollection<string> others) =>
        texts.Any(text =>
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

    private static string? Named(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault(TenantScope.Label) is { Length: > 0 } tenant ? tenant : null;
}
