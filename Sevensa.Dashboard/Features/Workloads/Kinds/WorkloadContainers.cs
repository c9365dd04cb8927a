using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

internal static class WorkloadContainers
{
    /// <summary>The container of a template that is meant; the only one when none is named.</summary>
    /// <exception cref="CannotPlanException">None of that name, or several and none named.</exception>
    public static WorkloadContainer Meant(WorkloadFacts facts, string? name)
    {
        var all = facts.Containers.Where(container => !container.Init).ToList();
        var names = string.Join(", ", all.Select(container => container.Name));
        return name is null
            ? all is [var only]
                ? only
                : throw new CannotPlanException(
                    $"{facts.Name} has several containers ({names}). Say which with the parameter container."
                )
            : all.Find(container => container.Name == name)
                ?? throw new CannotPlanException($"{facts.Name} has no container \"{name}\". It has {names}.");
    }
}
