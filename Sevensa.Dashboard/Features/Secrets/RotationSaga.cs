using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Carries out rotations that end where the secret is used: a database's login, and the containers that read it. What it told of
/// its steps is its journal. A step that was begun and not told of as done is looked for in the world before it is done again;
/// one that failed means that all is taken back; and what can't be asked now is waited for, by ending as unknown and being called
/// again. No value is remembered between two steps: Vault has them all.
/// </summary>
internal sealed class RotationSaga(
    Func<VaultClient> clients,
    ITenantScopes scopes,
    IHostErrands errands,
    VersionSteps versions,
    LoginSteps logins,
    EnteredStep entered,
    ProbeStep probes,
    RotationUndo undo,
    RotationDenials denials
)
{
    public async Task<ActionOutcome> RunAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var plan = action.Plan;
        SecretPath? path = null;
        if (
            !StaticRotation.Is(plan)
            && !SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out path)
        )
        {
            return new ActionOutcome(
                ProposalState.Refused,
                $"{plan.Target} is not a path of {plan.Tenant}. Nothing was written.",
                "localPolicy"
            );
        }
        var run = new RotationRun(action, path, clients(), report, told);
        try
        {
            return await EndOfAsync(run, cancellation);
        }
        catch (UpstreamException exception)
        {
            return run.HasChangedNothing
                ? new ActionOutcome(ProposalState.Failed, $"{Words(exception)} Nothing was changed.", Undo: "none")
                : Later($"{Words(exception)} It goes on by itself after its last step.");
        }
    }

    private async Task<ActionOutcome> EndOfAsync(RotationRun run, CancellationToken cancellation)
    {
        try
        {
            return run.Failed is { } why ? await undo.UndoAsync(run, why) : await GoOnAsync(run, cancellation);
        }
        catch (VaultStanding denial)
        {
            return await denials.EndAsync(run, denial);
        }
    }

    private async Task<ActionOutcome> GoOnAsync(RotationRun run, CancellationToken cancellation)
    {
        foreach (var step in run.Plan.Steps.Where(step => !run.Done.Contains(step.Number)))
        {
            if (cancellation.IsCancellationRequested && !run.IsPastReturn)
            {
                return run.HasChangedNothing
                    ? new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was changed.")
                    : await undo.FailedAsync(run, step, "Somebody asked to cancel it.");
            }
            await run.BeginAsync(step);
            var end = step.Verb switch
            {
                RotationPlan.Read => await versions.ReadAsync(run, step),
                RotationPlan.Write when run.Rotation.Entered => await entered.WaitAsync(run, step, cancellation),
                RotationPlan.Write => await versions.WriteAsync(run, step),
                RotationPlan.Verify => await versions.VerifyAsync(run, step),
                RehearseSecret.Back => await undo.BackAsync(run, step),
                AppRoleSteps.Retire => await AppRoleSteps.RetireAsync(run),
                ProbeStep.Verb => await probes.AskAsync(run, step),
                DatabaseSteps.Renew => await LoginSteps.RenewAsync(run, step),
                DatabaseSteps.Try => await logins.TryAsync(run, step),
                DatabaseSteps.Unused => await logins.UnusedAsync(run, step, cancellation),
                DatabaseSteps.Retire => await logins.RetireAsync(run, step),
                _ => await RestartAsync(run, step),
            };
            if (end is not null)
            {
                return end;
            }
            await run.DoneAsync(step);
        }
        return new ActionOutcome(ProposalState.Succeeded, run.Ending());
    }

    private async Task<ActionOutcome?> RestartAsync(RotationRun run, PlanStep step)
    {
        var outcome = await errands.RunAsync(run.Action, step, Occasion(step), CancellationToken.None);
        return outcome.State switch
        {
            ProposalState.Succeeded => null,
            ProposalState.Unknown => Later(outcome.Text),
            ProposalState.Refused => await RefusedAsync(run, step, outcome),
            _ => await undo.FailedAsync(run, step, $"{step.Title}: {outcome.Text}"),
        };
    }

    private async Task<ActionOutcome> RefusedAsync(RotationRun run, PlanStep step, ActionOutcome outcome)
    {
        await run.LeftAloneAsync(step, outcome.Text);
        return await undo.FailedAsync(run, step, $"{step.Title}: {outcome.Text}");
    }
}
