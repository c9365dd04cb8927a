using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>The steps of a rotation that end in Vault's versions: what is there is read, the next one is written, and reads back.</summary>
internal sealed class VersionSteps(RotationUndo undo, SecretAgeStore ages, TimeProvider time)
{
    private readonly SecretVersions versions = new(time);

    public async Task<ActionOutcome?> ReadAsync(RotationRun run, PlanStep step)
    {
        var (rotation, path) = (run.Rotation, run.Path!);
        var now = await versions.CurrentAsync(run.Vault, path, rotation.Version, CancellationToken.None);
        if (now != rotation.Version && !(rotation.Entered && now == rotation.NextVersion && await run.IsMadeAsync()))
        {
            return await run.StaleAsync(step, rotation.Differs(run.Plan.Target, now));
        }
        var former = await run.FormerAsync();
        if (former is null || rotation.Restores is null && !rotation.Keys.All(former.ContainsKey))
        {
            return await run.StaleAsync(
                step,
                $"{run.Plan.Target} no longer has the keys that the plan names in version {rotation.Version}"
            );
        }
        return
            rotation.Logins is { } logins
            && !(former.TryGetValue(logins.UserKey, out var user) && user.ValueEquals(logins.Former.User))
            ? await run.StaleAsync(step, $"{run.Plan.Target} no longer names {logins.Former.User}")
            : null;
    }

    public async Task<ActionOutcome?> WriteAsync(RotationRun run, PlanStep step)
    {
        var (rotation, path) = (run.Rotation, run.Path!);
        var now = await versions.CurrentAsync(run.Vault, path, rotation.Version, CancellationToken.None);
        if (now == rotation.Version)
        {
            if (await run.FormerAsync() is not { } former)
            {
                return await StaleAsync(run, step, $"version {rotation.Version} of {run.Plan.Target} is gone");
            }
            var (made, whyNot) = rotation.AppRole is null ? (null, null) : await AppRoleSteps.RenewedAsync(run, former);
            if (whyNot is not null)
            {
                await run.FailAsync(step, whyNot);
                return new ActionOutcome(ProposalState.Failed, $"{whyNot} Nothing was written.", Undo: "none");
            }
            var renewed =
                made is not null ? made
                : rotation.Restores is { } back ? await run.Vault.DataAsync(path.Full, back, CancellationToken.None)
                : await SecretVersions.RenewedAsync(run.Vault, path, rotation, former, CancellationToken.None);
            if (renewed is null)
            {
                return await StaleAsync(run, step, Text($"version {rotation.Restores} of {run.Plan.Target} is gone"));
            }
            try
            {
                // Whether a write arrived is not known until it is answered.
                run.Changed();
                run.Restored = rotation.Restores is null ? null : renewed;
                (var written, now) = await versions.WriteOnceAsync(run.Vault, path, rotation, renewed);
                if (written == rotation.NextVersion)
                {
                    return null;
                }
            }
            catch (UpstreamException exception)
                when (exception is not ForeignAnswer && exception.Status is >= 400 and < 500 and not 429)
            {
                await AppRoleSteps.DropUnwrittenAsync(run);
                await run.FailAsync(step, Words(exception));
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{Words(exception)} Nothing was written.",
                    (exception as VaultStanding)?.Code,
                    Undo: "none"
                );
            }
        }
        // Begun before, or somebody else was faster.
        if (now >= rotation.NextVersion && await run.IsMadeAsync())
        {
            return null;
        }
        return now == rotation.Version
                ? Later(
                    Text(
                        $"Vault refused to write after version {now}, which it shows as the current one. It is tried again."
                    )
                )
            : await IsUntoldAsync(run, step, now)
                ? new ActionOutcome(
                    ProposalState.Failed,
                    Text(
                        $"Version {now} of {run.Plan.Target} was written at that time, and whether it holds the data of version {rotation.Restores} can't be told any more: Vault dropped that one. It was left as it is, and nobody was restarted."
                    ),
                    Undo: "none"
                )
            : await StaleAsync(run, step, rotation.Differs(run.Plan.Target, now));
    }

    public async Task<ActionOutcome?> VerifyAsync(RotationRun run, PlanStep step)
    {
        var rotation = run.Rotation;
        var (current, read) = await versions.ReadBackAsync(run.Vault, run.Path!, rotation.NextVersion);
        if (read is null || current is null || current < rotation.NextVersion)
        {
            return Later(Text($"Vault took version {rotation.NextVersion} and does not show it yet."));
        }
        if (current > rotation.NextVersion)
        {
            await AppRoleSteps.DropUnwrittenAsync(run);
            await run.FailAsync(step, "Another version was written right after.");
            return new ActionOutcome(
                ProposalState.Failed,
                Text(
                    $"Version {rotation.NextVersion} was written, and somebody wrote version {current} right after it. Theirs was left as it is, and nobody was restarted."
                ),
                Undo: "none"
            );
        }
        if (!await run.IsMadeAsync())
        {
            return await undo.FailedAsync(
                run,
                step,
                Text($"Version {rotation.NextVersion} does not read back as it was written.")
            );
        }
        if (rotation.Restores is { } restored)
        {
            await ages.KeepAsync(run.Vault, run.Path!, restored, rotation.NextVersion);
        }
        if (run.IsResumed)
        {
            // An earlier turn may have made a secret id, and died before it was written.
            await AppRoleSteps.DropUnwrittenAsync(run);
        }
        return null;
    }

    private static async Task<ActionOutcome> StaleAsync(RotationRun run, PlanStep step, string differs)
    {
        await AppRoleSteps.DropUnwrittenAsync(run);
        return await run.StaleAsync(step, differs);
    }

    /// <summary>A death between a write and its answer, with nothing left to compare what is there with.</summary>
    private static async Task<bool> IsUntoldAsync(RotationRun run, PlanStep step, int? now) =>
        now == run.Rotation.NextVersion
        && run.WasBegunBefore(step)
        && run.Rotation.Restores is { } restored
        && await run.Vault.DataAsync(run.Path!.Full, restored, CancellationToken.None) is null;
}
