using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>An engine driven by the test: containers are what it is told, calls are written down, events come through a channel.</summary>
internal sealed class FakeEngine(TimeProvider time) : IDockerEngine
{
    private readonly Channel<EngineEvent> events = Channel.CreateUnbounded<EngineEvent>();

    public ConcurrentDictionary<string, ContainerFacts> Containers { get; } = new();

    /// <summary>"stop id 10", "start id", "restart id 10", in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Runs inside every changing call before it takes effect; throw to fail it, wait to hold it.</summary>
    public Func<string, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs after every changing call took effect and before its caller knows.</summary>
    public Func<string, Task> OnDone { get; set; } = _ => Task.CompletedTask;

    /// <summary>What a container is after it was started.</summary>
    public Func<ContainerFacts, ContainerFacts> Started { get; set; } = facts => facts with { State = "running" };

    public bool Silent { get; set; }

    /// <summary>By which the last restart could be called off.</summary>
    public CancellationToken Asked { get; private set; }

    /// <summary>Answers an inspect instead; null to leave it.</summary>
    public Func<string, Task<ContainerFacts?>>? OnInspect { get; set; }

    public ContainerFacts Add(string name, Func<ContainerFacts, ContainerFacts>? change = null)
    {
        var facts = Samples.Container(name);
        facts = change?.Invoke(facts) ?? facts;
        Containers[facts.Id] = facts;
        return facts;
    }

    public void Tell(ContainerFacts facts, string action)
    {
        Containers[facts.Id] = facts;
        events.Writer.TryWrite(
            new EngineEvent(
                time.GetUtcNow().ToUnixTimeMilliseconds(),
                "container",
                action,
                facts.Id,
                facts.Name,
                facts.Tenant,
                facts.Service,
                new Dictionary<string, string>()
            )
        );
    }

    public Task<EngineInfo> InfoAsync(CancellationToken cancellation)
    {
        Answer();
        return Task.FromResult(
            new EngineInfo("27.5.1", "1.47", "Debian GNU/Linux 12", "6.1", "x86_64", 4, 8L << 30, "overlay2")
        );
    }

    public Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation)
    {
        Answer();
        return Task.FromResult<IReadOnlyList<ContainerFacts>>([.. Containers.Values]);
    }

    public Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation)
    {
        Answer();
        return OnInspect?.Invoke(containerId) ?? Task.FromResult(Containers.GetValueOrDefault(containerId));
    }

    public async Task<bool> StartAsync(string containerId, CancellationToken cancellation)
    {
        var changed = false;
        await ChangeAsync($"start {containerId}", () => changed = Run(containerId));
        return changed;
    }

    public async Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation)
    {
        var before = Containers[containerId];
        await ChangeAsync(
            $"stop {containerId} {graceSeconds}",
            () => Containers[containerId] = before with { State = "exited", ExitCode = 0, FinishedAtUnixMs = Now }
        );
        return before.State == "running";
    }

    public async Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation)
    {
        Asked = cancellation;
        await ChangeAsync($"restart {containerId} {graceSeconds}", () => Run(containerId));
    }

    public Task SignalAsync(string containerId, string signal, CancellationToken cancellation) =>
        ChangeAsync($"signal {containerId} {signal}", () => { });

    public async IAsyncEnumerable<EngineEvent> EventsAsync(
        long sinceUnixMs,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        Followed.TrySetResult();
        await foreach (var told in events.Reader.ReadAllAsync(cancellation))
        {
            yield return told;
        }
    }

    /// <summary>Ends when somebody follows its events, and so has seen all that is there.</summary>
    public TaskCompletionSource Followed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often a container was measured.</summary>
    public int Readings;

    /// <summary>Runs before a container is measured; throw to fail it.</summary>
    public Action<string> OnRead { get; set; } = _ => { };

    public Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation)
    {
        Interlocked.Increment(ref Readings);
        OnRead(containerId);
        return Task.FromResult<ContainerReading?>(Samples.Reading(containerId, time.GetUtcNow()));
    }

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) =>
        Task.FromResult<IReadOnlyList<ContainerLogLine>>([
            new ContainerLogLine(1, "stdout", "one"),
            new ContainerLogLine(2, "stderr", "two"),
        ]);

    /// <summary>What followers are sent, piece by piece; completed, the container has ended.</summary>
    public Channel<IReadOnlyList<ContainerLogLine>> Written { get; set; } =
        Channel.CreateUnbounded<IReadOnlyList<ContainerLogLine>>();

    /// <summary>How many pieces were read of it.</summary>
    public int PiecesRead;

    /// <summary>Followers that are there now.</summary>
    public int Followers;

    public async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        Interlocked.Increment(ref Followers);
        try
        {
            await foreach (var piece in Written.Reader.ReadAllAsync(cancellation))
            {
                Interlocked.Increment(ref PiecesRead);
                yield return [.. piece.Where(line => line.TimeUnixNs >= sinceUnixNs)];
            }
        }
        finally
        {
            Interlocked.Decrement(ref Followers);
        }
    }

    /// <summary>First processes by container.</summary>
    public Dictionary<string, int> Processes { get; } = [];

    public int ProcessOf(string containerId) => Processes.GetValueOrDefault(containerId);

    public void Dispose() { }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool Run(string containerId)
    {
        var before = Containers[containerId];
        Containers[containerId] = Started(before) with { StartedAtUnixMs = Now, ExitCode = null };
        return before.State != "running";
    }

    internal async Task ChangeAsync(string call, Action effect)
    {
        Calls.Enqueue(call);
        await OnCall(call);
        Answer();
        effect();
        await OnDone(call);
    }

    /// <summary>How often it was thrown.</summary>
    public int Failures;

    /// <summary>Thrown whatever is asked.</summary>
    public Exception? Failure { get; set; }

    internal void Answer()
    {
        if (Failure is { } failure)
        {
            Interlocked.Increment(ref Failures);
            throw failure;
        }
        if (Silent)
        {
            throw new EngineException(null, "Docker can't be asked: connection refused");
        }
    }

    public static EngineException Refusal(string words) => new(HttpStatusCode.InternalServerError, words);
}
