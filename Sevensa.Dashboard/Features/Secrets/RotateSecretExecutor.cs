using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Carries out an approved rotation that ends in Vault; one that goes on with logins and containers is <see cref="RotationSaga"/>'s.
/// Values are held only within <see cref="ExecuteAsync"/>: no step, outcome or exception carries one.
/// </summary>
internal sealed class RotateSecretExecutor(
    Func<VaultClient> clients,
    ITenantScopes scopes,
    RotationSaga saga,
    SecretAgeStore ages,
    TimeProvider time
) : IResumingExecutor
{
    private readonly SecretVersions versions = new(time);

    public string Kind => RotationPlan.Kind;

    public bool Resumes(ActionPlan plan) => RotationPlan.IsSaga(plan);

    public Task<ActionOutcome> ResumeAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    ) => saga.RunAsync(action, told, report, cancellation);

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        if (RotationPlan.IsSaga(action.Plan))
        {
            return await saga.RunAsync(action, [], report, cancellation);
        }
        var (plan, rotation) = (action.Plan, RotationPlan.Of(action.Plan));
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return Refused("localPolicy", $"{plan.Target} is not a path of {plan.Tenant}. Nothing was written.");
        }
        var vault = clients();
        var step = new Steps(report);
        Dictionary<string, JsonElement> former;
        try
        {
            await step.BeginAsync(1);
            var now = await versions.CurrentAsync(vault, path, rotation.Version, cancellation);
            if (now != rotation.Version)
            {
                return await step.StaleAsync(rotation, plan.Target, now);
            }
            var read = await vault.DataAsync(path.Full, rotation.Version, cancellation);
            if (read is null || !read.ContainsKey(rotation.Key))
            {
                await step.FailAsync("What the plan names is gone.");
                return Refused(
                    "stale",
                    "What was approved is no longer there. Nothing was written; propose again.",
                    [$"{plan.Target} no longer has the key {rotation.Key} in version {rotation.Version}"]
                );
            }
            former = read;
            await step.DoneAsync();
            cancellation.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was written.");
        }
        catch (UpstreamException exception)
        {
            await step.FailAsync(Words(exception));
            return new ActionOutcome(ProposalState.Failed, $"{Words(exception)} Nothing was written.", Undo: "none");
        }
        return await WriteAsync(vault, step, path, plan.Target, rotation, former);
    }

    private async Task<ActionOutcome> WriteAsync(
        VaultClient vault,
        Steps step,
        SecretPath path,
        string target,
        RotationPlan rotation,
        Dictionary<string, JsonElement> former
    )
    {
        Dictionary<string, JsonElement> renewed;
        try
        {
            renewed = await SecretVersions.RenewedAsync(vault, path, rotation, former, CancellationToken.None);
        }
        catch (UpstreamException exception)
        {
            await step.FailAsync(Words(exception));
            return new ActionOutcome(ProposalState.Failed, $"{Words(exception)} Nothing was written.", Undo: "none");
        }
        // From here on it is not cancelled: a version that is half known helps nobody.
        await step.BeginAsync(2);
        int? written;
        try
        {
            (written, var now) = await versions.WriteOnceAsync(vault, path, rotation, renewed);
            if (written is null)
            {
                if (now is null || now != rotation.Version)
                {
                    return await step.StaleAsync(rotation, target, now);
                }
                var still = Text(
                    $"Vault refused to write after version {rotation.Version}, which it shows as the current one."
                );
                await step.FailAsync(still);
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{still} Nothing was written; it may have been catching up, so propose it again.",
                    Undo: "none"
                );
            }
        }
        catch (UpstreamException exception)
            when (exception is not ForeignAnswer && exception.Status is >= 400 and < 500)
        {
            await step.FailAsync(Words(exception));
            return new ActionOutcome(ProposalState.Failed, $"{Words(exception)} Nothing was written.", Undo: "none");
        }
        catch (UpstreamException exception)
        {
            await step.FailAsync(Words(exception));
            return Unknown($"{Words(exception)} Whether the new version was written is being found out.");
        }
        await step.DoneAsync();
        await step.BeginAsync(3);
        try
        {
            var (current, read) = await versions.ReadBackAsync(vault, path, written.Value);
            if (read is null || current is null || current < written)
            {
                var late = Text($"Vault took version {written} and does not show it yet.");
                await step.FailAsync(late);
                return Unknown($"{late} What it holds is being found out.");
            }
            if (written == rotation.NextVersion && SecretVersions.Same(read, renewed))
            {
                if (current != written)
                {
                    await step.FailAsync("Another version was written right after.");
                    return new ActionOutcome(
                        ProposalState.Failed,
                        Text(
                            $"Version {written} was written, and somebody wrote version {current} right after it. Theirs was left as it is."
                        ),
                        Undo: "none"
                    );
                }
                await step.DoneAsync();
                return new ActionOutcome(
                    ProposalState.Succeeded,
                    Text(
                        $"Version {written} of {target} is current and reads back as it was written. Services use it once they read it again."
                    )
                );
            }
        }
        catch (UpstreamException exception)
        {
            await step.FailAsync(Words(exception));
            return Unknown(
                Text($"Vault took version {written}, and then: {Words(exception)} What it holds is being found out.")
            );
        }
        await step.FailAsync(Text($"Version {written} does not read back as it was written."));
        return await UndoAsync(vault, path, rotation, former, written.Value);
    }

    private async Task<ActionOutcome> UndoAsync(
        VaultClient vault,
        SecretPath path,
        RotationPlan rotation,
        Dictionary<string, JsonElement> former,
        int written
    )
    {
        var broken = Text($"Version {written} did not read back as it was written.");
        try
        {
            if (await vault.WriteAsync(path.Full, former, written, CancellationToken.None) is not { } back)
            {
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{broken} Somebody wrote another version meanwhile, which was left as it is.",
                    Undo: "failed"
                );
            }
            await ages.KeepAsync(vault, path, rotation.Version, back);
            return new ActionOutcome(
                ProposalState.RolledBack,
                Text($"{broken} The data of version {rotation.Version} was written back as version {back}."),
                Undo: "done"
            );
        }
        catch (UpstreamException exception)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                Text(
                    $"{broken} Writing version {rotation.Version} back failed: {Words(exception)} Do it by hand: vault kv rollback -version={rotation.Version}"
                ),
                Undo: "failed"
            );
        }
    }

    private static string Words(UpstreamException exception) =>
        $"Vault: {exception.Message.TrimEnd('.')}. {exception.Remedy}".TrimEnd();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static ActionOutcome Unknown(string text) => new(ProposalState.Unknown, text);

    private static ActionOutcome Refused(string code, string text, IReadOnlyList<string>? differences = null) =>
        new(ProposalState.Refused, text, code, Differences: differences);

    /// <summary>Tells which step is under way; whoever takes the report fills in id, number and time.</summary>
    private sealed class Steps(Func<ActionReport, Task> report)
    {
        private int current;

        public Task BeginAsync(int number) => TellAsync(current = number, "started", null);

        public Task DoneAsync() => TellAsync(current, "done", null);

        public Task FailAsync(string why) => TellAsync(current, "failed", why);

        public async Task<ActionOutcome> StaleAsync(RotationPlan rotation, string target, int? now)
        {
            var differs = rotation.Differs(target, now);
            await FailAsync(differs);
            return Refused(
                "stale",
                "The secret is no longer the one that was approved. Nothing was written; propose again.",
                [differs]
            );
        }

        private Task TellAsync(int number, string status, string? text) =>
            report(new ActionReport("", 0, default, "step", number, status, text));
    }
}
