using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>Writes an approved rule file, has Prometheus load it and looks whether it did; else the former file comes back.</summary>
internal sealed class RuleFileExecutor(string kind, RuleFiles files, RuleFileWatch watch, AlertNews news)
    : IDashboardExecutor
{
    // One file, one writer: two approved changes of one tenant's rules follow each other.
    private static readonly NamedTurns Turns = new();

    public string Kind => kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        try
        {
            using var turn = await Turns.TakeAsync(action.Plan.Tenant, CancellationToken.None);
            return await RunAsync(action.Plan, RulePlan.Of(action.Plan), new Steps(report), cancellation);
        }
        finally
        {
            news.Raise();
        }
    }

    private async Task<ActionOutcome> RunAsync(
        ActionPlan plan,
        RulePlan wanted,
        Steps step,
        CancellationToken cancellation
    )
    {
        var file = RuleFiles.FileOf(plan.Tenant);
        FiledRules former;
        try
        {
            await step.BeginAsync(1);
            former = await files.ReadAsync(plan.Tenant, cancellation);
            if (former.Hash != wanted.Before)
            {
                var differs = $"{file} was changed since this was approved";
                await step.FailAsync(differs);
                return new ActionOutcome(
                    ProposalState.Refused,
                    "The rule file is no longer the one that was approved. Nothing was written; propose again.",
                    "stale",
                    Differences: [differs]
                );
            }
            await step.DoneAsync();
            cancellation.ThrowIfCancellationRequested();
            await step.BeginAsync(2);
            // From here on it is not cancelled: the file and what Prometheus runs must not part.
            await files.WriteAsync(plan.Tenant, wanted.After, CancellationToken.None);
            await step.DoneAsync();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was written.");
        }
        catch (Exception exception) when (exception is UnfitRuleException or IOException or UnauthorizedAccessException)
        {
            await step.FailAsync(exception.Message);
            return new ActionOutcome(
                ProposalState.Failed,
                $"{file} could not be written: {exception.Message} Nothing was changed.",
                Undo: "none"
            );
        }
        string why;
        try
        {
            await step.BeginAsync(3);
            await watch.ReloadAsync(CancellationToken.None);
            await step.DoneAsync();
            await step.BeginAsync(4);
            why = await watch.MissingAsync(plan.Tenant, plan.Target, wanted.Expr, CancellationToken.None) ?? "";
            if (why.Length == 0)
            {
                await step.DoneAsync();
                return new ActionOutcome(
                    ProposalState.Succeeded,
                    wanted.Expr is null
                        ? $"Prometheus lists {plan.Target} no more."
                        : $"Prometheus has loaded {plan.Target} and evaluates it."
                );
            }
        }
        catch (UpstreamException exception)
        {
            why = $"Prometheus: {exception.Told}";
        }
        await step.FailAsync(why);
        return await UndoAsync(plan.Tenant, file, former, why);
    }

    private async Task<ActionOutcome> UndoAsync(string tenant, string file, FiledRules former, string why)
    {
        try
        {
            await files.WriteAsync(tenant, former.Text, CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{why} The former {file} could not be put back: {exception.Message}",
                Undo: "failed"
            );
        }
        try
        {
            await watch.ReloadAsync(CancellationToken.None);
            return new ActionOutcome(
                ProposalState.RolledBack,
                $"{why} The former {file} was put back and loaded.",
                Undo: "done"
            );
        }
        catch (UpstreamException)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{why} The former {file} was put back; Prometheus reads it when it is next reloaded or started.",
                Undo: "done"
            );
        }
    }

    private sealed class Steps(Func<ActionReport, Task> report)
    {
        private int current;

        public Task BeginAsync(int number) => TellAsync(current = number, "started", null);

        public Task DoneAsync() => TellAsync(current, "done", null);

        public Task FailAsync(string why) => TellAsync(current, "failed", why);

        private Task TellAsync(int number, string status, string? text) =>
            report(new ActionReport("", 0, default, "step", number, status, text));
    }
}

/// <summary>What Prometheus made of a rule file.</summary>
internal sealed class RuleFileWatch(IServiceScopeFactory services, ITenantScopes scopes, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task ReloadAsync(CancellationToken cancellation)
    {
        await using var lifetime = services.CreateAsyncScope();
        await lifetime.ServiceProvider.GetRequiredService<IRuleReload>().ReloadAsync(cancellation);
    }

    /// <summary>Null when Prometheus lists the rule as it should (or no more); else what is wrong.</summary>
    public async Task<string?> MissingAsync(
        string tenant,
        string name,
        string? expr,
        CancellationToken cancellation,
        bool patient = true
    )
    {
        await using var lifetime = services.CreateAsyncScope();
        var rules = lifetime.ServiceProvider.GetRequiredService<TenantRules>();
        var scope = scopes.ForSystem(tenant);
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            await rules.ForgetAsync(tenant);
            var found = (await rules.OfAsync(scope, tenant, cancellation)).FirstOrDefault(rule =>
                rule.Alerting && rule.Group == RuleFiles.GroupOf(tenant) && rule.Name == name
            );
            var wrong = expr is null
                ? found is null
                    ? null
                    : $"Prometheus lists {name} still."
                : found switch
                {
                    null =>
                        $"Prometheus does not list {name} after reading its files anew. Its rule_files must name the folder of Alerts:RuleFolder.",
                    _ when !Same(found.Query, expr) => $"Prometheus lists {name} with another expression.",
                    { Health: "err" } => $"Prometheus can't evaluate {name}: {found.LastError}",
                    _ => null,
                };
            if (wrong is null || !patient || time.GetUtcNow() >= until)
            {
                return wrong;
            }
            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>Prometheus prints expressions in its own way.</summary>
    private static bool Same(string one, string other) =>
        one == other
        || PromQlParser.TryParse(one, out var a, out _, PromQlOptions.Any)
            && PromQlParser.TryParse(other, out var b, out _, PromQlOptions.Any)
            && a.ToString() == b.ToString();
}

/// <summary>Finds out what became of a rule that was being saved when the dashboard died, by the file and by Prometheus' list.</summary>
internal sealed class RuleAftermath(string kind, RuleFiles files, RuleFileWatch watch, TimeProvider time)
    : IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Kind => kind;

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var (wanted, file) = (RulePlan.Of(plan), RuleFiles.FileOf(plan.Tenant));
        try
        {
            var now = await files.ReadAsync(plan.Tenant, cancellation);
            if (now.Hash == wanted.Before)
            {
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{file} is as it was before: nothing was written, or it was put back.",
                    Undo: "none"
                );
            }
            if (now.Hash != RuleFiles.Hash(wanted.After))
            {
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"{file} is neither as it was nor as it was planned: somebody else wrote it since.",
                    Undo: "none"
                );
            }
            var wrong = await watch.MissingAsync(plan.Tenant, plan.Target, wanted.Expr, cancellation, patient: false);
            return wrong is null
                    ? new ActionOutcome(
                        ProposalState.Succeeded,
                        $"{file} is as planned, and so is what Prometheus lists."
                    )
                : time.GetUtcNow() - dispatchedAt < Patience ? null
                : new ActionOutcome(
                    ProposalState.Failed,
                    $"{file} was written as planned. {wrong} It will be when Prometheus is next reloaded.",
                    Undo: "none"
                );
        }
        catch (Exception exception) when (exception is UpstreamException or UnfitRuleException)
        {
            return null;
        }
    }
}
