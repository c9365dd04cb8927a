using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>What is known of one host, in the fleet's turn.</summary>
internal sealed class HostState(DockerHost host)
{
    /// <summary>Beyond this the times of the two machines can't be compared any more without saying so.</summary>
    private const long MostSkewMs = 5000;

    public DockerHost Host { get; set; } = host;

    /// <summary>The connection that it said hello on last.</summary>
    public string? Connection { get; set; }

    /// <summary>Since it connected.</summary>
    public bool Told { get; set; }

    /// <summary>Since this dashboard started.</summary>
    public bool EverTold { get; set; }

    /// <summary>How many times it was said whose containers it may report.</summary>
    public long Bindings { get; set; }

    /// <summary>Its Docker does not answer its runner.</summary>
    public bool EngineSilent { get; set; }

    /// <summary>Why it is not taken, in words.</summary>
    public string? Refusal { get; set; }

    /// <summary>It is connected to another dashboard that is not heard, in words.</summary>
    public string? Unheard { get; set; }

    /// <summary>How far the skew may be wrong either way.</summary>
    public TimeSpan ClockError { get; set; }
    public Dictionary<string, ContainerFacts> Containers { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, ContainerUsage> Usage { get; } = new(StringComparer.Ordinal);
    public Queue<EngineEvent> Events { get; } = [];

    /// <summary>Null of a Docker host, and of a cluster that has not told yet.</summary>
    public ClusterBook? Cluster { get; set; }

    /// <summary>When it last told what its containers use.</summary>
    public long? UsedAt { get; set; }

    /// <summary>Ends when it does so next.</summary>
    public TaskCompletionSource NextUse { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is wrong with its engine or its clock, in words; null for nothing.</summary>
    public string? Trouble
    {
        get
        {
            if (Unheard is not null)
            {
                return Unheard;
            }
            if (EngineSilent)
            {
                return Host.Facts is { IsCluster: true }
                    ? $"The API server of this cluster does not answer its runner. What is shown of its workloads is what it last said.{(Host.Facts.Cluster?.Trouble is { } why ? $" {why}" : "")}"
                    : "Docker on this host does not answer its runner. What is shown of its containers is what it last said.";
            }
            var skew = Host.ClockSkewMs;
            // Half a round trip is what it may be wrong by: only what is too far in any case is said to be.
            return
                Host.Presence != HostPresence.Connected || Math.Abs(skew) - ClockError.TotalMilliseconds <= MostSkewMs
                ? null
                : $"The host's clock is {Math.Abs(skew) / 1000.0:0.#} s {(skew > 0 ? "ahead" : "behind")}. Let it keep time (chrony or systemd-timesyncd); actions expire by it.";
        }
    }
}
