namespace Sevensa.Dashboard.Protocol;

/// <summary>A container that lives in another's namespace, and is cut off or ended when that one's process ends.</summary>
/// <param name="Provider">Whose namespace it is.</param>
/// <param name="What">What is shared: network, processes, memory.</param>
public sealed record NamespaceSharer<T>(T Container, T Provider, string What);

/// <summary>
/// Containers that share others' namespaces (<c>network_mode: service:x</c>, <c>pid: container:x</c>, <c>ipc: container:x</c>). A
/// namespace ends with the process it was made for: who lives in it must be started anew after it, and created anew when the
/// other is another container.
/// </summary>
public static class NamespaceSharers
{
    /// <summary>Verbs after which a container's namespaces are others than before.</summary>
    public static bool Ends(string verb) =>
        StepVerbs.Replaces(verb)
        || verb is StepVerbs.ContainerRestart or StepVerbs.ContainerStop or StepVerbs.ContainerRemove;

    /// <summary>Who shares with one of <paramref name="providers"/>, directly or through another; whoever is shared with comes first.</summary>
    /// <param name="all">Of the same host.</param>
    public static IReadOnlyList<NamespaceSharer<T>> Of<T>(
        IReadOnlyCollection<T> providers,
        IReadOnlyCollection<T> all,
        Func<T, ContainerFacts> facts
    )
    {
        var found = new List<NamespaceSharer<T>>();
        var known = providers.Select(one => facts(one).Id).ToHashSet(StringComparer.Ordinal);
        for (var next = providers; next.Count > 0; )
        {
            var more = next.SelectMany(provider =>
                    all.Where(one => !known.Contains(facts(one).Id))
                        .Select(one => (One: one, What: Shared(facts(one), facts(provider))))
                        .Where(one => one.What is not null)
                        .Select(one => new NamespaceSharer<T>(one.One, provider, one.What!))
                )
                .DistinctBy(sharer => facts(sharer.Container).Id)
                .OrderBy(sharer => facts(sharer.Container).Name, StringComparer.Ordinal)
                .ToList();
            known.UnionWith(more.Select(sharer => facts(sharer.Container).Id));
            found.AddRange(more);
            next = [.. more.Select(sharer => sharer.Container)];
        }
        return found;
    }

    /// <summary>The same containers, so that whose namespace is shared comes before who shares it.</summary>
    public static IReadOnlyList<T> InOrder<T>(IReadOnlyList<T> containers, Func<T, ContainerFacts> facts)
    {
        var ordered = new List<T>();
        var waiting = containers.ToList();
        while (waiting.Count > 0)
        {
            var free = waiting
                .Where(one => !waiting.Exists(other => Shared(facts(one), facts(other)) is not null))
                .ToList();
            // Docker makes no circles; if one is told of all the same, it stays in its order.
            free = free.Count > 0 ? free : [.. waiting];
            ordered.AddRange(free);
            waiting.RemoveAll(free.Contains);
        }
        return ordered;
    }

    /// <summary>What the first shares of the second; null when nothing.</summary>
    public static string? Shared(ContainerFacts one, ContainerFacts provider)
    {
        if (one.Id == provider.Id || one.Settings is not { } settings)
        {
            return null;
        }
        var shared = settings
            .SharedNamespaces()
            .Where(shared => Names(shared.Container, provider))
            .Select(shared => shared.What)
            .ToList();
        return shared.Count == 0 ? null : string.Join(" and ", shared);
    }

    private static bool Names(string reference, ContainerFacts container) =>
        reference == container.Id
        || reference == container.Name
        || (reference.Length >= 12 && container.Id.StartsWith(reference, StringComparison.Ordinal));
}
