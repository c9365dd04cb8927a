using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Who has to go along with the containers that a plan is about, because they live in their namespaces.</summary>
/// <param name="Sharers">Of the tenant; whoever is shared with comes first.</param>
/// <param name="OthersIdle">Containers of others that don't run share too; what they are is not this tenant's to know.</param>
public sealed record TakenAlong(IReadOnlyList<NamespaceSharer<HostedContainer>> Sharers, bool OthersIdle)
{
    public static TakenAlong Nobody { get; } = new([], false);

    /// <summary>Cut off or ended by the plan, and so taken along.</summary>
    public IReadOnlyList<NamespaceSharer<HostedContainer>> Running =>
        [.. Sharers.Where(sharer => sharer.Container.Runs)];

    /// <summary>Not running: nothing happens to them while the one they share with is the same.</summary>
    public IReadOnlyList<NamespaceSharer<HostedContainer>> Idle => [.. Sharers.Where(sharer => !sharer.Container.Runs)];

    /// <summary>Those that run.</summary>
    public IReadOnlyList<HostedContainer> Containers => [.. Running.Select(sharer => sharer.Container)];

    /// <summary>Those that don't run too: they could not be started on another container than the one they were made for.</summary>
    public IReadOnlyList<HostedContainer> All => [.. Sharers.Select(sharer => sharer.Container)];

    /// <exception cref="CannotPlanException">One of them is not the tenant's, or is never acted on.</exception>
    public static TakenAlong With(IReadOnlyList<HostedContainer> touched, IFleet fleet, string tenant)
    {
        if (touched.Count == 0)
        {
            return Nobody;
        }
        var onHost = fleet.Containers.Where(one => one.HostId == touched[0].HostId).ToList();
        var sharers = NamespaceSharers.Of(touched, onHost, one => one.Facts);
        var running = sharers.Where(sharer => sharer.Container.Runs).ToList();
        foreach (var (one, provider, what) in running)
        {
            if (one.Facts.Tenant != tenant)
            {
                // Whose it is, is not this tenant's to know.
                throw new CannotPlanException(
                    $"A container that is not {tenant}'s shares the {what} of {provider.Facts.Name} and would be cut off. Ask whoever keeps {provider.HostName} to give it a {what} of its own first."
                );
            }
            if (one.Facts.SelfOf is { } role)
            {
                throw new CannotPlanException(
                    $"{one.Facts.Name}, this product's own {role}, shares the {what} of {provider.Facts.Name} and would be cut off. Do it on {provider.HostName} by hand."
                );
            }
            if (one.Facts.State == "paused")
            {
                throw new CannotPlanException(
                    $"{one.Facts.Name} shares the {what} of {provider.Facts.Name} and is paused. Unpause it on {provider.HostName} first: docker unpause {one.Facts.Name}"
                );
            }
        }
        var own = sharers
            .Where(sharer =>
                sharer.Container.Facts is { SelfOf: null, State: not ("removing" or "dead") } facts
                && facts.Tenant == tenant
                && !SetAside.Is(facts)
            )
            .ToList();
        return new TakenAlong(own, sharers.Any(one => !own.Contains(one) && !SetAside.Is(one.Container.Facts)));
    }

    /// <summary>"lives in the network of vpn", for a step's title.</summary>
    public static string Words(NamespaceSharer<HostedContainer> sharer) =>
        sharer.What == "network"
            ? $"lives in the network of {sharer.Provider.Facts.Name}"
            : $"shares the {sharer.What} of {sharer.Provider.Facts.Name}";

    /// <summary>Who has come to share since a plan was made, in words.</summary>
    public static IEnumerable<string> Since(ActionPlan plan, IFleet fleet)
    {
        var ending = plan
            .Steps.Where(step => NamespaceSharers.Ends(step.Verb))
            .Select(step => fleet.Find(plan.Executor.HostId ?? "", step.On))
            .OfType<HostedContainer>()
            .ToList();
        if (ending.Count == 0)
        {
            return [];
        }
        var known = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        var onHost = fleet.Containers.Where(one => one.HostId == plan.Executor.HostId).ToList();
        return NamespaceSharers
            .Of(ending, onHost, one => one.Facts)
            .Where(sharer => sharer.Container.Runs && !known.Contains(sharer.Container.Facts.Id))
            .Select(sharer =>
                sharer.Container.Facts.Tenant == plan.Tenant
                    ? $"{sharer.Container.Facts.Name} has come to share the {sharer.What} of {sharer.Provider.Facts.Name} since"
                    : $"another container has come to share the {sharer.What} of {sharer.Provider.Facts.Name} since"
            );
    }

    /// <summary>Of an older runner nothing of this is known; what a plan can't say, it says.</summary>
    public static string? Untold(IReadOnlyList<HostedContainer> touched) =>
        touched.FirstOrDefault(one => one.Facts.Settings is null) is { } one
            ? $"The runner of {one.HostName} is older than this dashboard: it does not tell whether a container removes itself when it ends, nor whose network it shares. Update it, and plans say so."
            : null;
}
