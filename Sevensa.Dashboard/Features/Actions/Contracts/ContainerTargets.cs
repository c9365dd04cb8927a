using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// Finds the containers that a request means, among those of its tenant: an id or unique start of one, a container's name,
/// or a service's name (all its replicas). <c>service:api</c> and <c>container:api</c> say which of the two is meant.
/// </summary>
public static class ContainerTargets
{
    private const int ShortestPrefix = 4;

    /// <summary>The containers of a tenant that can be meant: without those that only stand there while an action is under way.</summary>
    public static IReadOnlyList<HostedContainer> Of(IFleet fleet, string tenant) =>
        [.. fleet.ContainersOf(tenant).Where(container => !SetAside.Is(container.Facts))];

    /// <param name="host">Name of the host that is meant; null for any.</param>
    /// <exception cref="CannotPlanException">Nothing or too much is meant; lists what there is.</exception>
    /// <exception cref="NotKnownYetException">It was not found, and hosts that could have it have not told yet.</exception>
    public static IReadOnlyList<HostedContainer> Resolve(
        IFleet fleet,
        string tenant,
        string target,
        string? host = null
    )
    {
        var all = Of(fleet, tenant);
        IReadOnlyList<HostedContainer> own = host is null
            ? all
            : [.. all.Where(container => container.HostName == host)];
        if (Meant(own, target) is { } meant)
        {
            return meant;
        }
        fleet.MustKnow(tenant);
        var name = Parts(target).Name;
        throw fleet
            .ContainersOf(tenant)
            .Any(one => SetAside.Is(one.Facts) && one.Facts.Service == name && (host is null || one.HostName == host))
            ? new CannotPlanException(
                $"A container of {name} is just being put in another's place. Ask again in a few seconds."
            )
            : NotFound(own, host is null ? tenant : $"{tenant} on {host}", name);
    }

    /// <returns>Null when nothing of that name is there.</returns>
    private static IReadOnlyList<HostedContainer>? Meant(IReadOnlyList<HostedContainer> all, string target)
    {
        var (only, name) = Parts(target);
        if (name.Length == 0)
        {
            throw new CannotPlanException("The target is empty. Name a container or a service.");
        }
        var byService =
            only == "container" ? [] : Named(all, container => container.Facts.Service, name, StringComparison.Ordinal);
        var (byContainer, exact) = only == "service" ? ([], false) : Containers(all, name);
        if (byContainer.Count == 0 && byService.Count == 0)
        {
            // People write "API" for api; only where nothing else fits.
            byService =
                only == "container"
                    ? []
                    : Named(all, container => container.Facts.Service, name, StringComparison.OrdinalIgnoreCase);
        }
        var found = (byContainer.Count, byService.Count) switch
        {
            (0, 0) => null,
            (0, _) => byService,
            (1, 0) => byContainer,
            // Its own name or id says more than a label that others carry too.
            (1, _) when exact => byContainer,
            (1, 1) when byContainer[0].Facts.Id == byService[0].Facts.Id => byContainer,
            _ => throw new CannotPlanException(
                $"\"{name}\" can mean {Listed(byContainer.Concat(byService))}. Say which by container name or id, or write service:{name}."
            ),
        };
        return found is null
            ? null
            :
            [
                .. found
                    .OrderBy(container => container.Facts.Name, NaturalOrder)
                    .ThenBy(container => container.Facts.Id, StringComparer.Ordinal),
            ];
    }

    private static (string? Only, string Name) Parts(string target)
    {
        var (only, text) = target.Split(':', 2) is [("service" or "container") and var prefix, var rest]
            ? (prefix, rest)
            : (null, target);
        return (only, text.Trim().TrimStart('/'));
    }

    private static (IReadOnlyList<HostedContainer> Found, bool Exact) Containers(
        IReadOnlyList<HostedContainer> all,
        string text
    )
    {
        var exact = all.Where(container => container.Facts.Id == text || container.Facts.Name == text).ToList();
        if (exact.Count > 0)
        {
            return (exact, true);
        }
        return text.Length >= ShortestPrefix && text.All(char.IsAsciiHexDigit)
            ? (
                [.. all.Where(container => container.Facts.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase))],
                false
            )
            : ([], false);
    }

    private static IReadOnlyList<HostedContainer> Named(
        IReadOnlyList<HostedContainer> all,
        Func<HostedContainer, string> nameOf,
        string name,
        StringComparison comparison
    ) => [.. all.Where(container => string.Equals(nameOf(container), name, comparison))];

    /// <summary>A container of another tenant is not told apart from one that does not exist.</summary>
    private static CannotPlanException NotFound(IReadOnlyList<HostedContainer> all, string whose, string text) =>
        new(
            all.Count == 0
                ? $"No container or service \"{text}\" was found: no host reports a container of {whose}. Check on the Hosts page that its runner is connected."
                : $"{whose} has no container or service \"{text}\". Its services are {string.Join(", ", all.Select(container => container.Facts.Service).Distinct().Order(StringComparer.Ordinal))}."
        );

    private static string Listed(IEnumerable<HostedContainer> containers) =>
        string.Join(
            ", ",
            containers
                .DistinctBy(container => container.Facts.Id)
                .Select(container =>
                    $"{container.Facts.Name} ({container.Facts.Id[..Math.Min(12, container.Facts.Id.Length)]}, service {container.Facts.Service}, on {container.HostName})"
                )
        );

    /// <summary>api-2 before api-10.</summary>
    private static readonly StringComparer NaturalOrder = StringComparer.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        System.Globalization.CompareOptions.NumericOrdering
    );
}
