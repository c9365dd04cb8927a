using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Whether containers came to be as the plan says, told by Docker: looked at once, then again at every event.</summary>
internal sealed class Verification(IDockerEngine engine, ContainerSignals signals, TimeProvider time)
{
    /// <summary>Looks again after this long even without news: an event can be lost when the engine restarts.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Null when it holds; else what is not as it should be, in words.</summary>
    public async Task<string?> AwaitAsync(
        PlanVerification wanted,
        IEnumerable<string> containerIds,
        CancellationToken cancellation
    )
    {
        foreach (var id in containerIds)
        {
            var trouble = await AwaitAsync(
                id,
                facts => Trouble(wanted.Kind, facts),
                TimeSpan.FromSeconds(wanted.WithinSeconds),
                cancellation
            );
            if (trouble is not null)
            {
                return $"{trouble} after {wanted.WithinSeconds} s";
            }
        }
        return null;
    }

    /// <summary>Waits until <paramref name="trouble"/> finds nothing, at most for <paramref name="within"/>.</summary>
    public async Task<string?> AwaitAsync(
        string containerId,
        Func<ContainerFacts, string?> trouble,
        TimeSpan within,
        CancellationToken cancellation
    )
    {
        var begun = time.GetTimestamp();
        using var watch = signals.For(containerId);
        while (true)
        {
            var words = await LookAsync(containerId, trouble, cancellation);
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
        CancellationToken cancellation
    )
    {
        try
        {
            return await engine.InspectAsync(containerId, cancellation) is { } facts
                ? trouble(facts)
                : $"container {containerId[..Math.Min(12, containerId.Length)]} is gone";
        }
        catch (EngineException exception)
        {
            return exception.Message;
        }
    }

    internal static string? Trouble(string kind, ContainerFacts facts) =>
        kind switch
        {
            "running" or "healthy" when facts.State != "running" =>
                $"{facts.Name} is {facts.State}{(facts.ExitCode is { } code ? $" (exit code {code})" : "")}",
            // Without a health check of its own, running is all that can be told.
            "healthy" when facts.Health is not ("healthy" or "none") => $"{facts.Name} is {facts.Health}",
            "stopped" when facts.State is not ("exited" or "created" or "dead") => $"{facts.Name} is {facts.State}",
            _ => null,
        };
}
