using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>
/// Carries out a restore drill. A backup may hold code that runs while it is restored, so it is restored as a role that owns
/// the scratch database and nothing else.
/// </summary>
internal sealed partial class DrillExecutor(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    RestoreTool tool,
    DrillScratch scratch,
    PostgresDoor door,
    IOptions<DrillOptions> options,
    TimeProvider time
) : IDashboardExecutor, IDashboardReconciler
{
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int ErrorsTold = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Kind => DrillPlan.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var drill = DrillPlan.Of(action.Plan);
        if (registry.All.FirstOrDefault(one => one.Name == drill.Instance) is not { } instance)
        {
            return new ActionOutcome(
                ProposalState.Refused,
                $"There is no instance {drill.Instance} any more.",
                "stale"
            );
        }
        var step = new StepReports(report);
        ActionOutcome outcome;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(options.Value.Minutes), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            outcome = await TryAsync(drill, instance, step, both.Token);
        }
        catch (OperationCanceledException)
        {
            outcome = new ActionOutcome(
                cancellation.IsCancellationRequested ? ProposalState.Cancelled : ProposalState.Failed,
                cancellation.IsCancellationRequested
                    ? "It was cancelled."
                    : "It took longer than Databases:Drill:Minutes.",
                Undo: "done"
            );
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            await step.FailAsync(fault);
            outcome = new ActionOutcome(ProposalState.Failed, fault, Undo: "done");
        }
        return await DropAsync(drill, instance, step, outcome);
    }

    /// <summary>Whether something was left behind; what a drill found out went with it.</summary>
    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var drill = DrillPlan.Of(plan);
        if (
            time.GetUtcNow() - dispatchedAt < Patience
            || registry.All.FirstOrDefault(one => one.Name == drill.Instance) is not { } instance
        )
        {
            return null;
        }
        try
        {
            var facts = await Provisioning.LookAsync(databases, instance, cancellation);
            var left =
                facts.Databases.Any(one => one.Name == drill.Scratch)
                || facts.Roles.Any(one => one.Name == drill.Scratch);
            return new ActionOutcome(
                ProposalState.Failed,
                left
                    ? $"It broke off. Left behind on {instance.Name}: {drill.Scratch}. Take it away with: {string.Join("; ", DrillScratch.Dropping(drill.Scratch))}"
                    : $"It broke off, and nothing of it is left on {instance.Name}. Drill again.",
                Undo: left ? "failed" : "done"
            );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private async Task<ActionOutcome> TryAsync(
        DrillPlan drill,
        Instance instance,
        StepReports step,
        CancellationToken cancellation
    )
    {
        await step.BeginAsync(1);
        await scratch.SweepAsync(instance, cancellation);
        var password = RandomNumberGenerator.GetString(Alphabet, 32);
        await using var held = await scratch.MakeAsync(instance, drill.Scratch, password, cancellation);
        await step.DoneAsync();
        await step.BeginAsync(2);
        var restored = await tool.RestoreAsync(
            drill.Path,
            instance,
            drill.Scratch,
            drill.Scratch,
            password,
            cancellation
        );
        if (restored.NotLetIn is { } why)
        {
            throw new InvalidDataException(
                $"Nothing is known of the backup: pg_restore does not come in to {instance.Name}. {why} Check Tls and RootCertificateFile of the instance, and pg_hba.conf."
            );
        }
        foreach (var error in restored.Errors.Take(ErrorsTold).Select(WithoutValues))
        {
            await step.SayAsync(error);
        }
        await step.DoneAsync();
        await step.BeginAsync(3);
        var (tables, empty, rows) = await CountAsync(drill, instance, password, cancellation);
        var counted = string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows in {tables} tables{(empty > 0 ? $", {empty} of them empty" : "")}; the archive lists {drill.Tables}"
        );
        // That it lists whole, or how pg_restore ended, says nothing: what is there counts.
        var extensions = ExtensionsIn(restored.Errors);
        var refused = restored.Errors.Where(error => !OfExtension().IsMatch(error)).Select(WithoutValues).ToList();
        var missing =
            extensions.Count == 0
                ? ""
                : $" Not made: extension {string.Join(", ", extensions)}, which only a superuser may make, or which {instance.Name} does not have.";
        if (refused.Count > 0 || tables < drill.Tables || rows == 0 && drill.Tables > 0)
        {
            var told =
                refused.Count > 0
                    ? $"{refused.Count} refused: {string.Join(" · ", refused.Take(ErrorsTold))}"
                    : "what is missing was not told by pg_restore";
            await step.FailAsync(counted);
            return new ActionOutcome(
                ProposalState.Failed,
                missing.Length > 0 && refused.All(error => error.Contains("ERROR:", StringComparison.Ordinal))
                    // What the server refused may hang on what is missing; what can't be read of an archive does not.
                    ? $"Whether the backup is whole can't be told there: {counted}.{missing} What needs it could not be restored: {told} Drill on an instance that has it, with a superuser as administrative role (Databases:Drill:Instance)."
                    : $"The backup is not whole: {counted}. {told}",
                Undo: "done"
            );
        }
        await step.DoneAsync();
        return new ActionOutcome(ProposalState.Succeeded, $"Restored: {counted}.{missing}");
    }

    private static List<string> ExtensionsIn(IEnumerable<string> errors) =>
        [
            .. errors
                .Select(error => OfExtension().Match(error))
                .Select(found => $"{found.Groups[1]}{found.Groups[2]}")
                .Where(name => name.Length > 0)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>An extension is no row of anybody's; its comment is its owner's to write.</summary>
    [GeneratedRegex(
        """ERROR:\s+(?:permission denied to create extension "([^"]+)"|extension "([^"]+)" is not available|could not open extension control file|must be owner of extension|extension "[^"]+" does not exist)"""
    )]
    private static partial Regex OfExtension();

    /// <summary>What the server says quotes the row that it refused; which table it was of stands before that.</summary>
    internal static string WithoutValues(string error)
    {
        var at = error.IndexOf("ERROR:", StringComparison.Ordinal);
        return at < 0 ? error : error[..at] + Quoted().Replace(error[at..], "…");
    }

    [GeneratedRegex(@"""[^""]*""?|'[^']*'?|=\([^)]*\)?")]
    private static partial Regex Quoted();

    private async Task<(int Tables, int Empty, long Rows)> CountAsync(
        DrillPlan drill,
        Instance instance,
        string password,
        CancellationToken cancellation
    )
    {
        await using var connection = await door.ConnectAsync(
            instance,
            drill.Scratch,
            password,
            drill.Scratch,
            readOnly: false,
            cancellation
        );
        var tables = await connection.RowsAsync(
            """
            select format('%I.%I', n.nspname, c.relname), c.relforcerowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
             order by 1
            """,
            row => (Name: row.GetString(0), Forced: row.GetBoolean(1)),
            cancellation
        );
        await using (var patient = new NpgsqlCommand("set statement_timeout = 0", connection))
        {
            await patient.ExecuteNonQueryAsync(cancellation);
        }
        var (rows, empty) = (0L, 0);
        foreach (var (table, forced) in tables)
        {
            if (forced)
            {
                // Else its owner counts the rows of nobody.
                await using var free = new NpgsqlCommand(
                    $"alter table {table} no force row level security",
                    connection
                );
                await free.ExecuteNonQueryAsync(cancellation);
            }
            await using var command = new NpgsqlCommand($"select count(*) from only {table}", connection)
            {
                CommandTimeout = 0,
            };
            var count = (long)(await command.ExecuteScalarAsync(cancellation))!;
            (rows, empty) = (rows + count, empty + (count == 0 ? 1 : 0));
        }
        return (tables.Count, empty, rows);
    }

    private async Task<ActionOutcome> DropAsync(
        DrillPlan drill,
        Instance instance,
        StepReports step,
        ActionOutcome outcome
    )
    {
        try
        {
            await step.BeginAsync(4);
            await using var admin = await AdminSession.OpenAsync(
                door,
                instance,
                instance.Database,
                CancellationToken.None
            );
            await admin.RunAsync(DrillScratch.Dropping(drill.Scratch), null, CancellationToken.None);
            await step.DoneAsync();
            return outcome;
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            await step.FailAsync(fault);
            return outcome with
            {
                Text =
                    $"{outcome.Text} Left behind on {instance.Name}, if anything: {drill.Scratch} ({fault}) Take it away with: {string.Join("; ", DrillScratch.Dropping(drill.Scratch))}",
                Undo = "failed",
            };
        }
    }

    private static string? Fault(Instance instance, Exception exception) =>
        (
            exception as UpstreamException
            ?? PostgresFaults.Translate(
                instance,
                instance.Admin?.Role ?? "the administrative role",
                exception,
                CancellationToken.None
            )
        )?.Told
        ?? (exception is InvalidDataException ? exception.Message : null);
}
