namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>
/// Since when the connections of all containers of a service are read without a gap; a container that takes another's place
/// goes on where that one was. Not for several threads at once.
/// </summary>
internal sealed class LookedServices
{
    /// <summary>
    /// A connection leaves its traces for a minute: what is looked at again within it was looked at all the time. One look that
    /// fails, as at the beginning and the end of a container, is no gap.
    /// </summary>
    public static readonly TimeSpan LongestGap = FlowWatch.Every * 2 + TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string? Tenant, string Service), (long Since, long Last)> services = [];

    /// <param name="own">All that run and have tables of their own.</param>
    /// <param name="read">Ids of those whose tables were read at this look.</param>
    /// <param name="missed">Ids of those of whose connections some will not be told.</param>
    /// <returns>Those that are looked at, in the order of their ids.</returns>
    public IReadOnlyList<LookedContainer> See(
        IReadOnlyList<ContainerFacts> own,
        IReadOnlySet<string> read,
        IReadOnlySet<string> missed,
        long now
    )
    {
        foreach (var service in own.GroupBy(Key))
        {
            if (service.Any(container => missed.Contains(container.Id)))
            {
                services.Remove(service.Key);
            }
            else if (service.All(container => read.Contains(container.Id)))
            {
                services[service.Key] = (
                    services.TryGetValue(service.Key, out var before) && !IsGap(before.Last, now) ? before.Since : now,
                    now
                );
            }
        }
        foreach (var old in services.Where(one => IsGap(one.Value.Last, now)).ToList())
        {
            services.Remove(old.Key);
        }
        return
        [
            .. own.Where(container => services.ContainsKey(Key(container)))
                .OrderBy(container => container.Id, StringComparer.Ordinal)
                .Select(container => new LookedContainer(container.Id, services[Key(container)].Since)),
        ];
    }

    private static (string? Tenant, string Service) Key(ContainerFacts container) =>
        (container.Tenant, container.Service);

    private static bool IsGap(long last, long now) => now - last > LongestGap.TotalMilliseconds;
}
