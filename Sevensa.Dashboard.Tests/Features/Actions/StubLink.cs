using System.Collections.Concurrent;
using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>A runner as the dashboard sees it.</summary>
internal sealed class StubLink : IRunnerLink
{
    private readonly ConcurrentQueue<SignedAction> delivered = new();

    public bool Connected { get; set; } = true;

    public Func<SignedAction, Task<Delivery>> OnDeliver { get; set; } = _ => Task.FromResult(new Delivery(true));

    public Func<string, byte[]?> OnRecall { get; set; } = _ => null;

    public Func<string, ContainerFacts?> OnInspect { get; set; } = _ => null;

    public ConcurrentQueue<string> Cancelled { get; } = new();

    public IReadOnlyList<SignedAction> Delivered => [.. delivered];

    public bool IsConnected(string hostId) => Connected;

    public Task<Delivery> DeliverAsync(string hostId, SignedEnvelope action, CancellationToken cancellation)
    {
        var signed = JsonSerializer.Deserialize(action.Payload, ActionJson.Default.SignedAction)!;
        delivered.Enqueue(signed);
        return OnDeliver(signed);
    }

    public Task<bool> CancelAsync(string hostId, string actionId, CancellationToken cancellation)
    {
        Cancelled.Enqueue(actionId);
        return Task.FromResult(true);
    }

    public Task<byte[]?> RecallAsync(string hostId, string actionId, CancellationToken cancellation) =>
        Connected
            ? Task.FromResult(OnRecall(actionId))
            : throw new RunnerUnreachableException("vps-1 is not connected.");

    public Task<ContainerFacts?> InspectAsync(string hostId, string containerId, CancellationToken cancellation) =>
        Task.FromResult(OnInspect(containerId));

    public HostResources Resources { get; set; } = new([], [], [], [], 0);

    public Func<string, ResolvedImage> OnResolve { get; set; } =
        reference => new ResolvedImage(reference, null, null, "no such image");

    /// <summary>Answers what it has; null for <see cref="Resources"/>.</summary>
    public Func<HostResources>? OnResources { get; set; }

    public Task<HostResources> ResourcesAsync(string hostId, CancellationToken cancellation) =>
        Connected
            ? Task.FromResult(OnResources?.Invoke() ?? Resources)
            : throw new RunnerUnreachableException("vps-1 is not connected.");

    public Task<ResolvedImage> ResolveImageAsync(string hostId, string reference, CancellationToken cancellation) =>
        Task.FromResult(OnResolve(reference));

    public Func<PlanStep, WorkloadPreview> OnPreview { get; set; } = _ => new WorkloadPreview(null, [], []);

    public Task<WorkloadPreview> PreviewAsync(string hostId, PlanStep step, CancellationToken cancellation) =>
        Task.FromResult(OnPreview(step));

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<ContainerLogLine>>([]);

    public IAsyncEnumerable<ContainerLogLine> FollowLogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    ) => AsyncEnumerable.Empty<ContainerLogLine>();
}
