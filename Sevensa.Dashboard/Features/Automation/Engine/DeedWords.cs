using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What the engine says of what it did.</summary>
internal static class DeedWords
{
    /// <summary>Of what it looks at, in the words that are kept: an expression may be as long as ten pages.</summary>
    private const int LongestTrigger = 600;

    public static string Held(PolicyDefinition policy, Firing firing)
    {
        var where = firing.Service.Length == 0 ? "" : $" of {firing.Service}";
        var value =
            firing.Words is { } words ? $"; {words}"
            : firing.Value is { } number && policy.Trigger.Kind != TriggerKind.Container
                ? string.Create(CultureInfo.InvariantCulture, $" (value {number:0.####})")
            : "";
        var how = policy.For > TimeSpan.Zero ? $" held for {PolicyDuration.Words(policy.For)}" : " held";
        return $"The trigger{where}{how}: {Platform.Storage.StoreText.Shorten(PolicySentence.Trigger(policy.Trigger), LongestTrigger)}{value}{(firing.Breach is { } breach ? $": {breach.Words.TrimEnd('.')}" : "")}";
    }

    public static string Of(Risk risk) => risk.ToString().ToLowerInvariant();
}
