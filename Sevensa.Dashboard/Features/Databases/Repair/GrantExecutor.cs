using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary>
/// Runs an approved repair, or its undo: one transaction for each database, so that each is repaired whole or not at all; where
/// a later one fails, the earlier ones are taken back.
/// </summary>
/// <param name="kind"><see cref="RepairStatement.Repair"/> or <see cref="RepairStatement.Restore"/>.</param>
internal sealed class GrantExecutor(
    string kind,
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    ProofDesk proofs,
    PostgresDoor door,
    TimeProvider time
) : IDashboardExecutor, IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Kind => kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var plan = action.Plan;
        if (registry.All.FirstOrDefault(one => one.Name == plan.Target) is not { } instance)
        {
            return new ActionOutcome(ProposalState.Refused, $"There is no instance {plan.Target} any more.", "stale");
        }
        var step = new StepReports(report);
        var numbered = RepairStatement.Of(plan).Select((one, at) => (Statement: one, Number: at + 1)).ToList();
        var done = new List<RepairStatement>();
        try
        {
            foreach (var inDatabase in numbered.GroupBy(one => one.Statement.Database))
            {
                cancellation.ThrowIfCancellationRequested();
                await RunAsync(instance, inDatabase.Key, [.. inDatabase], step, CancellationToken.None);
                done.AddRange(inDatabase.Select(one => one.Statement));
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException && cancellation.IsCancellationRequested
                || Fault(instance, exception) is not null
            )
        {
            var why = Fault(instance, exception) ?? "It was cancelled.";
            await step.FailAsync(why);
            return await TakeBackAsync(instance, done, why, exception is OperationCanceledException);
        }
        await databases.ForgetAsync(instance.Name, CancellationToken.None);
        return kind == RepairStatement.Restore
            ? new ActionOutcome(ProposalState.Succeeded, "What the repair took back is granted again.")
            : await ProveAsync(action, instance, step, numbered.Count + 1, cancellation);
    }

    /// <summary>Asks which of the statements would still have to be run.</summary>
    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        if (
            time.GetUtcNow() - dispatchedAt < Patience
            || registry.All.FirstOrDefault(one => one.Name == plan.Target) is not { } instance
        )
        {
            return null;
        }
        var statements = RepairStatement.Of(plan);
        if (kind == RepairStatement.Restore)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                "It broke off. Each database has all of its statements or none: prove isolation to see which.",
                Undo: "none"
            );
        }
        try
        {
            var facts = await Provisioning.LookAsync(databases, instance, cancellation);
            var leaks = RepairGrants.Proven.Of(plan).Select(Row).ToList();
            var still = await new LeakRepair(instance, facts, door).FindAsync(leaks, cancellation);
            var left = statements.Intersect(still.Statements).ToList();
            return left.Count == 0
                    ? new ActionOutcome(
                        ProposalState.Succeeded,
                        "All of it was taken back; it was not proven again. Prove isolation now."
                    )
                : left.Count == statements.Count
                    ? new ActionOutcome(
                        ProposalState.Failed,
                        "It broke off before anything was taken back.",
                        Undo: "none"
                    )
                : new ActionOutcome(
                    ProposalState.Failed,
                    $"It broke off. Not taken back: {string.Join("; ", left.Select(one => one.Do))}. Propose the repair again.",
                    Undo: "none"
                );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private async Task RunAsync(
        Instance instance,
        string database,
        List<(RepairStatement Statement, int Number)> statements,
        StepReports? step,
        CancellationToken cancellation
    )
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, database, cancellation);
        await using var transaction = await admin.Connection.BeginTransactionAsync(cancellation);
        var joined = await JoinAsync(admin, transaction, statements, cancellation);
        foreach (var (statement, number) in statements)
        {
            if (step is not null)
            {
                await step.BeginAsync(number);
            }
            await admin.RunAsync(
                statement.As is { } role && role != admin.Role
                    ? [$"set local role {PostgresNames.Quoted(role)}", statement.Do, "reset role"]
                    : [statement.Do],
                transaction,
                cancellation
            );
        }
        await admin.RunAsync(
            joined.Select(role => $"revoke {PostgresNames.Quoted(role)} from current_user"),
            transaction,
            cancellation
        );
        await transaction.CommitAsync(cancellation);
        foreach (var (_, number) in step is null ? [] : statements)
        {
            await step!.BeginAsync(number);
            await step.DoneAsync();
        }
    }

    /// <summary>Becomes a member, for this transaction, of the roles that gave the rights.</summary>
    private static async Task<IReadOnlyList<string>> JoinAsync(
        AdminSession admin,
        NpgsqlTransaction transaction,
        List<(RepairStatement Statement, int Number)> statements,
        CancellationToken cancellation
    )
    {
        var roles = statements
            .Select(one => one.Statement.As)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var needed = await admin.Connection.RowsAsync(
            "select rolname::text from pg_roles where rolname = any(@roles) and not pg_has_role(current_user, oid, 'USAGE')",
            row => row.GetString(0),
            cancellation,
            ("roles", roles)
        );
        await admin.RunAsync(
            needed.Select(role => $"grant {PostgresNames.Quoted(role)} to current_user"),
            transaction,
            cancellation
        );
        return needed;
    }

    private async Task<ActionOutcome> TakeBackAsync(
        Instance instance,
        List<RepairStatement> done,
        string why,
        bool cancelled
    )
    {
        if (done.Count == 0)
        {
            return new ActionOutcome(
                cancelled ? ProposalState.Cancelled : ProposalState.Failed,
                $"{why} {RepairStatement.NothingChanged}",
                Undo: "none"
            );
        }
        var back = done.AsEnumerable().Reverse().Select(one => one.Reversed()).ToList();
        try
        {
            foreach (var inDatabase in back.GroupBy(one => one.Database))
            {
                await RunAsync(
                    instance,
                    inDatabase.Key,
                    [.. inDatabase.Select(one => (one, 0))],
                    null,
                    CancellationToken.None
                );
            }
            return new ActionOutcome(
                ProposalState.RolledBack,
                $"{why} What was changed in other databases before was changed back.",
                Undo: "done"
            );
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{why} It could not be changed back: {fault} What was done: {string.Join("; ", done.Select(one => $"in {one.Database}: {one.Do}"))}",
                Undo: "failed"
            );
        }
    }

    private async Task<ActionOutcome> ProveAsync(
        SignedAction action,
        Instance instance,
        StepReports step,
        int number,
        CancellationToken cancellation
    )
    {
        var leaks = RepairGrants.Proven.Of(action.Plan);
        await step.BeginAsync(number);
        IReadOnlyList<AttemptRow>? attempts;
        try
        {
            attempts = await proofs.ProveAgainAsync(
                instance,
                [.. leaks.Select(leak => leak.Tenant).Distinct(StringComparer.Ordinal)],
                $"after repair {action.ActionId}",
                cancellation
            );
        }
        catch (Exception exception) when (exception is UpstreamException or OperationCanceledException)
        {
            await step.FailAsync(exception.Message);
            return new ActionOutcome(
                ProposalState.Succeeded,
                $"All of it was taken back. It could not be proven again: {(exception as UpstreamException)?.Told ?? "that was cancelled."}"
            );
        }
        var still = (attempts ?? [])
            .Where(one =>
                one.Outcome == AttemptOutcome.Leak
                && leaks.Any(leak =>
                    (leak.Tenant, leak.Kind, leak.Database, leak.Object)
                    == (one.Tenant, one.Kind, one.Database, one.Object)
                )
            )
            .ToList();
        if (attempts is null || still.Count > 0)
        {
            var words = attempts is null
                ? "It was not proven again: the credentials of those who leaked are not known any more."
                : $"Proven again, and {still.Count} of {leaks.Count} leaks are still there: {string.Join("; ", still.Select(one => $"{AttemptKinds.Title(one.Kind)}: {one.Object}"))}. What was taken back stays taken back.";
            await step.FailAsync(words);
            return new ActionOutcome(ProposalState.Failed, words, Undo: "none");
        }
        await step.DoneAsync();
        return new ActionOutcome(
            ProposalState.Succeeded,
            string.Create(CultureInfo.InvariantCulture, $"Proven again: each of the {leaks.Count} leaks holds now.")
        );
    }

    private static AttemptRow Row(RepairGrants.Proven leak) =>
        new()
        {
            ProofId = "",
            Number = 0,
            Tenant = leak.Tenant,
            Victim = leak.Victim,
            Kind = leak.Kind,
            Database = leak.Database,
            Object = leak.Object,
            Statement = "",
            Outcome = AttemptOutcome.Leak,
            Words = "",
            Since = default,
        };

    private static string? Fault(Instance instance, Exception exception) =>
        (
            exception as UpstreamException
            ?? PostgresFaults.Translate(
                instance,
                instance.Admin?.Role ?? "the administrative role",
                exception,
                CancellationToken.None
            )
        )?.Told;
}
