using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>What actions have for themselves while they are under way: their containers, and the volumes and images of their steps.</summary>
internal sealed class ThingsAtWork
{
    /// <summary>The action at work by the thing.</summary>
    private readonly ConcurrentDictionary<string, string> busy = new(StringComparer.Ordinal);

    /// <summary>Takes all or nothing.</summary>
    /// <returns>The name of a thing that another action has; null when all is taken.</returns>
    public string? TryTake(ActionPlan plan, string actionId)
    {
        foreach (var (thing, name) in Of(plan))
        {
            if (!busy.TryAdd(thing, actionId))
            {
                Release(plan, actionId);
                return name;
            }
        }
        return null;
    }

    /// <summary>Takes them from whoever has them: it was at work on them first.</summary>
    public void Take(ActionPlan plan, string actionId)
    {
        foreach (var (thing, _) in Of(plan))
        {
            busy[thing] = actionId;
        }
    }

    /// <summary>Lets go of what this action has; what another has it keeps.</summary>
    public void Release(ActionPlan plan, string actionId)
    {
        foreach (var (thing, _) in Of(plan))
        {
            busy.TryRemove(KeyValuePair.Create(thing, actionId));
        }
    }

    private static IEnumerable<(string Thing, string Name)> Of(ActionPlan plan) =>
        plan
            .Containers.Select(container => (container.Id, container.Name))
            .Concat(plan.Steps.Select(step => (step.On, step.On)))
            .DistinctBy(touched => touched.Item1);
}
