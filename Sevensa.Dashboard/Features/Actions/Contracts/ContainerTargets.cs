using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// Finds the containers that a request means, among those of its tenant: an id or unique start of one, a container's name,
/// or a service's name (all its replicas). <c>service:api</c> and <c>container:api</c> say which of the two is meant.
/// </summary>
public static class ContainerTargets
{
    private const int ShortestPrefix = 4;

    /// <summary>The same, where what is not found may only not have been told of yet.</summary>
    /// <exception cref="CannotPlanException">Nothing or too much is meant; lists what there is.</exception>
    /// <exception cref="NotKnownYetException">It was not found, and hosts that could have it have not told yet.</exception>
    public static IReadOnlyList<HostedContainer> Resolve(
        IFleet fleet,
        IReadOnlyList<HostedContainer> ofTenant,
        string tenant,
        string target
    )
    {
        try
        {
            return Resolve(ofTenant, tenant, target);
        }
        catch (CannotPlanException)
        {
            fleet.MustKnow(tenant);
            throw;
        }
    }

    /// <exception cref="CannotPlanException">Nothing or too much is meant; lists what there is.</exception>
    public static IReadOnlyList<HostedContainer> Resolve(
        IReadOnlyList<HostedContainer> ofTenant,
        string tenant,
        string target
    )
    {
        var (only, text) = target.Split(':', 2) is [("service" or "container") and var prefix, var rest]
            ? (prefix, rest.Trim())
            : (null, target.Trim());
        if (text.Length == 0)
        {
            throw new CannotPlanException("The target is empty. Name a container or a service.");
        }
        var name = text.TrimStart('/');
        var byService =
            only == "container"
                ? []
                : Named(ofTenant, container => container.Facts.Service, name, StringComparison.Ordinal);
        var byContainer = only == "service" ? [] : Containers(ofTenant, name);
        if (byContainer.Count == 0 && byService.Count == 0)
        {
            // People write "API" for api; only where nothing else fits.
            byService =
                only == "container"
                    ? []
                    : Named(ofTenant, container => container.Facts.Service, name, StringComparison.OrdinalIgnoreCase);
        }
        var found = (byContainer.Count, byService.Count) switch
        {
            (0, 0) => throw NotFound(ofTenant, tenant, text),
            (0, _) => byService,
            (1, 0) => byContainer,
            (1, 1) when byContainer[0].Facts.Id == byService[0].Facts.Id => byContainer,
            _ => throw new CannotPlanException(
                $"\"{text}\" can mean {Listed(byContainer.Concat(byService))}. Say which by container name or id, or write service:{text}."
            ),
        };
        return
        [
            .. found
                .OrderBy(container => container.Facts.Name, NaturalOrder)
                .ThenBy(container => container.Facts.Id, StringComparer.Ordinal),
        ];
    }

    private static IReadOnlyList<HostedContainer> Containers(IReadOnlyList<HostedContainer> all, string text)
    {
        var exact = all.Where(container => container.Facts.Id == text || container.Facts.Name == text).ToList();
        if (exact.Count > 0)
        {
            return exact;
        }
        return text.Length >= ShortestPrefix && text.All(char.IsAsciiHexDigit)
            ? [.. all.Where(container => container.Facts.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase))]
            : [];
    }

    private static IReadOnlyList<HostedContainer> Named(
        IReadOnlyList<HostedContainer> all,
        Func<HostedContainer, string> nameOf,
        string name,
        StringComparison comparison
    ) => [.. all.Where(container => string.Equals(nameOf(container), name, comparison))];

    /// <summary>A container of another tenant is not told apart from one that does not exist.</summary>
    private static CannotPlanException NotFound(IReadOnlyList<HostedContainer> ofTenant, string tenant, string text) =>
        new(
            ofTenant.Count == 0
                ? $"No container or service \"{text}\" was found: no host reports a container of {tenant}. Check on the Hosts page that its runner is connected."
                : $"{tenant} has no container or service \"{text}\". Its services are {string.Join(", ", ofTenant.Select(container => container.Facts.Service).Distinct().Order(StringComparer.Ordinal))}."
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
