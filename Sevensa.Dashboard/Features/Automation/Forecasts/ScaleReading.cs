using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>Reads what is asked for of a policy that scales by a forecast.</summary>
internal static class ScaleReading
{
    /// <summary>The kind of action that a forecast sets off, and no other.</summary>
    public const string Kind = "service.scale";

    /// <summary>The parameter of it that is worked out.</summary>
    public const string Replicas = "replicas";

    private const string Host = "host";
    private const string At = "trigger.scale";
    private const int MostReplicas = 50;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <exception cref="UnfitPolicyException">422, with which member and why.</exception>
    public static PolicyScale Read(ScaleWish? wish)
    {
        if (wish is null)
        {
            throw new UnfitPolicyException(
                At,
                "is missing: what one container carries and how many there may be, such as {\"perReplica\": 50, \"min\": 1, \"max\": 6}."
            );
        }
        if (wish.PerReplica is not { } carried || !double.IsFinite(carried) || carried <= 0 || carried > 1e15)
        {
            throw new UnfitPolicyException(
                $"{At}.perReplica",
                "is the load that one container carries, in the query's unit: a number above 0."
            );
        }
        var least = PolicyMembers.Number(wish.Min, $"{At}.min", 1, MostReplicas) ?? 1;
        var most =
            PolicyMembers.Number(wish.Max, $"{At}.max", 1, MostReplicas)
            ?? throw new UnfitPolicyException($"{At}.max", "is missing: so many containers there are at most.");
        if (most < least)
        {
            throw new UnfitPolicyException($"{At}.max", $"is less than {At}.min.");
        }
        var season = PolicyMembers.Span(wish.Season, $"{At}.season", Day, 7 * Day) ?? Day;
        if (season != Day && season != 7 * Day)
        {
            throw new UnfitPolicyException(
                $"{At}.season",
                "is 1d or 7d: a load repeats itself by the day or the week."
            );
        }
        var seasons = (int)season.TotalDays;
        return new PolicyScale(
            carried,
            least,
            most,
            PolicyMembers.Span(wish.Ahead, $"{At}.ahead", LoadHistory.Step, TimeSpan.FromHours(12))
                ?? TimeSpan.FromHours(1),
            PolicyMembers.Number(wish.Days, $"{At}.days", LoadHistory.LeastSeasons * seasons, LoadHistory.MostDays)
                ?? Math.Min(7 * (seasons == 1 ? 1 : 4), LoadHistory.MostDays),
            season,
            wish.Slack is null or (>= 0 and <= 1)
                ? wish.Slack ?? 0.1
                : throw new UnfitPolicyException($"{At}.slack", "is a share from 0 to 1.")
        );
    }

    /// <summary>That the rest of a policy is one that scales by a forecast.</summary>
    /// <exception cref="UnfitPolicyException">422, with which member and why.</exception>
    public static void Check(PolicyWish wish, IReadOnlyList<string> services)
    {
        if (services is not [_])
        {
            throw new UnfitPolicyException("services", "name one service: a forecast is of one.");
        }
        if (wish.Action is { Kind: { } kind } && kind.Trim() != Kind)
        {
            throw new UnfitPolicyException("action.kind", $"is not {Kind}, which is what a forecast sets off.");
        }
        if (wish.Action?.Target is { } target && target.Trim() is not "" && target.Trim() != $"service:{services[0]}")
        {
            throw new UnfitPolicyException("action.target", "is the service itself. Leave it out.");
        }
        if (wish.Outcome?.Cleared is true)
        {
            throw new UnfitPolicyException(
                "outcome.cleared",
                "is true, but how many are wanted moves with the day: that the action succeeded is what can be told."
            );
        }
    }

    /// <summary>The action's parameters without the number, which is worked out each time.</summary>
    /// <exception cref="UnfitPolicyException">422, with which member and why.</exception>
    public static PolicyAction ActionOf(
        IActionCatalogue catalogue,
        IActionKind kind,
        JsonElement? wished,
        PolicyScale scale
    )
    {
        var given = wished is { ValueKind: JsonValueKind.Object } some ? JsonObject.Create(some)! : [];
        if (given.ContainsKey(Replicas))
        {
            throw new UnfitPolicyException(
                $"action.parameters.{Replicas}",
                "is worked out from the forecast. Leave it out; trigger.scale has its bounds."
            );
        }
        given[Replicas] = scale.Max;
        var whole = catalogue.Check(kind, JsonSerializer.SerializeToElement(given));
        var kept = JsonObject.Create(whole)!;
        kept.Remove(Replicas);
        return new PolicyAction(kind.Name, null, JsonSerializer.SerializeToElement(kept));
    }

    /// <summary>What a policy's action is asked for with: as many as are wanted now, where a forecast says so.</summary>
    public static JsonElement Parameters(PolicyDefinition policy, double? wanted)
    {
        if (policy.Trigger.Scale is null || wanted is not { } number)
        {
            return policy.Action.Parameters;
        }
        var given = JsonObject.Create(policy.Action.Parameters)!;
        given[Replicas] = (int)number;
        return JsonSerializer.SerializeToElement(given);
    }

    /// <summary>The host on which it scales; null for the only one that the service runs on.</summary>
    public static string? HostOf(PolicyDefinition policy) =>
        policy.Action.Parameters.ValueKind == JsonValueKind.Object
        && policy.Action.Parameters.TryGetProperty(Host, out var host)
        && host.ValueKind == JsonValueKind.String
            ? host.GetString()
            : null;

    /// <summary>Whether a proposal scales the way that a policy would have at a moment: up, or down, from what ran then. Of what does not scale it does.</summary>
    public static bool IsSameWay(Proposal proposal, PolicyDefinition policy, double? wanted, DateTimeOffset at)
    {
        if (
            policy.Action.Kind != Kind
            || NumberOf(Parameters(policy, wanted)) is not { } own
            || NumberOf(proposal.Plan.Parameters) is not { } theirs
        )
        {
            return true;
        }
        var before = proposal.Plan.Containers.Count;
        var ran = proposal.EndedAt < at ? theirs : before;
        return own == theirs || Math.Sign(own - ran) == Math.Sign(theirs - before);
    }

    private static int? NumberOf(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty(Replicas, out var number)
        && number.TryGetInt32(out var replicas)
            ? replicas
            : null;

    /// <summary>What is looked at, after "when".</summary>
    public static string Words(PolicyTrigger trigger)
    {
        var scale = trigger.Scale!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the forecast of {trigger.Query} for the next {PolicyDuration.Words(scale.Ahead)}, or the load now, wants another number of containers ({scale.PerReplica:0.####} each, from {scale.Min} to {scale.Max}, fewer only with {scale.Slack * 100:0.#} % to spare; from {scale.Days} days whose season is {PolicyDuration.Words(scale.Season)})"
        );
    }
}
