using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>One query's tail and who watches it. It runs until it is stopped.</summary>
internal sealed class SharedTail : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<TailSubscription> viewers = [];
    private readonly Dictionary<string, TailState> states;
    private readonly CancellationTokenSource life = new();
    private readonly TimeProvider time;
    private readonly Action<SharedTail> left;
    private readonly Task running;
    private Exception? failure;

    public SharedTail(
        IReadOnlyList<TenantScope> parts,
        string? logQl,
        LokiClient loki,
        TimeProvider time,
        ILogger log,
        Action<SharedTail> left
    )
    {
        (this.time, this.left) = (time, left);
        states = parts.ToDictionary(part => part.Key, _ => TailState.Opening);
        var alive = life.Token;
        var several = parts.Count > 1;
        running = Task.WhenAll(
            parts.Select(part =>
                Task.Run(
                    () =>
                        new TailReader(
                            part,
                            logQl,
                            loki,
                            time,
                            log,
                            lines => Add(several ? [.. lines.Select(line => Named(line, part))] : lines),
                            state => Set(part, state),
                            Fail
                        ).RunAsync(alive),
                    CancellationToken.None
                )
            )
        );
    }

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return viewers.Count == 0;
            }
        }
    }

    public TailSubscription Join()
    {
        lock (gate)
        {
            var viewer = new TailSubscription(time, Together(), Leave);
            viewers.Add(viewer);
            if (failure is not null)
            {
                viewer.Fail(failure);
            }
            return viewer;
        }
    }

    /// <summary>Done when nothing of it runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await running;
        life.Dispose();
    }

    private void Leave(TailSubscription viewer)
    {
        lock (gate)
        {
            viewers.Remove(viewer);
        }
        left(this);
    }

    private void Add(IReadOnlyList<LogLine> lines)
    {
        lock (gate)
        {
            foreach (var viewer in viewers)
            {
                viewer.Add(lines);
            }
        }
    }

    private void Set(TenantScope part, TailState state)
    {
        lock (gate)
        {
            states[part.Key] = state;
            var together = Together();
            foreach (var viewer in viewers)
            {
                viewer.Set(together);
            }
        }
    }

    private void Fail(Exception exception)
    {
        lock (gate)
        {
            failure = exception;
            foreach (var viewer in viewers)
            {
                viewer.Fail(exception);
            }
        }
    }

    /// <summary>The worst of the parts.</summary>
    private TailState Together() =>
        new(
            states.Values.All(state => state.IsOpen),
            states.Values.Min(state => state.MissingSince),
            states.Values.Select(state => state.Words).FirstOrDefault(words => words is not null),
            states.Values.Min(state => state.LostSince)
        );

    private static LogLine Named(LogLine line, TenantScope part) =>
        line with
        {
            Labels = new LokiLabels(line.Labels).With(Platform.Query.LogQl.LogQlScoper.TenantIdLabel, part.Tenants[0]),
        };
}
