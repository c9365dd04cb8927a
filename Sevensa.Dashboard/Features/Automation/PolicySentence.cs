using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy as a plain English sentence. What it does not say, the policy does not do.</summary>
internal static class PolicySentence
{
    private static readonly DayOfWeek[] Weekdays =
    [
        DayOfWeek.Monday,
        DayOfWeek.Tuesday,
        DayOfWeek.Wednesday,
        DayOfWeek.Thursday,
        DayOfWeek.Friday,
    ];

    public static string Of(PolicyDefinition policy, string tenant, IActionKind? kind)
    {
        var parts = new List<string> { What(policy, tenant, kind), When(policy) };
        parts.AddRange(policy.Conditions.Select(condition => $"only while {condition.Words ?? condition.Query}"));
        parts.Add(Budget(policy.Budget));
        if (policy.Cooldown > TimeSpan.Zero)
        {
            parts.Add($"leaving {PolicyDuration.Words(policy.Cooldown)} between two on one service");
        }
        if (policy.Rearm > TimeSpan.Zero)
        {
            parts.Add($"again on one service only after that was over for {PolicyDuration.Words(policy.Rearm)} on end");
        }
        if (policy.Windows.Allowed.Count > 0)
        {
            parts.Add($"only {Windows(policy.Windows.Allowed)} ({policy.Windows.TimeZone})");
        }
        if (policy.Windows.Forbidden.Count > 0)
        {
            parts.Add($"never {Windows(policy.Windows.Forbidden)} ({policy.Windows.TimeZone})");
        }
        var risk =
            policy.UpTo == Risk.Low
                ? "What is of more than low risk waits for a person."
                : "What is of high risk waits for a person.";
        return $"{string.Join(", ", parts)}. {Outcome(policy)} {risk}";
    }

    /// <summary>What is looked at, as it is: no words that somebody gave it hide that from who approves it.</summary>
    public static string Bare(PolicyTrigger trigger) =>
        trigger.Kind == TriggerKind.Metric ? trigger.Query! : Trigger(trigger with { Words = null });

    /// <summary>What is looked at, after "when".</summary>
    public static string Trigger(PolicyTrigger trigger) =>
        trigger.Words
        ?? trigger.Kind switch
        {
            TriggerKind.Metric => $"{trigger.Query} yields a value",
            TriggerKind.Logs => string.Create(
                CultureInfo.InvariantCulture,
                $"more than {trigger.Above ?? 0} lines of {trigger.Query} come within {PolicyDuration.Words(trigger.Within ?? default)}"
            ),
            TriggerKind.Container => trigger.State switch
            {
                ContainerTrouble.CrashLoop => string.Create(
                    CultureInfo.InvariantCulture,
                    $"a container of it was restarted {trigger.Count} times within {PolicyDuration.Words(trigger.Within ?? default)}"
                ),
                ContainerTrouble.OutOfMemory =>
                    $"a container of it was out of memory within {PolicyDuration.Words(trigger.Within ?? default)}",
                ContainerTrouble.Stopped => "a container of it does not run",
                _ => "a container of it is unhealthy",
            },
            TriggerKind.Alert => $"the alert {trigger.Alert} fires",
            TriggerKind.Certificate =>
                $"a certificate of it ends within {PolicyDuration.Words(trigger.Within ?? default)}",
            TriggerKind.Disk =>
                $"a disk will be full within {PolicyDuration.Words(trigger.Within ?? default)}, as it fills now",
            TriggerKind.Watch =>
                $"the watch after a deploy of it that ended less than {PolicyDuration.Words(trigger.Within ?? default)} ago finds it worse than before",
            TriggerKind.Forecast => ScaleReading.Words(trigger),
            TriggerKind.Host => "a host that runs a container of it is away",
            _ => $"the clock says {trigger.Cron} ({trigger.TimeZone})",
        };

    private static string What(PolicyDefinition policy, string tenant, IActionKind? kind)
    {
        var target =
            policy.Action.Target is { } named ? named
            : policy.Services.Count > 0 ? string.Join(" or ", policy.Services)
            : "the service that it holds for";
        var parameters =
            policy.Action.Parameters.ValueKind == System.Text.Json.JsonValueKind.Object
                ? string.Join(
                    "; ",
                    policy
                        .Action.Parameters.EnumerateObject()
                        .Select(parameter => ParameterWords.Of(parameter.Name, parameter.Value))
                )
                : "";
        var title = kind?.Title(target) ?? $"{policy.Action.Kind} {target}";
        return $"{title} of {tenant}{(parameters.Length == 0 ? "" : $" ({parameters})")}";
    }

    private static string When(PolicyDefinition policy) =>
        policy.For > TimeSpan.Zero
            ? $"when {Trigger(policy.Trigger)} for {PolicyDuration.Words(policy.For)}"
            : $"when {Trigger(policy.Trigger)}";

    private static string Budget(PolicyBudget budget) =>
        budget.PerHour >= budget.PerDay
            ? $"at most {Times(budget.PerDay)} a day"
            : $"at most {Times(budget.PerHour)} an hour and {Times(budget.PerDay)} a day";

    private static string Times(int number) =>
        number switch
        {
            1 => "once",
            2 => "twice",
            _ => string.Create(CultureInfo.InvariantCulture, $"{number} times"),
        };

    private static string Outcome(PolicyDefinition policy)
    {
        var within = PolicyDuration.Words(policy.Outcome.Within);
        var good = policy.Outcome.Cleared
            ? $"It was good when that is over {within} after the action"
            : "It was good when the action succeeded";
        var bad =
            policy.Stop.AfterBadOutcomes == 1
                ? "one that was not"
                : string.Create(CultureInfo.InvariantCulture, $"{policy.Stop.AfterBadOutcomes} in a row that were not");
        var spent =
            policy.Stop.WhenBudgetSpent == SpentBudget.Demote
                ? ", or when it would act beyond its budget"
                : "; beyond its budget it waits";
        return $"{good}; after {bad} it goes back to shadow{spent}.";
    }

    private static string Windows(IReadOnlyList<PolicyWindow> windows) => string.Join(" or ", windows.Select(Window));

    private static string Window(PolicyWindow window)
    {
        var time =
            window.From == window.To
                ? (window.From == "00:00" ? "all day" : $"from {window.From} for a day")
                : $"from {window.From} to {window.To}";
        var days =
            window.Days.Count == 0 ? (time == "all day" ? "" : "every day")
            : window.Days.Count == 5 && Weekdays.All(window.Days.Contains) ? "on weekdays"
            : window.Days.Count == 2
            && window.Days.Contains(DayOfWeek.Saturday)
            && window.Days.Contains(DayOfWeek.Sunday)
                ? "in the weekend"
            : $"on {string.Join(", ", window.Days)}";
        return $"{days} {time}".Trim();
    }
}
