namespace Sevensa.Dashboard.Features.Actions.Kinds;

/// <summary>Tells from Docker what became of an interrupted container action, once no executor is at work on it any more.</summary>
internal static class ContainerAftermath
{
    /// <summary>Docker rounds and clocks drift; a start this close before the dispatch is not taken for one after it.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    /// <param name="since">When it was dispatched, by the clock of the host.</param>
    /// <param name="now">The plan's containers in its order; null for one that is gone.</param>
    /// <returns>Null when it can't be told yet.</returns>
    public static ActionOutcome? Judge(ActionPlan plan, DateTimeOffset since, IReadOnlyList<ContainerFacts?> now)
    {
        var undone = new List<string>();
        foreach (var (planned, facts) in plan.Containers.Zip(now))
        {
            if (facts is null && plan.Verification.Kind == VerificationKinds.Gone)
            {
                continue;
            }
            if (facts is null)
            {
                undone.Add($"{planned.Name} is gone");
                continue;
            }
            if (facts is { State: "restarting" } or { State: "running", Health: "starting" })
            {
                return null;
            }
            var missing = plan.Kind switch
            {
                StepVerbs.ContainerStop => facts.State == "running" ? $"{facts.Name} still runs" : null,
                StepVerbs.ContainerStart => Up(facts),
                StepVerbs.ContainerRestart => Up(facts) ?? Restarted(facts, since),
                _ => $"{facts.Name} is {facts.State}",
            };
            if (missing is not null)
            {
                undone.Add(missing);
            }
        }
        return undone.Count == 0
            ? new ActionOutcome(
                ProposalState.Succeeded,
                $"Done, as Docker shows: {string.Join(", ", plan.Containers.Zip(now, (planned, facts) => $"{planned.Name} is {facts?.State ?? "gone"}"))}. Its runner was interrupted and could not say so."
            )
            : new ActionOutcome(
                ProposalState.Failed,
                $"It was interrupted. Docker shows: {string.Join("; ", undone)}. Nothing more is done.",
                "interrupted",
                Undo: "none"
            );
    }

    private static string? Up(ContainerFacts facts) =>
        facts switch
        {
            { State: not "running" } => $"{facts.Name} is {facts.State}",
            { Health: "unhealthy" } => $"{facts.Name} runs and is unhealthy",
            _ => null,
        };

    private static string? Restarted(ContainerFacts facts, DateTimeOffset since)
    {
        var started = DateTimeOffset.FromUnixTimeMilliseconds(facts.StartedAtUnixMs);
        return started >= since - Doubt ? null : $"{facts.Name} was not restarted";
    }
}
