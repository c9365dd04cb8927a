using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.Entering;

/// <summary>Wakes a plan of this dashboard whose value was entered here; one of another dashboard finds it at its next look.</summary>
internal sealed class EnteredNews
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);

    /// <summary>To be taken before a look, so that what comes right after it is not missed.</summary>
    public Task Next(string path) => waiting.GetOrAdd(path, _ => NewSource()).Task;

    public void Tell(string path)
    {
        if (waiting.TryRemove(path, out var source))
        {
            source.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// The step of a plan in which somebody gives a value that was issued elsewhere. The value never comes here: whoever has it puts it
/// into Vault by <see cref="EnteredValues"/>, and this sees in Vault that it is there.
/// </summary>
internal sealed class EnteredStep(EnteredNews news, IHostApplicationLifetime life, TimeProvider time)
{
    /// <summary>Code of the outcome when nobody came.</summary>
    public const string NotEntered = "notEntered";

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public async Task<ActionOutcome?> WaitAsync(RotationRun run, PlanStep step, CancellationToken cancellation)
    {
        var (rotation, path) = (run.Rotation, run.Path!);
        var until = time.GetUtcNow() + Longest;
        await run.TellAsync(
            $"Waiting for {rotation.Key} of {run.Plan.Target}: an administrator gives it under Secrets, within {Longest.TotalMinutes:0} minutes."
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.ApplicationStopping);
        while (true)
        {
            var next = news.Next(path.Full);
            // Before the last look: what is written until then is seen by it.
            var (isOver, isEnding) = (time.GetUtcNow() >= until, life.ApplicationStopping.IsCancellationRequested);
            var isCancelled = cancellation.IsCancellationRequested;
            var (hasTold, now) = await LookAsync(run, path);
            if (now > rotation.Version)
            {
                run.Changed();
                // Another node may show the new version a moment later.
                await new SecretVersions(time).ReadBackAsync(run.Vault, path, rotation.NextVersion);
                return now == rotation.NextVersion && await run.IsMadeAsync()
                    ? null
                    : await run.StaleAsync(step, rotation.Differs(run.Plan.Target, now));
            }
            if (!hasTold && (isCancelled || isOver))
            {
                // What was written while Vault could not be asked is not called unwritten.
                return Later(
                    $"Vault can't say whether {rotation.Key} was entered. It is looked for once it can, before this ends."
                );
            }
            if (isCancelled)
            {
                return new ActionOutcome(
                    ProposalState.Cancelled,
                    $"Cancelled before {rotation.Key} was entered. Nothing was written."
                );
            }
            if (isEnding)
            {
                return Later("The dashboard ends. It waits again once one is back.");
            }
            if (isOver)
            {
                // Told by the outcome alone: a step told as failed has whoever takes this over take back what may be entered until then.
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"Nobody entered {rotation.Key} within {Longest.TotalMinutes:0} minutes. Nothing was written; propose it again.",
                    NotEntered,
                    Undo: "none"
                );
            }
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            await Task.WhenAny(next, Task.Delay(LookEvery, time, turn.Token));
            await turn.CancelAsync();
        }
    }

    /// <summary>Which version is current, when Vault can say that now.</summary>
    private static async Task<(bool HasTold, int? Now)> LookAsync(RotationRun run, SecretPath path)
    {
        try
        {
            return (true, (await run.Vault.MetadataAsync(path.Full, CancellationToken.None))?.CurrentVersion);
        }
        catch (UpstreamException exception) when (exception is not VaultStanding)
        {
            return (false, null);
        }
    }
}
