using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Carries out <c>lease.revoke</c>. Each part may be done again: a lease that is gone is revoked. "Revoked" is said when the login
/// is gone where that can be seen; a lease that Vault could not take back lives on, and is told.
/// </summary>
internal sealed class LeaseRevocation(Func<VaultClient> clients, LeaseLogins logins, IHostErrands errands)
    : IResumingExecutor
{
    private const int AtOnce = 8;
    private const int MostNamed = 20;

    public string Kind => RevokeLease.Kind;

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
        var begun = told.Where(one => one.Type == "step").Select(one => one.Step).ToHashSet();
        var ended = told.Where(one => one is { Type: "step", Status: "done" }).Select(one => one.Step).ToHashSet();
        var isRevoked = false;
        try
        {
            foreach (var step in action.Plan.Steps.Where(step => !ended.Contains(step.Number)).ToList())
            {
                isRevoked = step.Verb == RevokeLease.Gone;
                // With all revoked there is nothing left to cancel but the look.
                if (cancellation.IsCancellationRequested && !isRevoked)
                {
                    return await CancelledAsync(action.Plan, begun, ended);
                }
                begun.Add(step.Number);
                await TellAsync(step.Number, "started", null);
                var outcome = step.Verb switch
                {
                    RevokeLease.Kind => await RevokeAsync(
                        action.Plan,
                        report,
                        () => CancelledAsync(action.Plan, begun, ended),
                        cancellation
                    ),
                    RevokeLease.Gone => await SeeAsync(action.Plan, step),
                    _ => await RestartAsync(action, step),
                };
                if (outcome is not null)
                {
                    if (outcome.State == ProposalState.Failed)
                    {
                        await TellAsync(step.Number, "failed", outcome.Text);
                    }
                    return outcome;
                }
                ended.Add(step.Number);
                await TellAsync(step.Number, "done", null);
            }
        }
        catch (VaultStanding denial)
        {
            return await DeniedAsync(action.Plan, denial);
        }
        catch (UpstreamException exception) when (isRevoked && cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(
                ProposalState.Cancelled,
                $"Cancelled on the way. Vault says that it has revoked {RevokeLease.Counted(RevokeLease.LeasesOf(action.Plan).Count, "lease")}. Whether the logins are gone could not be seen: {Words(exception)}"
            );
        }
        catch (UpstreamException exception)
        {
            return new ActionOutcome(ProposalState.Unknown, $"{Words(exception)} It goes on by itself.");
        }
        return new ActionOutcome(ProposalState.Succeeded, Ending(action.Plan));

        Task TellAsync(int number, string status, string? text) =>
            report(new ActionReport("", 0, default, "step", number, status, text));
    }

    private async Task<ActionOutcome?> RestartAsync(SignedAction action, PlanStep step)
    {
        var outcome = await errands.RunAsync(
            action,
            step,
            step.Number.ToString(CultureInfo.InvariantCulture),
            CancellationToken.None
        );
        return outcome.State switch
        {
            ProposalState.Succeeded => null,
            ProposalState.Unknown => outcome,
            _ => Failed($"{step.Title}: {outcome.Text} Nothing was revoked."),
        };
    }

    /// <summary>What was done stays done: it says of each part how it stands.</summary>
    private async Task<ActionOutcome> CancelledAsync(ActionPlan plan, HashSet<int?> begun, HashSet<int?> ended)
    {
        var restarted = NamesOf(plan, step => ended.Contains(step.Number));
        var perhaps = NamesOf(plan, step => begun.Contains(step.Number) && !ended.Contains(step.Number));
        var again =
            (
                restarted.Count == 0
                    ? ""
                    : $" {string.Join(", ", restarted)} {(restarted.Count == 1 ? "was" : "were")} restarted before."
            ) + (perhaps.Count == 0 ? "" : $" Whether {string.Join(", ", perhaps)} was restarted is not known.");
        return begun.Contains(plan.Steps.Single(step => step.Verb == RevokeLease.Kind).Number)
            ? new ActionOutcome(ProposalState.Cancelled, $"Cancelled on the way. {await StandAsync(plan)}{again}")
            : new ActionOutcome(ProposalState.Cancelled, $"Cancelled before anything was revoked.{again}");
    }

    private static List<string> NamesOf(ActionPlan plan, Func<PlanStep, bool> which) =>
        [
            .. plan
                .Steps.Where(step => step.IsErrand() && which(step))
                .Select(step => plan.Containers.Single(container => container.Id == step.On).Name),
        ];

    /// <summary>A policy denies it, or its engine is not there any more, which no waiting mends: it ends, and says how far it came.</summary>
    private async Task<ActionOutcome> DeniedAsync(ActionPlan plan, VaultStanding denial)
    {
        string stand;
        try
        {
            stand = await StandAsync(plan);
        }
        catch (UpstreamException)
        {
            stand = "Which of the leases are gone is not known.";
        }
        return Failed($"{Words(denial)} {stand} {denial.Once}, propose it again.") with { Code = denial.Code };
    }

    /// <summary>Which leases are gone and which are left, as Vault has them now; where its policy does not let it be asked, that.</summary>
    private async Task<string> StandAsync(ActionPlan plan)
    {
        try
        {
            return await LookAsync(plan);
        }
        catch (VaultStanding denial)
        {
            return $"Which of {RevokeLease.Counted(RevokeLease.LeasesOf(plan).Count, "lease")} are gone is not known: {Words(denial)}";
        }
    }

    private async Task<string> LookAsync(ActionPlan plan)
    {
        var ids = RevokeLease.LeasesOf(plan);
        var looks = new List<(string Id, bool IsLeft)>();
        foreach (var some in ids.Chunk(AtOnce))
        {
            looks.AddRange(
                await Task.WhenAll(
                    some.Select(async id =>
                    {
                        var look = await clients().LookAtLeaseAsync(id, CancellationToken.None);
                        return look.Refusal is { } refusal ? throw refusal.Exception : (id, look.Value is not null);
                    })
                )
            );
        }
        var left = looks.Where(one => one.IsLeft).Select(one => one.Id).ToList();
        var gone = looks.Where(one => !one.IsLeft).Select(one => one.Id).ToList();
        return Text(
            $"{gone.Count} of {RevokeLease.Counted(ids.Count, "lease")} {(gone.Count == 1 ? "is" : "are")} gone{Named(gone)}, and by Vault's word their logins with them. {left.Count} {(left.Count == 1 ? "is" : "are")} left and {(left.Count == 1 ? "lives" : "live")} on{Named(left)}."
        );
    }

    private static string Named(IReadOnlyList<string> ids) =>
        ids.Count == 0
            ? ""
            : $" ({string.Join(", ", ids.Take(MostNamed).Select(id => id[VaultRoles.Credentials.Length..]))}{(ids.Count > MostNamed ? Text($" and {ids.Count - MostNamed} more") : "")})";

    private async Task<ActionOutcome?> RevokeAsync(
        ActionPlan plan,
        Func<ActionReport, Task> report,
        Func<Task<ActionOutcome>> cancelled,
        CancellationToken cancellation
    )
    {
        var ids = RevokeLease.LeasesOf(plan);
        var refused = new List<(string Id, UpstreamException Why)>();
        var (done, told) = (0, 0);
        foreach (var some in ids.Chunk(AtOnce))
        {
            if (cancellation.IsCancellationRequested)
            {
                return await cancelled();
            }
            var answers = await Task.WhenAll(some.Select(async id => (id, Why: await TryRevokeAsync(id))));
            refused.AddRange(
                answers.Where(answer => answer.Why is not null).Select(answer => (answer.id, answer.Why!))
            );
            done += some.Length;
            if (ids.Count > AtOnce && done * 10 / ids.Count > told)
            {
                told = done * 10 / ids.Count;
                await report(
                    new ActionReport(
                        "",
                        0,
                        default,
                        "progress",
                        Text: Text($"{done - refused.Count} of {ids.Count} are revoked.")
                    )
                );
            }
        }
        return refused.Count == 0
            ? null
            : Failed(
                Text(
                    $"{ids.Count - refused.Count} of {RevokeLease.Counted(ids.Count, "lease")} were revoked. {refused.Count} live on until their own end{Named([.. refused.Select(one => one.Id)])}, and what they opened stays open to them: {Words(refused[0].Why)} Once the database can be reached, revoke them again; a forced revocation would only empty Vault's list and leave the logins."
                )
            );
    }

    /// <summary>Why it was refused; null when it is revoked. What holds for more than the lease is thrown.</summary>
    private async Task<UpstreamException?> TryRevokeAsync(string id)
    {
        try
        {
            await clients().RevokeAsync(id, CancellationToken.None);
            return null;
        }
        catch (UpstreamException exception)
            when (exception is not ForeignAnswer
                && exception.Status is 400 or 500
                && !exception.Message.Contains("internal error", StringComparison.Ordinal)
            )
        {
            return
                exception.Message.Contains("invalid lease", StringComparison.Ordinal)
                || exception.Message.Contains("lease not found", StringComparison.Ordinal)
                ? null
                : exception;
        }
    }

    private async Task<ActionOutcome?> SeeAsync(ActionPlan plan, PlanStep step)
    {
        var given = step.Arguments!.Value;
        var instance = given.GetProperty("instance").GetString()!;
        var left = await logins.LeftAsync(
            instance,
            RevokeLease.RoleOf(plan.Target),
            [.. given.GetProperty("logins").EnumerateArray().Select(login => login.GetString()!)],
            CancellationToken.None
        );
        return left.Count == 0
            ? null
            : Failed(
                $"Vault says that it revoked them, but {string.Join(", ", left.Take(5))}{(left.Count > 5 ? " and others" : "")} can still sign in to {instance}. Drop them there by hand: DROP OWNED BY \"{left[0]}\"; DROP ROLE \"{left[0]}\";"
            );
    }

    private static string Ending(ActionPlan plan)
    {
        var count = RevokeLease.LeasesOf(plan).Count;
        var seen = plan.Steps.FirstOrDefault(step => step.Verb == RevokeLease.Gone);
        return seen is null
            ? $"Vault says that it has revoked {RevokeLease.Counted(count, "lease")}. Whether the logins are gone is not known: none of them could be looked at."
            : SeenEnding(count, seen.Arguments!.Value);
    }

    private static string SeenEnding(int count, JsonElement seen)
    {
        var known = seen.GetProperty("logins").GetArrayLength();
        var rest =
            known < count
                ? Text($" The login of {count - known} of them is not known, so that it is gone is Vault's word alone.")
                : "";
        return $"Revoked {RevokeLease.Counted(count, "lease")}: {RevokeLease.Counted(known, "login")} gone on {seen.GetProperty("instance").GetString()}.{rest}";
    }

    private static ActionOutcome Failed(string why) => new(ProposalState.Failed, why, Undo: "none");

    private static string Words(UpstreamException exception) =>
        $"{exception.Upstream}: {exception.Message.TrimEnd('.')}. {exception.Remedy}".TrimEnd();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
