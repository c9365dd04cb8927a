using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>What a policy says, as it is written down: what it can be read back from.</summary>
internal static class PolicyNode
{
    public static JsonNode Of(PolicyView policy) =>
        JsonSerializer.SerializeToNode(
            new PolicyWish(
                policy.Tenant,
                policy.Name,
                policy.Services,
                TriggerOf(policy.Trigger),
                [.. policy.Conditions.Select(one => new ConditionWish(one.Query, one.Words))],
                new ActionWish(policy.Action.Kind, policy.Action.Target, policy.Action.Parameters),
                policy.For,
                policy.Cooldown,
                new BudgetWish(policy.Budget.PerHour, policy.Budget.PerDay),
                new WindowsWish(
                    policy.Windows.TimeZone,
                    [.. policy.Windows.Allowed.Select(WindowOf)],
                    [.. policy.Windows.Forbidden.Select(WindowOf)]
                ),
                new OutcomeWish(policy.Outcome.Within, policy.Outcome.Cleared),
                new StopWish(policy.Stop.AfterBadOutcomes, policy.Stop.WhenBudgetSpent),
                policy.UpTo,
                Text: policy.Text,
                Rearm: policy.Rearm,
                Agreements: policy.Agreements,
                Unread: policy.Unread.Count == 0 ? null : JsonSerializer.SerializeToElement(policy.Unread)
            ),
            PolicyJson.Options
        )!;

    private static TriggerWish TriggerOf(TriggerView trigger) =>
        new(
            trigger.Kind,
            trigger.Query,
            trigger.Above,
            trigger.Within,
            trigger.State,
            trigger.Count,
            trigger.Alert,
            trigger.Cron,
            trigger.TimeZone,
            trigger.Words,
            trigger.Scale
        );

    private static WindowWish WindowOf(PolicyWindow window) =>
        new(window.Days.Count == 0 ? null : window.Days, window.From, window.To);
}
