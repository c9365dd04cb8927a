using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Asks a connected runner, each time with a deadline: a silent runner can't hang whoever asks. One that is connected to another
/// dashboard is asked through that.
/// </summary>
internal sealed partial class RunnerLink(
    IHubContext<RunnerHub> hub,
    RunnerConnections connections,
    RunnerLogStreams streams,
    HostsElsewhere elsewhere,
    HeldHosts held,
    DashboardWire wire,
    Fleet fleet,
    TimeProvider time
) : IRunnerLink
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public bool IsConnected(string hostId) => ConnectionOf(hostId) is not null;

    public bool IsElsewhere(string hostId) => connections.Find(hostId) is null && elsewhere.IsElsewhere(hostId);

    /// <summary>Which connection the host has, here or at a dashboard that is heard; null for none.</summary>
    public string? ConnectionOf(string hostId) => connections.Find(hostId) ?? elsewhere.Find(hostId)?.Connection;

    /// <summary>Ends the host's connection, wherever it is; it comes back by itself.</summary>
    public void End(string hostId)
    {
        if (connections.Find(hostId) is null && elsewhere.Find(hostId) is { } there)
        {
            wire.Tell(there.Dashboard, AcrossTopics.End, Encoding.UTF8.GetBytes(hostId));
            return;
        }
        // Said first: an aborted connection does not tell of its own end, and the next one may come at once.
        held.Lost(hostId);
        connections.Abort(hostId);
    }

    public Task<Delivery> DeliverAsync(string hostId, SignedEnvelope action, CancellationToken cancellation) =>
        AskAsync<Delivery>(hostId, nameof(IRunnerClient.Deliver), cancellation, action);

    /// <summary>The host's clock, Unix milliseconds.</summary>
    /// <exception cref="RunnerUnreachableException">Not connected, or silent.</exception>
    /// <exception cref="UpstreamException">Its runner does not know the question.</exception>
    public Task<long> ClockAsync(string hostId, CancellationToken cancellation) =>
        AskAsync<long>(hostId, nameof(IRunnerClient.Clock), cancellation);

    /// <summary>Has the host's containers measured often for so long; their figures come by themselves.</summary>
    /// <exception cref="RunnerUnreachableException">Not connected, or silent.</exception>
    /// <exception cref="UpstreamException">Its runner does not know the question.</exception>
    public Task<bool> MeasureAsync(string hostId, TimeSpan length, CancellationToken cancellation) =>
        AskAsync<bool>(hostId, nameof(IRunnerClient.Measure), cancellation, (int)length.TotalSeconds);

    public Task<bool> CancelAsync(string hostId, string actionId, CancellationToken cancellation) =>
        AskAsync<bool>(hostId, nameof(IRunnerClient.Cancel), cancellation, actionId);

    public Task<byte[]?> RecallAsync(string hostId, string actionId, CancellationToken cancellation) =>
        AskAsync<byte[]?>(hostId, nameof(IRunnerClient.Recall), cancellation, actionId);

    public Task<ContainerFacts?> InspectAsync(string hostId, string containerId, CancellationToken cancellation) =>
        AskAsync<ContainerFacts?>(hostId, nameof(IRunnerClient.Inspect), cancellation, containerId);

    public Task<HostResources> ResourcesAsync(string hostId, CancellationToken cancellation)
    {
        RefuseTooOld(hostId);
        return AskAsync<HostResources>(hostId, nameof(IRunnerClient.Resources), cancellation);
    }

    public Task<ResolvedImage> ResolveImageAsync(string hostId, string reference, CancellationToken cancellation)
    {
        RefuseTooOld(hostId);
        return AskAsync<ResolvedImage>(hostId, nameof(IRunnerClient.ResolveImage), cancellation, reference);
    }

    public Task<WorkloadPreview> PreviewAsync(string hostId, PlanStep step, CancellationToken cancellation) =>
        AskAsync<WorkloadPreview>(
            hostId,
            nameof(IRunnerClient.Preview),
            cancellation,
            JsonSerializer.SerializeToUtf8Bytes(step, ActionJson.Default.PlanStep)
        );

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) =>
        AskAsync<IReadOnlyList<ContainerLogLine>>(
            hostId,
            nameof(IRunnerClient.Logs),
            cancellation,
            containerId,
            tail,
            sinceUnixMs
        );

    private void RefuseTooOld(string hostId)
    {
        if (
            fleet.FindHost(hostId) is { Facts: { Protocol: < RunnerProtocol.WithReleases } facts } host
            && IsConnected(hostId)
        )
        {
            throw new RunnerUnreachableException(
                $"The runner of {host.Name} ({facts.RunnerVersion}) is too old to tell of releases, images and volumes. Update it to the dashboard's version."
            );
        }
    }

    private string NameOf(string hostId) => fleet.FindHost(hostId)?.Name ?? hostId;

    private string Connection(string hostId) =>
        ConnectionOf(hostId)
        ?? throw new RunnerUnreachableException(
            elsewhere.IsElsewhere(hostId)
                ? $"The runner of {NameOf(hostId)} is connected to another dashboard, which is not heard at the moment. It is asked again when dashboards hear each other."
                : $"The runner of {NameOf(hostId)} is not connected. Look at it on the Hosts page; it comes back by itself when its host and the line are up."
        );

    public Task<bool> PinKeyAsync(string hostId, SignedEnvelope newKey, CancellationToken cancellation) =>
        AskAsync<bool>(hostId, nameof(IRunnerClient.PinKey), cancellation, newKey);

    public Task<byte[]> RenewKeyAsync(string hostId, CancellationToken cancellation) =>
        AskAsync<byte[]>(hostId, nameof(IRunnerClient.RenewKey), cancellation);

    private Task<T> AskAsync<T>(
        string hostId,
        string method,
        CancellationToken cancellation,
        params object?[] arguments
    ) =>
        connections.Find(hostId) is null && elsewhere.Find(hostId) is { } there
            ? AskThereAsync<T>(hostId, there, method, arguments, cancellation)
            : AskHereAsync<T>(hostId, Connection(hostId), method, arguments, cancellation);

    private async Task<T> AskHereAsync<T>(
        string hostId,
        string connection,
        string method,
        object?[] arguments,
        CancellationToken cancellation
    )
    {
        var name = NameOf(hostId);
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await hub.Clients.Client(connection).InvokeCoreAsync<T>(method, arguments, either.Token);
        }
        // A cancelled question ends as one or the other, depending on who noticed first.
        catch (Exception exception)
            when (either.IsCancellationRequested && exception is (OperationCanceledException or HubException))
        {
            cancellation.ThrowIfCancellationRequested();
            throw new RunnerUnreachableException(
                $"The runner of {name} did not answer within {Deadline.TotalSeconds:0} s: whether it did what was asked is not known.",
                exception
            );
        }
        catch (HubException exception)
        {
            // The runner answered that it could not: in Docker's words where it only passes the question on.
            var who = method
                is nameof(IRunnerClient.Inspect)
                    or nameof(IRunnerClient.Logs)
                    or nameof(IRunnerClient.Resources)
                    or nameof(IRunnerClient.ResolveImage)
                ? "Docker"
                : "The runner";
            throw new UpstreamException($"{who} on {name}", UpstreamFault.Failed, exception.Message, inner: exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            throw new RunnerUnreachableException(
                $"The line to the runner of {name} broke: whether it did what was asked is not known.",
                exception
            );
        }
    }
}
