using System.Net;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Kubernetes.Steps;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>
/// What is asked of a host's engine, answered of a cluster: pods stand for containers. Nothing is done to a single pod; what is
/// done is done to workloads, by verbs of their own.
/// </summary>
internal sealed class ClusterEngine(KubeApi api, ClusterState state, Func<EngineInfo> info) : IDockerEngine
{
    private readonly PodLogs logs = new(api);
    private readonly WorkloadDoor workloads = new(api, state);

    public string Named => "Kubernetes";

    public Task<EngineInfo> InfoAsync(CancellationToken cancellation) => Task.FromResult(info());

    public Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ContainerFacts>>([.. state.Pods.Select(Facts)]);

    /// <summary>
    /// A pod as the watch has it, which is no further behind than the cluster's own controllers; a workload as the API server has it
    /// now, since plans rest on it.
    /// </summary>
    public async Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation) =>
        state.Pod(containerId) is { } pod ? Facts(pod)
        : await workloads.FindAsync(containerId, cancellation) is { } live ? WorkloadContainers.Of(live.Facts)
        : null;

    public Task<bool> StartAsync(string containerId, CancellationToken cancellation) => throw NotOne();

    public Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation) => throw NotOne();

    public Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation) => throw NotOne();

    public Task SignalAsync(string containerId, string signal, CancellationToken cancellation) => throw NotOne();

    public IAsyncEnumerable<EngineEvent> EventsAsync(long sinceUnixMs, CancellationToken cancellation) =>
        throw NotOne();

    public Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation) =>
        Task.FromResult<ContainerReading?>(null);

    public async Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) => await logs.TailAsync(Known(containerId), tail, sinceUnixMs, cancellation);

    public IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    ) => logs.FollowAsync(Known(containerId), tail, sinceUnixNs, follow, cancellation);

    public void Dispose() => api.Dispose();

    public ContainerFacts Facts(PodFacts pod) =>
        PodContainers.Of(pod, pod.Workload is { } key ? state.Workload(key) : null);

    private PodFacts Known(string uid) =>
        state.Pod(uid) ?? throw new EngineException(HttpStatusCode.NotFound, "There is no such pod in this cluster.");

    private static EngineException NotOne() =>
        new(
            HttpStatusCode.NotImplemented,
            "A single pod is not acted on: its workload would make another. Act on the workload instead."
        );
}
