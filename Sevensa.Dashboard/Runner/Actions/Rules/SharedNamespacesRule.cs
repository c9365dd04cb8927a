namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>
/// Nobody who lives in the namespaces of what is ended is left out of the plan: an older dashboard does not know of them, and
/// one may have come since it was planned.
/// </summary>
/// <param name="containers">Of this host, as they are known now.</param>
internal sealed class SharedNamespacesRule(Func<IReadOnlyList<ContainerFacts>> containers) : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation)
    {
        var plan = examination.Action.Plan;
        var named = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        var ended = plan
            .Steps.Where(step => NamespaceSharers.Ends(step.Verb))
            .Select(step => examination.Now.GetValueOrDefault(step.On))
            .OfType<ContainerFacts>()
            .DistinctBy(container => container.Id)
            .ToList();
        var left =
            ended.Count == 0
                ? null
                : NamespaceSharers
                    .Of(ended, containers(), container => container)
                    .FirstOrDefault(sharer =>
                        sharer.Container.State is "running" or "restarting" && !named.Contains(sharer.Container.Id)
                    );
        return new(
            left is null
                ? null
                : new Refusal(
                    "neededByOthers",
                    $"{left.Container.Name} shares the {left.What} of {left.Provider.Name} and would be cut off, and the plan does not take it along. Propose it again; if that changes nothing, update the dashboard."
                )
        );
    }
}
