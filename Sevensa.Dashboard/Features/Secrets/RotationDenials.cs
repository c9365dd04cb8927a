using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Ends a rotation that Vault does not let go on.</summary>
internal sealed class RotationDenials(RotationUndo undo)
{
    /// <summary>
    /// Vault does not let it go on (its policy, or what is not there any more), which no waiting mends: it ends, and says what is in
    /// use and what a person does once that is another.
    /// </summary>
    public async Task<ActionOutcome> EndAsync(RotationRun run, VaultStanding denial)
    {
        var why = Words(denial);
        if (run.IsTakenBack || run.Failed is not null)
        {
            return NotTakenBack(denial, run, run.Failed is { } first ? $"{first} {why}" : why);
        }
        // What takes nothing back is told by the outcome alone: a step told as failed has whoever takes this over take it back.
        if (run.HasChangedNothing)
        {
            return Denied(denial, $"{why} Nothing was changed.");
        }
        if (run.IsPastReturn && run.Rotation.Logins is { Former: var former })
        {
            var stays =
                run.Current is { } retiring && run.WasBegunBefore(retiring)
                    ? $"Whether {former.User} was taken from service is not known: its former password may still open the database."
                    : $"{former.User} was not taken from service, and its former password still opens the database.";
            return Denied(
                denial,
                $"{why} The new login is in use everywhere. {stays} {denial.Once}, propose secret.rotate of {VaultRoles.StaticRoles}{former.Role}: nobody uses that login."
            );
        }
        if (run.Current is { Verb: DatabaseSteps.Renew } renewal)
        {
            var (login, _, _) = DatabaseSteps.Of(renewal);
            return Denied(
                denial,
                run.Path is null
                    ? $"{why} Whether {login.User} has its new password already is told by last_vault_rotation: vault read {VaultRoles.StaticRoles}{login.Role}. {IfRenewed(run)}{denial.Once}, propose it again."
                    : $"{why} {run.Plan.Target} was not written, and nobody uses {login.User}. {denial.Once}, propose it again."
            );
        }
        try
        {
            if (run.Current is { } step)
            {
                await run.FailAsync(step, why);
            }
            return await undo.UndoAsync(run, why);
        }
        catch (VaultStanding again)
        {
            return NotTakenBack(again, run, Words(again) == why ? why : $"{why} {Words(again)}");
        }
    }

    private static string IfRenewed(RotationRun run) =>
        run.Plan.Containers.Count == 0
            ? ""
            : $"If it has, restart {string.Join(", ", run.Plan.Containers.Select(container => container.Name))}: nobody was restarted. ";

    private static ActionOutcome NotTakenBack(VaultStanding denial, RotationRun run, string why) =>
        Denied(
            denial,
            run.Path is null
                ? why
                : Text(
                    $"{why} So it is not taken back: version {run.Rotation.NextVersion} may still be current{(run.Rotation.Logins is null ? "" : Text($", and what it and version {run.Rotation.Version} hold opens what it is for"))}. {denial.Once}, propose secret.restore of {run.Plan.Target} with version {run.Rotation.Version}: that writes it back and restarts who uses it."
                ),
            "failed"
        );

    private static ActionOutcome Denied(VaultStanding denial, string text, string undo = "none") =>
        new(ProposalState.Failed, text, denial.Code, Undo: undo);
}
