using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Whether containers came to be as the plan says, told by Docker: looked at once, then again at every event.</summary>
internal sealed class Verification(IDockerEngine engine, ContainerSignals signals, TimeProvider time)
{
    /// <summary>Looks again after this long even without news: an event can be lost when the engine restarts.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>What Docker had to start again so often does not stay up.</summary>
    private const int MostStarts = 4;

    /// <summary>Null when it holds; else what is not as it should be, in words.</summary>
    public async Task<string?> AwaitAsync(
        PlanVerification wanted,
        IEnumerable<string> containerIds,
        CancellationToken cancellation
    )
    {
        foreach (var id in containerIds)
        {
            var up = wanted.Kind is VerificationKinds.Running or VerificationKinds.Healthy;
            var trouble =
                up && wanted.ForSeconds is > 0
                    ? await AwaitUpAsync(
                        id,
                        wanted.WithinSeconds,
                        wanted.ForSeconds.Value,
                        cancellation,
                        byHealth: wanted.Kind == VerificationKinds.Healthy
                    )
                : await AwaitAsync(
                    id,
                    facts => Trouble(wanted.Kind, facts),
                    TimeSpan.FromSeconds(wanted.WithinSeconds),
                    cancellation,
                    mayBeGone: wanted.Kind == VerificationKinds.Gone
                )
                    is { } words
                    ? $"{words} after {wanted.WithinSeconds} s"
                : null;
            if (trouble is not null)
            {
                return trouble;
            }
        }
        return null;
    }

    /// <summary>
    /// Waits until a container is healthy or, where it has no health check, has run for a while on end. Gives up early on what
    /// will not come: unhealthy by Docker's own count, ended and not started again, started again and again.
    /// </summary>
    /// <param name="byHealth">False: running is enough even where there is a health check.</param>
    /// <returns>Null when it is up.</returns>
    public async Task<string?> AwaitUpAsync(
        string containerId,
        int withinSeconds,
        int steadySeconds,
        CancellationToken cancellation,
        bool byHealth = true
    )
    {
        var begun = time.GetTimestamp();
        var within = TimeSpan.FromSeconds(withinSeconds);
        var steady = TimeSpan.FromSeconds(steadySeconds);
        var start = (At: 0L, Seen: begun, Count: 0);
        using var watch = signals.For(containerId);
        while (true)
        {
            ContainerFacts? facts = null;
            string? words;
            try
            {
                facts = await engine.InspectAsync(containerId, cancellation);
                words = facts is null ? $"container {Short(containerId)} is gone" : null;
            }
            catch (EngineException exception)
            {
                words = exception.Message;
            }
            var left = within - time.GetElapsedTime(begun);
            if (facts is not null)
            {
                if (facts is { State: "running", Unread: null } && facts.StartedAtUnixMs != start.At)
                {
                    start = (facts.StartedAtUnixMs, time.GetTimestamp(), start.Count + 1);
                }
                if (Hopeless(facts, byHealth, start.Count) is { } hopeless)
                {
                    return hopeless;
                }
                if (facts.Unread is { } unread)
                {
                    // That it runs stands in Docker's list; whether it began anew meanwhile nobody knows.
                    words = $"{facts.Name}: {unread}";
                }
                else if (facts.State != "running")
                {
                    words = Trouble(VerificationKinds.Running, facts);
                }
                else if (byHealth && facts.Health != "none")
                {
                    words = Trouble(VerificationKinds.Healthy, facts);
                }
                else
                {
                    var ran = time.GetElapsedTime(start.Seen);
                    words =
                        ran >= steady ? null : $"{facts.Name} has run for {ran.TotalSeconds:0.#} s without a restart";
                    // It may come up at the last moment; it is still given its time.
                    left = ran < steady && start.Count > 0 ? steady - ran : left;
                }
            }
            if (words is null)
            {
                return null;
            }
            if (left <= TimeSpan.Zero)
            {
                return $"{words} after {withinSeconds} s";
            }
            await watch.WaitAsync(left < LookAgain ? left : LookAgain, time, cancellation);
        }
    }

    /// <summary>Waits until <paramref name="trouble"/> finds nothing, at most for <paramref name="within"/>.</summary>
    /// <param name="mayBeGone">It is well too when the container is not there any more.</param>
    public async Task<string?> AwaitAsync(
        string containerId,
        Func<ContainerFacts, string?> trouble,
        TimeSpan within,
        CancellationToken cancellation,
        bool mayBeGone = false
    )
    {
        var begun = time.GetTimestamp();
        using var watch = signals.For(containerId);
        while (true)
        {
            var words = await LookAsync(containerId, trouble, mayBeGone, cancellation);
            var left = within - time.GetElapsedTime(begun);
            if (words is null || left <= TimeSpan.Zero)
            {
                return words;
            }
            await watch.WaitAsync(left < LookAgain ? left : LookAgain, time, cancellation);
        }
    }

    private async Task<string?> LookAsync(
        string containerId,
        Func<ContainerFacts, string?> trouble,
        bool mayBeGone,
        CancellationToken cancellation
    )
    {
        try
        {
            return await engine.InspectAsync(containerId, cancellation) is { } facts ? trouble(facts)
                : mayBeGone ? null
                : $"container {Short(containerId)} is gone";
        }
        catch (EngineException exception)
        {
            return exception.Message;
        }
    }

    private static string? Hopeless(ContainerFacts facts, bool byHealth, int starts) =>
        byHealth && facts.State == "running" && facts.Health == "unhealthy" ? $"{facts.Name} is unhealthy"
        : facts.State is "exited" or "dead" && facts.RestartPolicy == "no"
            ? $"{facts.Name} ended{(facts.ExitCode is { } code ? $" with exit code {code}" : "")} and nothing starts it again"
        : starts >= MostStarts ? $"{facts.Name} does not stay up: Docker has started it {starts} times"
        : null;

    internal static string? Trouble(string kind, ContainerFacts facts) =>
        kind switch
        {
            VerificationKinds.Running or VerificationKinds.Healthy when facts.State != "running" =>
                $"{facts.Name} is {facts.State}{(facts.ExitCode is { } code ? $" (exit code {code})" : "")}",
            // Without a health check of its own, running is all that can be told.
            VerificationKinds.Healthy when facts.Health is not ("healthy" or "none") =>
                $"{facts.Name} is {facts.Health}",
            VerificationKinds.Stopped when facts.State is not ("exited" or "created" or "dead") =>
                $"{facts.Name} is {facts.State}",
            // One that removes itself has ended before it is gone.
            VerificationKinds.Gone
                when facts.Settings is { AutoRemove: true } || facts.State is not ("exited" or "created" or "dead") =>
                $"{facts.Name} is {facts.State}",
            _ => null,
        };

    private static string Short(string id) => id.Length > 12 ? id[..12] : id;
}
