using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.Roots;

/// <summary>
/// Carries out <see cref="RotateRoot"/>. Each step may be done again: a root that is rotated twice has a password that nobody knew,
/// and another one.
/// </summary>
internal sealed class RotateRootExecutor(
    Func<VaultClient> clients,
    IEnumerable<IDatabaseLogins> databases,
    TimeProvider time
) : IResumingExecutor
{
    /// <summary>So long what Vault can't say is asked again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public string Kind => RotateRoot.Kind;

    public bool Resumes(ActionPlan plan) => true;

    public Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    ) => ResumeAsync(action, [], report, cancellation);

    public async Task<ActionOutcome> ResumeAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var plan = action.Plan;
        var begun = told.Where(one => one.Type == "step").Select(one => one.Step).ToHashSet();
        var done = told.Where(one => one is { Type: "step", Status: "done" }).Select(one => one.Step).ToHashSet();
        foreach (var step in plan.Steps.Where(step => !done.Contains(step.Number)))
        {
            var isChanged = begun.Contains(2);
            if (cancellation.IsCancellationRequested && !isChanged)
            {
                return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was changed.");
            }
            begun.Add(step.Number);
            await TellAsync(step.Number, "started", null);
            var end =
                step.Verb == RotateRoot.Try
                    ? await TryAsync(plan, step.On, isChanged, report)
                    : await RotateAsync(
                        plan,
                        told.FirstOrDefault(one => one.Type == "step" && one.Step == step.Number)?.At
                    );
            if (end is not null)
            {
                if (end.State == ProposalState.Failed)
                {
                    await TellAsync(step.Number, "failed", end.Text);
                }
                return end;
            }
            await TellAsync(step.Number, "done", null);
        }
        return new ActionOutcome(
            ProposalState.Succeeded,
            $"Vault's own login of {plan.Target} has a password that Vault alone knows, and Vault makes logins by it."
        );

        Task TellAsync(int number, string status, string? text) =>
            report(new ActionReport("", 0, default, "step", number, status, text));
    }

    /// <param name="begunAt">When somebody was at it before, who may have done it.</param>
    private async Task<ActionOutcome?> RotateAsync(ActionPlan plan, DateTimeOffset? begunAt)
    {
        try
        {
            await clients().RotateRootAsync(plan.Target, CancellationToken.None);
            return null;
        }
        catch (UpstreamException exception) when (IsUndone(exception))
        {
            var stands = begunAt is null
                ? "Vault keeps the former password."
                : "Whether an earlier try changed it is not known; Vault keeps whichever is right.";
            return Failed(exception, $"{Words(exception)} {stands}");
        }
        catch (UpstreamException exception) when (time.GetUtcNow() - begunAt >= Longest)
        {
            return Failed(
                exception,
                $"{Words(exception)} So it was for {Longest.TotalMinutes:0} minutes. Whether the password was changed is not known; Vault keeps whichever is right, and whoever signs in by the former one may be refused."
            );
        }
        catch (UpstreamException exception)
        {
            return Later($"{Words(exception)} It goes on by itself: rotating it twice does no harm.");
        }
    }

    /// <summary>
    /// Vault says that it did nothing. A 500 says that only where the database could not be reached: Vault answers so as well when
    /// the deed is done and its own record or store fails after it.
    /// </summary>
    private static bool IsUndone(UpstreamException exception) =>
        exception is not ForeignAnswer
        && (
            exception is VaultStanding
            || exception.Status is 400
            || exception.Message.Contains("failed to update user", StringComparison.Ordinal)
                && exception.Message.Contains("failed to connect", StringComparison.Ordinal)
        );

    private async Task<ActionOutcome?> TryAsync(
        ActionPlan plan,
        string role,
        bool isChanged,
        Func<ActionReport, Task> report
    )
    {
        var vault = clients();
        try
        {
            var given = await vault.CredentialsAsync(role, CancellationToken.None);
            if (given is not { LeaseId.Length: > 0, Data: { Username: { } user, Password: { } password } })
            {
                return Failed(null, $"Vault made no login by {role}. {After(plan, isChanged)}");
            }
            var trial =
                databases.FirstOrDefault() is { } logins && logins.Knows(plan.Target)
                    ? await logins.TryAsync(plan.Target, null, user, password, CancellationToken.None)
                    : null;
            await GiveBackAsync(vault, given.LeaseId, report);
            return trial is null or { Opens: true } ? null
                : trial.Reached || !isChanged ? Failed(null, $"{trial.Words} {After(plan, isChanged)}")
                : Later($"{trial.Words} It is tried again.");
        }
        catch (UpstreamException exception)
            when (!isChanged
                || exception is VaultStanding
                || exception is not ForeignAnswer && exception.Status is 400
                || IsRefusedSignIn(exception)
            )
        {
            return Failed(exception, $"{Words(exception)} {After(plan, isChanged)}");
        }
        catch (UpstreamException exception)
        {
            return Later($"{Words(exception)} Whether Vault still gets in is tried again.");
        }
    }

    private static async Task GiveBackAsync(VaultClient vault, string lease, Func<ActionReport, Task> report)
    {
        try
        {
            await vault.RevokeAsync(lease, CancellationToken.None);
        }
        catch (UpstreamException exception)
        {
            await report(
                new ActionReport(
                    "",
                    0,
                    default,
                    "progress",
                    Text: $"The login that was tried could not be given back, and ends by itself: {Words(exception)}"
                )
            );
        }
    }

    private static string After(ActionPlan plan, bool isChanged) =>
        isChanged
            ? $"The root's password was changed, and it is not seen that Vault gets in by it. If it does not, have a superuser of the database set another for Vault's login, and give it to Vault: vault write database/config/{plan.Target} password=…"
            : "Nothing was changed.";

    /// <summary>The database let Vault's own login not in (class 28 of SQLSTATE): waiting does not mend that.</summary>
    private static bool IsRefusedSignIn(UpstreamException exception) =>
        exception.Message.Contains("SQLSTATE 28", StringComparison.Ordinal)
        || exception.Message.Contains("password authentication failed", StringComparison.Ordinal);

    private static ActionOutcome Failed(UpstreamException? exception, string why) =>
        new(ProposalState.Failed, why, (exception as VaultStanding)?.Code, Undo: "none");
}
