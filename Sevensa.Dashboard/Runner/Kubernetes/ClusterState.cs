using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>What is known of a cluster: facts alone, never the cluster's own objects, and what of them was not told yet.</summary>
/// <param name="tenants">Tenant by namespace, by this runner's settings.</param>
internal sealed class ClusterState(IReadOnlyDictionary<string, string> tenants)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, object> things = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PodFacts> podsByUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> podsOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> put = new(StringComparer.Ordinal);
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = New();

    /// <summary>Ends when something changed since the last <see cref="Take"/>.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
            {
                return changed.Task;
            }
        }
    }

    public IReadOnlyList<PodFacts> Pods
    {
        get
        {
            lock (gate)
            {
                return [.. podsByUid.Values.OrderBy(pod => pod.Key, StringComparer.Ordinal)];
            }
        }
    }

    public IReadOnlyList<NodeFacts> Nodes
    {
        get
        {
            lock (gate)
            {
                return [.. things.Values.OfType<NodeFacts>()];
            }
        }
    }

    public PodFacts? Pod(string uid)
    {
        lock (gate)
        {
            return podsByUid.GetValueOrDefault(uid);
        }
    }

    public WorkloadFacts? Workload(string key)
    {
        lock (gate)
        {
            return things.GetValueOrDefault(key) as WorkloadFacts;
        }
    }

    /// <summary>Null when none of that uid is known.</summary>
    public WorkloadFacts? WorkloadOf(string uid)
    {
        lock (gate)
        {
            return things.Values.OfType<WorkloadFacts>().FirstOrDefault(workload => workload.Uid == uid);
        }
    }

    /// <summary>Keys of one kind in a namespace, or in all.</summary>
    public IReadOnlyList<string> Keys(string kind, string? @namespace)
    {
        var beginning = @namespace is null ? $"{kind}/" : $"{kind}/{@namespace}/";
        lock (gate)
        {
            return [.. things.Keys.Where(key => key.StartsWith(beginning, StringComparison.Ordinal))];
        }
    }

    /// <returns>Its key.</returns>
    public string Put(string kind, JsonElement one)
    {
        var tenant = tenants.GetValueOrDefault(one.Text("metadata", "namespace"));
        var (key, facts) = Read(kind, one, tenant);
        lock (gate)
        {
            if (facts is PodFacts pod)
            {
                PutPod(key, pod);
            }
            else if (facts is WorkloadFacts workload)
            {
                facts = workload with { Digests = DigestsOf(key) };
            }
            Keep(key, facts);
        }
        return key;
    }

    public void Remove(string key)
    {
        lock (gate)
        {
            if (!things.Remove(key, out var was))
            {
                return;
            }
            if (was is PodFacts pod)
            {
                podsByUid.Remove(pod.Uid);
                if (pod.Workload is { } made && podsOf.GetValueOrDefault(made) is { } all)
                {
                    all.Remove(key);
                    if (all.Count == 0)
                    {
                        podsOf.Remove(made);
                    }
                    Digest(made);
                }
            }
            put.Remove(key);
            gone.Add(key);
            changed.TrySetResult();
        }
    }

    /// <summary>What changed since the last time.</summary>
    public (ClusterThings Put, IReadOnlyList<string> Gone) Take()
    {
        lock (gate)
        {
            var told = (Things(put.Select(key => things[key])), (IReadOnlyList<string>)[.. gone]);
            put.Clear();
            gone.Clear();
            changed = New();
            return told;
        }
    }

    /// <summary>All of it, in parts that fit a message.</summary>
    public IReadOnlyList<ClusterNews> Whole()
    {
        lock (gate)
        {
            var parts = things
                .Values.Chunk(ClusterNews.MostThings)
                .Select((part, index) => new ClusterNews(index == 0, Things(part), []));
            return things.Count == 0 ? [new ClusterNews(true, new ClusterThings(), [])] : [.. parts];
        }
    }

    internal static ClusterThings Things(IEnumerable<object> all)
    {
        var list = all.ToList();
        return new ClusterThings(
            Of<WorkloadFacts>(),
            Of<PodFacts>(),
            Of<NodeFacts>(),
            Of<ServiceFacts>(),
            Of<RouteFacts>(),
            Of<ClaimFacts>(),
            Of<NetworkPolicyFacts>(),
            Of<AutoscalerFacts>(),
            Of<QuotaFacts>(),
            Of<DisruptionBudgetFacts>(),
            Of<ClusterEvent>()
        );

        T[]? Of<T>() => list.OfType<T>().ToArray() is { Length: > 0 } found ? found : null;
    }

    private void PutPod(string key, PodFacts pod)
    {
        if (things.GetValueOrDefault(key) is PodFacts before && before.Uid != pod.Uid)
        {
            podsByUid.Remove(before.Uid);
        }
        podsByUid[pod.Uid] = pod;
        if (pod.Workload is not { } made)
        {
            return;
        }
        if (!podsOf.TryGetValue(made, out var all))
        {
            podsOf[made] = all = new HashSet<string>(StringComparer.Ordinal);
        }
        all.Add(key);
        things[key] = pod;
        Digest(made);
    }

    /// <summary>Its pods may run other images than before.</summary>
    private void Digest(string key)
    {
        if (things.GetValueOrDefault(key) is WorkloadFacts workload)
        {
            var digests = DigestsOf(key);
            if (!digests.SequenceEqual(workload.Digests, StringComparer.Ordinal))
            {
                Keep(key, workload with { Digests = digests });
            }
        }
    }

    private List<string> DigestsOf(string key) =>
        podsOf.TryGetValue(key, out var pods)
            ?
            [
                .. pods.Select(pod => things.GetValueOrDefault(pod))
                    .OfType<PodFacts>()
                    .Where(pod => pod.EndingSinceUnixMs == 0)
                    .SelectMany(pod => pod.Containers)
                    .Where(container => container.ImageDigest.Length > 0)
                    .Select(container => $"{container.Name}={container.ImageDigest}")
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    private void Keep(string key, object facts)
    {
        things[key] = facts;
        gone.Remove(key);
        put.Add(key);
        changed.TrySetResult();
    }

    private static (string Key, object Facts) Read(string kind, JsonElement one, string? tenant)
    {
        object facts = kind switch
        {
            PodFacts.Kind => PodReader.Read(one, tenant),
            NodeFacts.Kind => ThingReader.Node(one),
            ServiceFacts.Kind => ThingReader.Service(one, tenant),
            "Ingress" => ThingReader.Ingress(one, tenant),
            "IngressRoute" => ThingReader.TraefikRoute(one, tenant),
            ClaimFacts.Kind => ThingReader.Claim(one, tenant),
            NetworkPolicyFacts.Kind => ThingReader.Policy(one, tenant),
            AutoscalerFacts.Kind => ThingReader.Autoscaler(one, tenant),
            QuotaFacts.Kind => ThingReader.Quota(one, tenant),
            DisruptionBudgetFacts.Kind => ThingReader.Budget(one, tenant),
            ClusterEvent.Kind => ThingReader.Event(one, tenant),
            _ => WorkloadReader.Read(kind, one, tenant),
        };
        return (ClusterKeys.Of(kind, one.Text("metadata", "namespace"), one.Text("metadata", "name")), facts);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
