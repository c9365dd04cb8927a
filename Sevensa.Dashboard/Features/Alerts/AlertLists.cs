using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>The orders of what Prometheus and Alertmanager tell in one piece, by what does not change while somebody pages.</summary>
internal static class AlertLists
{
    /// <summary>Those of which somebody is told first, of them the critical ones, the newest first.</summary>
    public static readonly ListOrder<Alert> Firing = new ListOrder<Alert>("firing alerts")
        .By(alert => alert.IsTold ? 0 : 1)
        .By(alert => alert.IsCritical ? 0 : 1)
        .ByNewest(alert => alert.StartsAt)
        .By(alert => alert.Fingerprint);

    public static readonly ListOrder<HeldGroup> Groups = new ListOrder<HeldGroup>("groups of alerts")
        .By(group => string.Join('\n', group.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)))
        .By(group => group.Receiver.Name);

    /// <summary>By their beginning, the newest first: when one ends, and so its state, may change.</summary>
    public static readonly ListOrder<HeldSilence> Silences = new ListOrder<HeldSilence>("silences")
        .ByNewest(silence => silence.StartsAt)
        .By(silence => silence.Id);

    private static readonly ListOrder<(TenantRule Rule, int Number)> Rules = new ListOrder<(
        TenantRule Rule,
        int Number
    )>("rules")
        .By(one => one.Rule.File)
        .By(one => one.Rule.Group)
        .By(one => one.Number);

    /// <summary>As they stand in their files.</summary>
    /// <param name="rules">In the order of Prometheus.</param>
    public static Page<TenantRule> RulesOf(IReadOnlyList<TenantRule> rules, PageAsked asked) =>
        Rules.Page(
            rules
                .GroupBy(rule => (rule.File, rule.Group))
                .SelectMany(group => group.Select((rule, number) => (rule, number))),
            asked,
            one => one.Rule
        );
}
