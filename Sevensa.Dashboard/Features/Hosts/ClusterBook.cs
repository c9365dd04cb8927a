using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>What one cluster's runner told of it, by key. Not for several threads at once.</summary>
internal sealed class ClusterBook
{
    /// <summary>More are of no use to anybody, and the cluster forgets them after an hour.</summary>
    private const int MostEvents = 2000;

    private readonly Dictionary<string, WorkloadFacts> workloads = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PodFacts> pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeFacts> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServiceFacts> services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RouteFacts> routes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClaimFacts> claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NetworkPolicyFacts> policies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AutoscalerFacts> autoscalers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuotaFacts> quotas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DisruptionBudgetFacts> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClusterEvent> events = new(StringComparer.Ordinal);
    private HostedCluster? shown;

    /// <summary>It has told the whole.</summary>
    public bool HasTold { get; private set; }

    /// <summary>All of it, to be told to another.</summary>
    public ClusterThings Whole =>
        new(
            [.. workloads.Values],
            [.. pods.Values],
            [.. nodes.Values],
            [.. services.Values],
            [.. routes.Values],
            [.. claims.Values],
            [.. policies.Values],
            [.. autoscalers.Values],
            [.. quotas.Values],
            [.. budgets.Values],
            [.. events.Values]
        );

    /// <summary>Why it can't be taken as it is, in words; null when it can. Half taken it would be worse than not at all.</summary>
    public static string? WhyNot(ClusterNews? news)
    {
        if (news is not { Put: { } put, Gone: { } gone })
        {
            return "What is told of a cluster has things that are put and keys that are gone; one of them is missing.";
        }
        if (put.Count > ClusterNews.MostThings)
        {
            return $"At most {ClusterNews.MostThings} things of a cluster in one message.";
        }
        if (gone.Count > ClusterNews.MostInAll)
        {
            return $"At most {ClusterNews.MostInAll} in one message.";
        }
        IEnumerable<IEnumerable<object?>?> lists =
        [
            gone,
            put.Workloads,
            put.Pods,
            put.Nodes,
            put.Services,
            put.Routes,
            put.Claims,
            put.Policies,
            put.Autoscalers,
            put.Quotas,
            put.Budgets,
            put.Events,
        ];
        return lists.Any(list => list?.Contains(null) == true)
            ? "What is told of a cluster has an empty place in one of its lists."
            : null;
    }

    /// <param name="news">Of which <see cref="WhyNot"/> has nothing to say.</param>
    public void Take(ClusterNews news)
    {
        shown = null;
        if (news.Begins)
        {
            Clear();
        }
        HasTold = true;
        foreach (var key in news.Gone)
        {
            Forget(key);
        }
        var put = news.Put;
        Put(workloads, put.Workloads, one => one.Key);
        Put(pods, put.Pods, one => one.Key);
        Put(nodes, put.Nodes, one => one.Key);
        Put(services, put.Services, one => one.Key);
        Put(routes, put.Routes, one => one.Key);
        Put(claims, put.Claims, one => one.Key);
        Put(policies, put.Policies, one => one.Key);
        Put(autoscalers, put.Autoscalers, one => one.Key);
        Put(quotas, put.Quotas, one => one.Key);
        Put(budgets, put.Budgets, one => one.Key);
        Put(events, put.Events, one => one.Key);
        if (events.Count > MostEvents)
        {
            foreach (var old in events.Values.OrderBy(one => one.LastUnixMs).Take(MostEvents / 2).ToList())
            {
                events.Remove(old.Key);
            }
        }
    }

    public void Clear()
    {
        shown = null;
        HasTold = false;
        workloads.Clear();
        pods.Clear();
        nodes.Clear();
        services.Clear();
        routes.Clear();
        claims.Clear();
        policies.Clear();
        autoscalers.Clear();
        quotas.Clear();
        budgets.Clear();
        events.Clear();
    }

    /// <summary>As it is now, of what this host may report.</summary>
    public HostedCluster Of(DockerHost host)
    {
        var connected = host.Presence == HostPresence.Connected;
        if (shown is { } known && known.Connected == connected && ReferenceEquals(known.Summary, host.Facts?.Cluster))
        {
            return known;
        }
        return shown = new HostedCluster(
            host.Id,
            host.Name,
            connected,
            HasTold,
            host.Facts?.Cluster,
            Told(workloads, one => one.Tenant),
            Told(pods, one => one.Tenant),
            [.. nodes.Values.OrderBy(one => one.Name, StringComparer.Ordinal)],
            Told(services, one => one.Tenant),
            Told(routes, one => one.Tenant),
            Told(claims, one => one.Tenant),
            Told(policies, one => one.Tenant),
            Told(autoscalers, one => one.Tenant),
            Told(quotas, one => one.Tenant),
            Told(budgets, one => one.Tenant),
            [
                .. events
                    .Values.Where(one => host.MayReport(one.Tenant))
                    .OrderByDescending(one => one.LastUnixMs)
                    .ThenBy(one => one.Key, StringComparer.Ordinal),
            ]
        );

        List<T> Told<T>(Dictionary<string, T> things, Func<T, string?> tenant) =>
            [
                .. things
                    .Where(one => host.MayReport(tenant(one.Value)))
                    .OrderBy(one => one.Key, StringComparer.Ordinal)
                    .Select(one => one.Value),
            ];
    }

    /// <summary>Whom it may report is another.</summary>
    public void BoundAnew() => shown = null;

    private void Put<T>(Dictionary<string, T> things, IReadOnlyList<T>? told, Func<T, string> key)
    {
        foreach (var one in told ?? [])
        {
            if (Count < ClusterNews.MostInAll || things.ContainsKey(key(one)))
            {
                things[key(one)] = one;
            }
        }
    }

    private int Count =>
        workloads.Count
        + pods.Count
        + nodes.Count
        + services.Count
        + routes.Count
        + claims.Count
        + policies.Count
        + autoscalers.Count
        + quotas.Count
        + budgets.Count
        + events.Count;

    private void Forget(string key)
    {
        _ =
            workloads.Remove(key)
            || pods.Remove(key)
            || nodes.Remove(key)
            || services.Remove(key)
            || routes.Remove(key)
            || claims.Remove(key)
            || policies.Remove(key)
            || autoscalers.Remove(key)
            || quotas.Remove(key)
            || budgets.Remove(key)
            || events.Remove(key);
    }
}
