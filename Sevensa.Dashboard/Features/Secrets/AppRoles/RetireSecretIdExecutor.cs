using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.AppRoles;

/// <summary>Carries out <see cref="RetireSecretId"/>; what is destroyed already is only looked at again.</summary>
internal sealed class RetireSecretIdExecutor(Func<VaultClient> clients, ITenantScopes scopes, TimeProvider time)
    : IResumingExecutor
{
    /// <summary>So long what Vault can't say is asked again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public string Kind => RetireSecretId.Kind;

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
        var (plan, retired, vault) = (action.Plan, RetiredId.Of(action.Plan), clients());
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return new ActionOutcome(
                ProposalState.Refused,
                $"{plan.Target} is not a path of {plan.Tenant}. Nothing was changed.",
                "localPolicy"
            );
        }
        var begunAt = told.FirstOrDefault(one => one.Type == "step")?.At;
        // Told right before anything is destroyed.
        var mayBeDone = told.Any(one => one.Type == "progress");
        if (cancellation.IsCancellationRequested && !mayBeDone)
        {
            return Cancelled();
        }
        var step = new RetireStep(report);
        try
        {
            await step.TellAsync("started", null);
            if (await WhyStaleAsync(vault, path, plan, retired) is { } differs)
            {
                await step.TellAsync("failed", differs);
                if (begunAt is not null)
                {
                    return new ActionOutcome(
                        ProposalState.Failed,
                        Text(
                            $"The secret is no longer the one that was approved ({differs}), and this was begun before: whether the secret id in version {retired.Version} was destroyed is not known."
                        ),
                        "stale",
                        Undo: "none",
                        Differences: [differs]
                    );
                }
                return new ActionOutcome(
                    ProposalState.Refused,
                    "The secret is no longer the one that was approved. Propose it again.",
                    "stale",
                    Differences: [differs]
                );
            }
            if (cancellation.IsCancellationRequested && !mayBeDone)
            {
                return Cancelled();
            }
            var former = (await vault.DataAsync(path.Full, retired.Version, CancellationToken.None))!;
            var why = await AppRoleSteps.WhyAliveAsync(
                vault,
                retired.Login,
                AppRoleSteps.TextOf(former, retired.Login.RoleIdKey),
                AppRoleSteps.TextOf(former, retired.Key)!,
                step.TellAsync
            );
            await step.TellAsync(why is null ? "done" : "failed", why);
            return why is null
                ? new ActionOutcome(
                    ProposalState.Succeeded,
                    Text($"The secret id of {retired.Login.Role} in version {retired.Version} logs in no more.")
                )
                : new ActionOutcome(ProposalState.Failed, why, Undo: "none");
        }
        catch (VaultStanding standing)
        {
            return new ActionOutcome(ProposalState.Failed, Words(standing), standing.Code, Undo: "none");
        }
        catch (UpstreamException exception) when (time.GetUtcNow() - begunAt >= Longest)
        {
            var why =
                $"{Words(exception)} So it was for {Longest.TotalMinutes:0} minutes. Whether the secret id was destroyed is not known.";
            await step.TellAsync("failed", why);
            return new ActionOutcome(ProposalState.Failed, why, Undo: "none");
        }
        catch (UpstreamException exception)
        {
            return Later($"{Words(exception)} It goes on by itself: what is destroyed already is only looked at.");
        }
    }

    private static ActionOutcome Cancelled() =>
        new(ProposalState.Cancelled, "Cancelled before anything was destroyed.");

    /// <summary>What is used now must not be what is destroyed.</summary>
    private static async Task<string?> WhyStaleAsync(
        VaultClient vault,
        SecretPath path,
        ActionPlan plan,
        RetiredId retired
    )
    {
        var now = await vault.MetadataAsync(path.Full, CancellationToken.None);
        if (now?.CurrentVersion != retired.Current)
        {
            return new RotationPlan(retired.Current, "", 0).Differs(plan.Target, now?.CurrentVersion);
        }
        return
            await vault.DataAsync(path.Full, retired.Version, CancellationToken.None) is { } former
            && AppRoleSteps.TextOf(former, retired.Key) is not null
            ? null
            : Text($"version {retired.Version} of {plan.Target} is gone");
    }

    /// <summary>The plan's one step, as it is told of.</summary>
    private sealed class RetireStep(Func<ActionReport, Task> report)
    {
        public Task TellAsync(string status, string? text) =>
            report(new ActionReport("", 0, default, "step", 1, status, text));

        public Task TellAsync(string text) => report(new ActionReport("", 0, default, "progress", Text: text));
    }
}
