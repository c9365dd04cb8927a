using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>The steps of a rotation that end in a database: a login gets a new password, is tried, is seen unused, and is taken from service.</summary>
internal sealed class LoginSteps(RotationUndo undo, IEnumerable<IDatabaseLogins> databases, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public static async Task<ActionOutcome?> RenewAsync(RotationRun run, PlanStep step)
    {
        var (login, _, _) = DatabaseSteps.Of(step);
        try
        {
            if (run.Path is null)
            {
                // It is in use: an answer that is lost leaves open which password is right.
                run.Changed();
            }
            await run.Vault.RotateRoleAsync(login.Role, CancellationToken.None);
            run.Changed();
            return null;
        }
        catch (VaultDenial)
        {
            if (run.WasBegunBefore(step) && await IsRenewedAsync(run))
            {
                // Done before the right was taken away: whoever uses it needs it now.
                return null;
            }
            // Refused before anything was done.
            run.NotChanged();
            throw;
        }
        catch (UpstreamException exception)
            when (exception is not ForeignAnswer && exception.Status is 400 or 404 or 405 or 500)
        {
            var why =
                exception.Status == 500
                    ? $"{Words(exception)} Where the database could not be reached, Vault tries again by itself until it is sealed or restarted, so {login.User} may get its new password later: look with vault read {VaultRoles.StaticCredentials}{login.Role}."
                    : Words(exception);
            return new ActionOutcome(
                ProposalState.Failed,
                run.Path is null ? why : $"{why} {run.Plan.Target} was not written, and nobody uses {login.User}.",
                Undo: "none"
            );
        }
    }

    private static async Task<bool> IsRenewedAsync(RotationRun run)
    {
        try
        {
            return run.Path is null && await StaticRotation.IsRotatedAsync(run.Plan, run.Vault, CancellationToken.None);
        }
        catch (VaultStanding)
        {
            return false;
        }
    }

    public async Task<ActionOutcome?> TryAsync(RotationRun run, PlanStep step)
    {
        var (login, instance, database) = DatabaseSteps.Of(step);
        var given = await run.Vault.StaticLoginAsync(VaultRoles.StaticCredentials + login.Role, CancellationToken.None);
        run.Vault.Remember(given?.Password, run.Plan.Tenant);
        var trial =
            given?.Password is { } password && databases.FirstOrDefault() is { } logins
                ? await logins.TryAsync(instance!, database, login.User, password, CancellationToken.None)
                : new LoginTrial(false, false, $"There is no way to sign in as {login.User} from here.");
        if (trial.Opens)
        {
            return null;
        }
        if (run.Path is null && !trial.Reached && !run.HasChangedNothing)
        {
            return Later($"{trial.Words} Whether the new password opens it is tried again.");
        }
        return new ActionOutcome(
            ProposalState.Failed,
            run.HasChangedNothing ? $"{trial.Words} Nothing was changed."
                : run.Path is null
                    ? $"{trial.Words} The former password is gone: what Vault keeps and what the database has may differ. Rotate it again."
                : $"{trial.Words} {run.Plan.Target} was not written, and nobody uses {login.User}.",
            Undo: "none"
        );
    }

    public async Task<ActionOutcome?> UnusedAsync(RotationRun run, PlanStep step, CancellationToken cancellation)
    {
        var (login, instance, _) = DatabaseSteps.Of(step);
        var until = time.GetUtcNow() + TimeSpan.FromSeconds(DatabaseSteps.UnusedWithinSeconds);
        while (true)
        {
            var sessions = await databases.First().SessionsAsync(instance!, login.User, CancellationToken.None);
            if (sessions.Count == 0)
            {
                return null;
            }
            if (time.GetUtcNow() >= until || cancellation.IsCancellationRequested)
            {
                var whose = sessions
                    .Select(session =>
                        $"{session.Program ?? "an unnamed program"} from {session.From ?? "the host itself"}"
                    )
                    .Distinct(StringComparer.Ordinal)
                    .Take(5);
                return await undo.FailedAsync(
                    run,
                    step,
                    Text(
                        $"{login.User} still has {sessions.Count} session(s) on {instance}: {string.Join("; ", whose)}. Whoever that is uses this secret too; label its container (sevensa.secret.NAME={run.Plan.Target}), or end it, and propose it again."
                    )
                );
            }
            await Task.Delay(LookEvery, time, CancellationToken.None);
        }
    }

    public async Task<ActionOutcome?> RetireAsync(RotationRun run, PlanStep step)
    {
        var (login, instance, database) = DatabaseSteps.Of(step);
        if (!await run.IsMadeAsync())
        {
            var next = run.Rotation.Logins!.Next.User;
            return new ActionOutcome(
                ProposalState.Failed,
                Text(
                    $"Version {run.Rotation.NextVersion} of {run.Plan.Target} no longer holds the password that Vault keeps for {next}, so it may not open the database. {(run.WasBegunBefore(step) ? $"Whether {login.User} was taken from service is not known." : $"{login.User} was left in service.")} Propose it again."
                ),
                Undo: "none"
            );
        }
        // Told right before: who has lost this to another dashboard is stopped here, and changes no password any more.
        await run.TellAsync($"Taking {login.User} from service");
        try
        {
            await run.Vault.RotateRoleAsync(login.Role, CancellationToken.None);
        }
        catch (UpstreamException exception)
            when (exception is not ForeignAnswer && exception.Status is 400 or 404 or 405)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"The new login is in use everywhere. The former one, {login.User}, could not be taken from service: {Words(exception)} Its former password still opens the database.",
                Undo: "none"
            );
        }
        if (
            instance is null
            || databases.FirstOrDefault() is not { } logins
            || (await FormerAsync(run))?.GetValueOrDefault(run.Rotation.Key)
                is not { ValueKind: JsonValueKind.String } former
        )
        {
            return null;
        }
        var trial = await logins.TryAsync(instance, database, login.User, former.GetString()!, CancellationToken.None);
        if (trial.Reached && !trial.Opens)
        {
            return null;
        }
        if (!trial.Opens)
        {
            return Later($"{trial.Words} Whether the former password still opens it is tried again.");
        }
        return new ActionOutcome(
            ProposalState.Failed,
            $"The new login is in use everywhere. The former password of {login.User} still opens {instance}, though Vault says that it has changed it: does pg_hba.conf let it in without one (trust)?",
            Undo: "none"
        );
    }

    /// <summary>Null too where a policy does not let it be read: its password is changed by then, and is only not tried.</summary>
    private static async Task<Dictionary<string, JsonElement>?> FormerAsync(RotationRun run)
    {
        try
        {
            return await run.FormerAsync();
        }
        catch (VaultStanding)
        {
            return null;
        }
    }
}
