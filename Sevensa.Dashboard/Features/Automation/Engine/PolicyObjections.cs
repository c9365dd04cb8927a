using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What keeps a policy from acting: the brake, its own bounds, what it would act on, and what others do there.</summary>
internal sealed class PolicyObjections(
    PolicyStore store,
    TriggerReader triggers,
    SteadyTime steady,
    IProposals proposals,
    IFleet fleet,
    IOptions<AutomationOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Between the deeds of two policies on one service, so that they don't undo each other in a circle.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(15);

    /// <summary>What could not be proposed costs nothing, and is not tried again at each look.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    /// <summary>What a policy acts on, as it remembers it: the same for as long as the policy is.</summary>
    public static string Key(PolicyDefinition policy, string subject) => policy.Action.Target ?? subject;

    /// <summary>Why nothing is done though the trigger held for long enough; null when it may be.</summary>
    public async Task<(string Code, string Words)?> ObjectionAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        Firing firing,
        PolicyLook look,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var service = DeedPlaces.Of(fleet, row.Tenant, policy.Action, firing.Service);
        if (look.Brake is { } brake && row.Stage == PolicyStage.Enforced)
        {
            return ("brake", brake);
        }
        if (memory.Awaited.Any(awaited => Key(policy, awaited.Subject) == Key(policy, firing.Service)))
        {
            return ("outcome", "What came of its last action here is not known yet.");
        }
        if (
            memory.Acted.TryGetValue(Key(policy, firing.Service), out var acted)
            && now - acted is var since
            && since < policy.Cooldown
        )
        {
            return ("cooldown", $"It acted here less than {PolicyDuration.Words(policy.Cooldown)} ago.");
        }
        if (
            memory.Failed.TryGetValue(Key(policy, firing.Service), out var failed)
            && now - failed is var ago
            && ago >= TimeSpan.Zero
            && ago < Retry
        )
        {
            return ("failed", $"It could not be proposed less than {PolicyDuration.Words(Retry)} ago.");
        }
        if (memory.Disarmed.ContainsKey(firing.Service))
        {
            return (
                "rearm",
                $"It acted here, and that has not been over for {PolicyDuration.Words(policy.Rearm)} on end since."
            );
        }
        if (firing.Breach is { } breach && memory.Deploys.Contains(breach.Deploy))
        {
            return ("once", "It acted on this deploy already.");
        }
        if (WindowTimes.Objection(policy.Windows, now) is { } closed)
        {
            return ("window", closed);
        }
        foreach (var condition in policy.Conditions)
        {
            switch (await triggers.HoldsAsync(look.Turn, row.Tenant, condition.Query, cancellation))
            {
                case false:
                    return ("condition", $"Its condition does not hold: {condition.Words ?? condition.Query}.");
                case null:
                    return (
                        "missing",
                        $"Whether its condition holds can't be told: {condition.Words ?? condition.Query}."
                    );
            }
        }
        if (service.Length > 0 && Dependencies.Objection(fleet, row.Tenant, service) is { } waits)
        {
            return ("dependency", waits);
        }
        // A time of day comes whoever stopped it; what a schedule stopped in the evening another starts in the morning.
        if (
            service.Length > 0
            && policy.Trigger.Kind != TriggerKind.Schedule
            && StoppedByHand.Objection(fleet, row.Tenant, service) is { } stopped
        )
        {
            return ("stopped", stopped);
        }
        return row.Stage == PolicyStage.Enforced ? await OthersAsync(row, policy, memory, firing, cancellation) : null;
    }

    /// <summary>What others did, or have asked for, there; and what it asked for itself.</summary>
    public async Task<(string Code, string Words)?> OthersAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        Firing firing,
        CancellationToken cancellation
    )
    {
        var (now, service) = (time.GetUtcNow(), DeedPlaces.Of(fleet, row.Tenant, policy.Action, firing.Service));
        if (service.Length > 0)
        {
            var deeds = (await store.DeedsAtAsync(row.Tenant, service, now - Hour, cancellation))
                .Select(deed => (deed.Policy, Ago: now - AheadOfClock.Date(memory, deed.Id, deed.At, now)))
                .Where(deed => deed.Ago < Hour)
                .ToList();
            if (deeds.Exists(deed => deed.Policy != row.Id && deed.Ago < Apart))
            {
                return ("other", $"Another policy acted on {service} less than {PolicyDuration.Words(Apart)} ago.");
            }
            // Each within its own budget, many of them together would still keep it from coming to rest.
            if (deeds.Count >= options.Value.ServicePerHour)
            {
                return (
                    "service",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Policies acted on {service} {deeds.Count} times within an hour, which is as often as all of them together may."
                    )
                );
            }
        }
        var open = await proposals.ListAsync(
            PolicyCaller.Of(row),
            new ProposalFilter(Tenant: row.Tenant, OpenOnly: true),
            cancellation
        );
        return
            open.FirstOrDefault(one =>
                one.Id != firing.Breach?.Undo
                && (ProposalsOf.Touches(one, service) || one.RequestedBy.Id == PolicyCaller.SubjectOf(row.Id))
            )
                is { } asked
            ? ("asked", $"\"{asked.Title}\", which {asked.RequestedBy.Name} asked for, has not ended.")
            : null;
    }

    /// <summary>That the budget is spent, in words.</summary>
    public async Task<string?> SpentAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var deeds = (await store.DeedsAsync(row.Id, row.Stage, now - Day, cancellation))
            .Select(at =>
                AheadOfClock.Date(memory, string.Create(CultureInfo.InvariantCulture, $"deed {at:O}"), at, now)
            )
            .Where(at => at > now - Day)
            .ToList();
        var hour = Math.Max(deeds.Count(at => at > now - Hour), steady.Within(PolicyDeeds.Counted(row), Hour));
        var day = Math.Max(deeds.Count, steady.Within(PolicyDeeds.Counted(row), Day));
        return hour >= policy.Budget.PerHour
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"Its budget is spent: {hour} of {policy.Budget.PerHour} in an hour."
                )
            : day >= policy.Budget.PerDay
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"Its budget is spent: {day} of {policy.Budget.PerDay} in a day."
                )
            : null;
    }
}
