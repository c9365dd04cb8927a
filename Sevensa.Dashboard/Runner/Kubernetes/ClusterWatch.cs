using System.Text.Json;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Keeps the cluster's state true and tells what changes of it: as pods in the words of containers, and as what it is.</summary>
internal sealed class ClusterWatch(
    KubeApi api,
    ClusterSettings settings,
    ClusterState state,
    HostBook book,
    HostNews news,
    UsagePace pace,
    TimeProvider time,
    ILogger log
)
{
    /// <summary>What comes so close together is told as one.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);
    private const string MetricsGroup = "metrics.k8s.io";

    private readonly Lock gate = new();
    private readonly Lock telling = new();
    private readonly List<KindWatch> watches = [];
    private readonly Dictionary<string, (CancellationTokenSource Ending, Task Work)> running = new(
        StringComparer.Ordinal
    );
    private readonly TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private ClusterSummary? summary;
    private string? startTrouble;
    private string? saidTrouble;

    /// <summary>Ends when everything was looked at for the first time, whatever came of it.</summary>
    public Task Looked => looked.Task;

    /// <summary>The API server's version; empty while it does not answer.</summary>
    public string Version => Trouble is null ? summary?.Version ?? "" : "";

    /// <summary>Null before the API server has answered for the first time.</summary>
    public ClusterSummary? Summary => summary is { } known ? known with { Trouble = Trouble } : null;

    /// <summary>All watches, for tests and the log.</summary>
    public IReadOnlyList<KindWatch> Watches
    {
        get
        {
            lock (gate)
            {
                return [.. watches];
            }
        }
    }

    private string? Trouble
    {
        get
        {
            lock (gate)
            {
                return startTrouble ?? watches.Find(one => one is { Trouble: not null, IsForbidden: false })?.Trouble;
            }
        }
    }

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(CheckAsync(cancellation), TellAsync(cancellation), MeasureAsync(cancellation));

    /// <summary>Asks what there is and what may be seen, begins to watch, and asks again from time to time.</summary>
    private async Task CheckAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var wait = CheckEvery;
                try
                {
                    var found = await LookAsync(cancellation);
                    startTrouble = null;
                    var before = summary;
                    summary = found;
                    Watch(found, cancellation);
                    if (before is null || !Same(before, found))
                    {
                        news.Tell(new News(Engine: true));
                    }
                }
                catch (KubeException exception)
                {
                    (startTrouble, wait) = (exception.Message, exception.RetryAfter ?? AskAgain);
                    looked.TrySetResult();
                    Said();
                }
                await Task.Delay(wait, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
        finally
        {
            looked.TrySetResult();
            await Task.WhenAll(running.Values.Select(one => one.Work));
        }
    }

    private async Task<ClusterSummary> LookAsync(CancellationToken cancellation)
    {
        var version = (await api.GetAsync("version", cancellation)).Text("gitVersion");
        IReadOnlyList<string>? groups = null;
        try
        {
            groups = [.. (await api.GetAsync("apis", cancellation)).Items("groups").Select(one => one.Text("name"))];
        }
        catch (KubeException exception) when (exception.Status is not null)
        {
            log.ClusterNotSeen("apis", exception.Message);
        }
        var namespaces = new List<NamespaceFacts>();
        var missing = new List<MissingRight>();
        foreach (var (name, tenant) in settings.Tenants.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            namespaces.Add(await NamespaceAsync(name, tenant, cancellation));
            missing.AddRange(await RightsReview.AskAsync(api, name, groups, cancellation));
        }
        return new ClusterSummary(version, namespaces, missing, groups);
    }

    private async Task<NamespaceFacts> NamespaceAsync(string name, string tenant, CancellationToken cancellation)
    {
        JsonElement? found;
        try
        {
            found = await api.FindAsync($"api/v1/namespaces/{Uri.EscapeDataString(name)}", cancellation);
        }
        catch (KubeException exception)
            when (exception is { Status: System.Net.HttpStatusCode.Forbidden, IsNotSignedIn: false })
        {
            // The names of namespaces need not be given to it: then nothing is cross-checked.
            return new NamespaceFacts(name, tenant);
        }
        if (found is not { } one)
        {
            return new NamespaceFacts(name, tenant, Trouble: $"There is no namespace {name} in this cluster.");
        }
        var labels = one.Words("metadata", "labels");
        var says = labels.GetValueOrDefault(Ownership.TenantLabel);
        var trouble =
            says is not null && says != tenant
                ? $"Its label {Ownership.TenantLabel} says {says}, and this runner was told {tenant}. Nothing is told of it until the two agree."
                : one.Items("status", "conditions")
                    .Where(told => told.Text("status") == "True")
                    .Select(told => told.Text("message"))
                    .FirstOrDefault();
        return new NamespaceFacts(
            name,
            tenant,
            says,
            one.Text("status", "phase"),
            labels.GetValueOrDefault("pod-security.kubernetes.io/enforce"),
            trouble
        );
    }

    private void Watch(ClusterSummary found, CancellationToken cancellation)
    {
        var wanted = new Dictionary<string, List<KindWatch>>(StringComparer.Ordinal)
        {
            [""] = [Of(WatchedKind.Nodes, null)],
        };
        foreach (var one in found.Namespaces.Where(one => one.LabelTenant is null || one.LabelTenant == one.Tenant))
        {
            wanted[one.Name] =
            [
                .. WatchedKind
                    .OfNamespaces.Where(kind => !kind.Optional || found.Groups?.Contains(kind.Group) == true)
                    .Select(kind => Of(kind, one.Name)),
            ];
        }
        foreach (var name in running.Keys.Except(wanted.Keys).ToList())
        {
            running[name].Ending.Cancel();
            running.Remove(name);
            lock (gate)
            {
                foreach (var left in watches.Where(one => one.Namespace == name))
                {
                    foreach (var key in state.Keys(left.Kind.Kind, name))
                    {
                        state.Remove(key);
                    }
                }
                watches.RemoveAll(one => one.Namespace == name);
            }
        }
        var begins = wanted.Where(one => !running.ContainsKey(one.Key)).ToList();
        lock (gate)
        {
            // All of them before the first one looks: it would be taken for all there is to look at.
            watches.AddRange(begins.SelectMany(one => one.Value));
        }
        foreach (var (name, fresh) in begins)
        {
            var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            running[name] = (ending, Task.WhenAll(fresh.Select(one => one.RunAsync(ending.Token))));
        }
    }

    private KindWatch Of(WatchedKind kind, string? @namespace) => new(api, kind, @namespace, state, time, Said);

    private void Said(KindWatch one)
    {
        if (one.Trouble is { } words)
        {
            log.ClusterNotSeen(one.Kind.Path(one.Namespace), words);
        }
        bool all;
        lock (gate)
        {
            all = watches.TrueForAll(watch => watch.HasLooked);
        }
        if (all && !looked.Task.IsCompleted)
        {
            // Whoever waits for the first look begins with all of it.
            Tell();
            looked.TrySetResult();
        }
        Said();
    }

    /// <summary>Whether the API server answers is part of what is said of the host.</summary>
    private void Said()
    {
        var now = Trouble;
        lock (gate)
        {
            if (now == saidTrouble)
            {
                return;
            }
            saidTrouble = now;
        }
        news.Tell(new News(Engine: true));
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await state.Changed.WaitAsync(cancellation);
                await Task.Delay(Gather, time, cancellation);
                Tell();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    private void Tell()
    {
        lock (telling)
        {
            TellNow();
        }
    }

    private void TellNow()
    {
        var (put, gone) = state.Take();
        var pods = (put.Pods ?? []).ToDictionary(pod => pod.Uid, StringComparer.Ordinal);
        // What a pod's workload is called and how it is limited is told with the pod.
        foreach (var workload in put.Workloads ?? [])
        {
            foreach (var pod in state.Pods.Where(pod => pod.Workload == workload.Key))
            {
                pods[pod.Uid] = pod;
            }
        }
        var changed = new List<ContainerFacts>();
        foreach (var pod in pods.Values)
        {
            var facts = PodContainers.Of(pod, pod.Workload is { } key ? state.Workload(key) : null);
            told.Add(pod.Uid);
            book.Put(facts);
            changed.Add(facts);
        }
        var removed = told.Where(uid => state.Pod(uid) is null).ToList();
        foreach (var uid in removed)
        {
            told.Remove(uid);
            book.Remove(uid);
        }
        if (changed.Count > 0 || removed.Count > 0)
        {
            news.Tell(new News(Changed: changed, Removed: removed));
        }
        foreach (var part in Parts(put, gone))
        {
            news.Tell(new News(Cluster: part));
        }
    }

    private static IEnumerable<ClusterNews> Parts(ClusterThings put, IReadOnlyList<string> gone)
    {
        if (put.Count <= ClusterNews.MostThings)
        {
            return [new ClusterNews(false, put, gone)];
        }
        object[] all =
        [
            .. put.Workloads ?? [],
            .. put.Pods ?? [],
            .. put.Nodes ?? [],
            .. put.Services ?? [],
            .. put.Routes ?? [],
            .. put.Claims ?? [],
            .. put.Policies ?? [],
            .. put.Autoscalers ?? [],
            .. put.Quotas ?? [],
            .. put.Budgets ?? [],
            .. put.Events ?? [],
        ];
        return all.Chunk(ClusterNews.MostThings)
            .Select((part, index) => new ClusterNews(false, ClusterState.Things(part), index == 0 ? gone : []));
    }

    /// <summary>One question for each namespace gives the use of all its pods, where the cluster measures it.</summary>
    private async Task MeasureAsync(CancellationToken cancellation)
    {
        await Looked.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var began = time.GetTimestamp();
                if (summary?.Groups?.Contains(MetricsGroup) == true)
                {
                    await ReadUseAsync(cancellation);
                }
                await pace.NextAsync(began, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    private async Task ReadUseAsync(CancellationToken cancellation)
    {
        var pods = state.Pods.ToLookup(pod => pod.Namespace, StringComparer.Ordinal);
        foreach (var of in pods)
        {
            try
            {
                var found = await api.GetAsync(
                    $"apis/{MetricsGroup}/v1beta1/namespaces/{Uri.EscapeDataString(of.Key)}/pods",
                    cancellation
                );
                var uids = of.ToDictionary(pod => pod.Name, StringComparer.Ordinal);
                news.Tell(
                    new News(
                        Usage:
                        [
                            .. found
                                .Items("items")
                                .Where(one => uids.ContainsKey(one.Text("metadata", "name")))
                                .Select(one => Usage(uids[one.Text("metadata", "name")], one)),
                        ]
                    )
                );
            }
            catch (KubeException exception)
            {
                log.UsageFailed(of.Key, exception.Message);
            }
        }
    }

    private ContainerUsage Usage(PodFacts pod, JsonElement one)
    {
        var containers = one.Items("containers");
        var limit = pod.Workload is { } key ? PodContainers.Of(pod, state.Workload(key)).MemoryLimitBytes : 0;
        return new ContainerUsage(
            pod.Uid,
            one.Time("timestamp") is > 0 and var at ? at : time.GetUtcNow().ToUnixTimeMilliseconds(),
            100 * containers.Sum(container => Quantities.Number(container.Text("usage", "cpu"))),
            (long)containers.Sum(container => Quantities.Number(container.Text("usage", "memory"))),
            limit,
            0,
            0,
            0,
            0,
            0
        );
    }

    private static bool Same(ClusterSummary one, ClusterSummary other) =>
        one.Version == other.Version
        && one.Namespaces.SequenceEqual(other.Namespaces)
        && one.Missing.Select(right => (right.Namespace, right.Right))
            .SequenceEqual(other.Missing.Select(right => (right.Namespace, right.Right)))
        && (one.Groups ?? []).SequenceEqual(other.Groups ?? []);
}
