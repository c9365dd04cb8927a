using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Adds up what a policy came to.</summary>
internal sealed class EffectDesk(
    PolicyAccess access,
    EffectStore store,
    IProposals proposals,
    IOptions<AutomationOptions> options,
    TimeProvider time
)
{
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<PolicyEffect> OfAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var row = await access.RowAsync(caller, id, cancellation);
        var now = time.GetUtcNow();
        var days = Math.Min(EffectStore.Days, options.Value.KeepDays);
        var since = now.AddDays(-days);
        var tally = await store.TallyAsync(id, since, cancellation);
        var deeds = await store.DeedsAsync(id, since, cancellation);
        var same = await store.SameAsync(id, since, cancellation);
        var told = deeds.Concat(same).Select(one => one.ProposalId!).Distinct(StringComparer.Ordinal).ToList();
        // What also touches a tenant that the reader may not see is left out, and is no attempt to see it.
        var seen = (await proposals.SeenAsync(caller, told, cancellation)).ToDictionary(
            one => one.Id,
            StringComparer.Ordinal
        );
        var actions = deeds.Select(one => seen.GetValueOrDefault(one.ProposalId!)).OfType<Proposal>().ToList();
        var later = same.Where(one => seen.ContainsKey(one.ProposalId!))
            .Select(one => (one.At, Theirs: seen[one.ProposalId!]))
            .Select(one => ((one.Theirs.DispatchedAt ?? one.Theirs.CreatedAt) - one.At).TotalSeconds)
            .ToList();
        var helped = Acted(OutcomeVerdict.Good);
        var median = Median(later);
        return new PolicyEffect(
            days,
            Of(PolicyVerdict.Acted).Sum(one => one.Count),
            helped,
            Acted(OutcomeVerdict.Bad),
            Acted(OutcomeVerdict.Unknown),
            Of(PolicyVerdict.Proposed).Sum(one => one.Count),
            later.Count,
            median,
            median is { } pace ? helped * Math.Max(0, pace) : null,
            actions.Sum(one =>
                one is { DispatchedAt: { } from, EndedAt: { } to } && to > from ? (to - from).TotalSeconds : 0
            ),
            row.Definition.Action.Kind == ScaleReading.Kind ? ContainerHours(actions, now) : null
        );

        IEnumerable<EffectTally> Of(PolicyVerdict verdict) => tally.Where(one => one.Verdict == verdict);

        int Acted(OutcomeVerdict outcome) =>
            Of(PolicyVerdict.Acted).Where(one => one.Outcome == outcome).Sum(one => one.Count);
    }

    private static double? Median(List<double> all)
    {
        all.Sort();
        return all.Count == 0 ? null : (all[(all.Count - 1) / 2] + all[all.Count / 2]) / 2;
    }

    /// <summary>Against as many as ran before the first of them, as if nobody else had scaled it.</summary>
    private static double ContainerHours(IEnumerable<Proposal> actions, DateTimeOffset now)
    {
        var (hours, first, more) = (0.0, (int?)null, 0);
        var since = now;
        foreach (
            var one in actions.Where(one => one.State == ProposalState.Succeeded).OrderBy(one => one.EndedAt ?? now)
        )
        {
            if (
                !one.Plan.Parameters.TryGetProperty("replicas", out var wanted) || !wanted.TryGetInt32(out var replicas)
            )
            {
                continue;
            }
            var at = one.EndedAt ?? now;
            hours += first is null ? 0 : more * (at - since).TotalHours;
            first ??= one.Plan.Containers.Count;
            (more, since) = (replicas - first.Value, at);
        }
        return hours + more * (now - since).TotalHours;
    }
}
