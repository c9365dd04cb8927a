using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Vault;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Takes a rotation back: the former data is written as a new version, and whoever was restarted is restarted again. Each part
/// finds out whether it was done before.
/// </summary>
internal sealed class RotationUndo(IHostErrands errands, SecretAgeStore ages, TimeProvider time)
{
    /// <summary>From here on all is taken back, also by whoever goes on with it.</summary>
    public async Task<ActionOutcome> FailedAsync(RotationRun run, PlanStep step, string why)
    {
        await run.FailAsync(step, why);
        return await UndoAsync(run, why);
    }

    public async Task<ActionOutcome> UndoAsync(RotationRun run, string why)
    {
        run.IsTakenBack = true;
        if (run.IsPastReturn)
        {
            // The former login may be out of service already: what is there now is what works.
            return new ActionOutcome(ProposalState.Failed, $"{why} The new login is in use everywhere.", Undo: "none");
        }
        if (run.Path is null)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{why} The new password is in use: nothing brings the former one back. Whoever was not restarted yet signs in with it once restarted.",
                Undo: "none"
            );
        }
        if (run.Plan.Undo.Kind != RotationPlan.Write)
        {
            return new ActionOutcome(ProposalState.Failed, $"{why} {run.Plan.Undo.Text}", Undo: "none");
        }
        var (trouble, isTheirs) = await BringBackAsync(run);
        if (trouble is not null && !isTheirs)
        {
            return new ActionOutcome(ProposalState.Failed, $"{why} {trouble}", Undo: "failed");
        }
        // Where somebody else's version is current, what this plan wrote is nobody's, and must not be in use any longer either.
        var (later, left) = await RestartAgainAsync(run, isTheirs);
        if (later is not null)
        {
            return later;
        }
        var alive =
            left.Count == 0 && run.Rotation.AppRole is not null && await AppRoleSteps.WhyLeftAsync(run) is { } made
                ? $" {made}"
                : "";
        return EndOf(run, why, trouble, left, alive);
    }

    private static ActionOutcome EndOf(RotationRun run, string why, string? trouble, List<string> left, string alive)
    {
        var now = trouble ?? Text($"The data of version {run.Rotation.Version} is current again");
        var restarted = Restarted(run).Any();
        return (trouble, left) switch
        {
            (null, []) => new ActionOutcome(
                ProposalState.RolledBack,
                $"{why} {now}, and whoever was restarted uses it.{alive}",
                Undo: "done"
            ),
            (null, _) => new ActionOutcome(
                ProposalState.Failed,
                $"{why} {now}, but not everybody came back with it: {string.Join(" ", left)}",
                Undo: "failed"
            ),
            (_, []) => new ActionOutcome(
                ProposalState.Failed,
                $"{why} {now}{(restarted ? " Whoever was restarted was restarted again, and uses theirs." : "")}{alive}",
                Undo: "failed"
            ),
            _ => new ActionOutcome(
                ProposalState.Failed,
                $"{why} {now} Whoever was restarted was to use theirs, but not everybody came back with it: {string.Join(" ", left)}",
                Undo: "failed"
            ),
        };
    }

    /// <summary>Whoever was restarted, once more.</summary>
    /// <returns>An outcome when a host can't say now; else who did not come back.</returns>
    private async Task<(ActionOutcome? Later, List<string> Left)> RestartAgainAsync(RotationRun run, bool isTheirs)
    {
        var left = new List<string>();
        foreach (var step in Restarted(run))
        {
            await run.TellAsync(
                isTheirs
                    ? $"Restarting again with what somebody wrote meanwhile: {step.Title}"
                    : $"Restarting again with the former value: {step.Title}"
            );
            var outcome = await errands.RunAsync(run.Action, step, $"{Occasion(step)}u", CancellationToken.None);
            if (outcome.State == ProposalState.Unknown)
            {
                return (Later(outcome.Text), left);
            }
            if (outcome.State != ProposalState.Succeeded)
            {
                left.Add($"{step.Title}: {outcome.Text}");
            }
        }
        return (null, left);
    }

    private static IEnumerable<PlanStep> Restarted(RotationRun run) =>
        run
            .Plan.Steps.Where(step =>
                step.IsErrand() && run.Begun.Contains(step.Number) && !run.Untouched.Contains(step.Number)
            )
            .DistinctBy(step => step.On);

    /// <summary>The step that puts back what was only tried.</summary>
    public async Task<ActionOutcome?> BackAsync(RotationRun run, PlanStep step) =>
        await BringBackAsync(run) is ({ }, _)
            ? await FailedAsync(run, step, "It went well, and the former data could not be put back.")
            : null;

    /// <summary>Writes the former data as a new version, unless that was done before.</summary>
    /// <returns>Why it can't be, in words, and whether somebody else's version is current in its place; null when it is current.</returns>
    private async Task<(string? Trouble, bool IsTheirs)> BringBackAsync(RotationRun run)
    {
        var (rotation, path) = (run.Rotation, run.Path!);
        var now = await new SecretVersions(time).CurrentAsync(
            run.Vault,
            path,
            rotation.Version,
            CancellationToken.None
        );
        if (now == rotation.Version)
        {
            return (null, false);
        }
        var former = await run.FormerAsync();
        // One that this plan did not write is somebody else's, whatever its number.
        var isMade = now == rotation.NextVersion && (run.IsWritten || await run.IsMadeAsync());
        if (former is null && (isMade || now is null))
        {
            return ($"Version {rotation.Version} is gone, so it can't be written back.", false);
        }
        if (former is not null && isMade)
        {
            if (await run.Vault.WriteAsync(path.Full, former, rotation.NextVersion, CancellationToken.None) is { } back)
            {
                await run.TellAsync(Text($"The data of version {rotation.Version} was written back."));
                await ages.KeepAsync(run.Vault, path, rotation.Version, back);
                return (null, false);
            }
            now = await new SecretVersions(time).CurrentAsync(
                run.Vault,
                path,
                rotation.NextVersion + 1,
                CancellationToken.None
            );
            if (now == rotation.NextVersion)
            {
                // Nobody's yet: it is waited for, as for whatever Vault can't say now.
                throw VaultClient.Terms.Garbled(
                    Text($"it refuses to write after version {now}, which it shows as the current one")
                );
            }
        }
        var theirs = now is { } current ? await run.Vault.DataAsync(path.Full, current, CancellationToken.None) : null;
        if (theirs is not null && former is not null && SecretVersions.Same(theirs, former))
        {
            // Also after a death right after it was written back.
            await ages.KeepAsync(run.Vault, path, rotation.Version, now!.Value);
            return (null, false);
        }
        return theirs is null
            ? (
                now is null
                    ? $"{run.Plan.Target} is no longer in Vault."
                    : Text(
                        $"Version {now}, the current one, is not this plan's and was deleted, so it was left as it is."
                    ),
                false
            )
            : (Text($"Somebody wrote version {now} meanwhile, which was left as it is."), true);
    }
}
