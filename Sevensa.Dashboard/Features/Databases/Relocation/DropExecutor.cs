using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Carries out a drop. What it told of its steps is its journal: the waiting time counts from when it was first told of, whatever
/// dies meanwhile. Until the drop begins a cancel, or a failure, opens the place again.
/// </summary>
internal sealed class DropExecutor(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    DumpTool dumps,
    PlaceGate gate,
    PostgresDoor door,
    IHostApplicationLifetime lifetime,
    TimeProvider time
) : IResumingExecutor
{
    public string Kind => DropPlan.Kind;

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
        var drop = DropPlan.Of(action.Plan);
        if (registry.All.FirstOrDefault(one => one.Name == drop.Place.Instance) is not { } instance)
        {
            var gone = $"There is no instance {drop.Place.Instance} any more.";
            return told.Count == 0
                ? new ActionOutcome(ProposalState.Refused, gone, "stale")
                : new ActionOutcome(ProposalState.Unknown, $"{gone} It goes on when it is configured again.");
        }
        PlaceHold? hold;
        try
        {
            hold = await PlaceHold.TakeAsync(door, instance, action.Plan.ProposalId);
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            return told.Count == 0
                ? new ActionOutcome(ProposalState.Failed, $"{fault} Nothing was done.", Undo: "none")
                : new ActionOutcome(ProposalState.Unknown, $"{fault} It goes on by itself.");
        }
        if (hold is null)
        {
            return PlaceHold.Lost();
        }
        await using var held = hold;
        var step = new StepReports(report);
        try
        {
            return told.FirstOrDefault(one => one is { Type: "step", Status: "failed" }) is { } failed
                ? await OpenAsync(drop, instance, action.Plan.Tenant, failed.Text!, ProposalState.Failed)
                : await GoOnAsync(action, drop, instance, told, step, hold, cancellation);
        }
        finally
        {
            await databases.ForgetAsync(instance.Name, CancellationToken.None);
        }
    }

    private async Task<ActionOutcome> GoOnAsync(
        SignedAction action,
        DropPlan drop,
        Instance instance,
        IReadOnlyList<ActionReport> told,
        StepReports step,
        PlaceHold hold,
        CancellationToken cancellation
    )
    {
        var dropping = Told(DropPlan.Drop, "started") is not null;
        var size = SizeTold(told);
        foreach (var number in new[] { DropPlan.Close, DropPlan.Export, DropPlan.Wait, DropPlan.Drop })
        {
            if (Told(number, "done") is not null)
            {
                continue;
            }
            try
            {
                if (!dropping)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (number == DropPlan.Drop)
                    {
                        await ReadyAsync(drop, instance, action.Plan.Tenant, size, step, cancellation);
                    }
                }
                if (!await hold.HoldsAsync())
                {
                    return PlaceHold.Lost();
                }
                dropping |= number == DropPlan.Drop;
                await step.BeginAsync(number);
                switch (number)
                {
                    case DropPlan.Close:
                        await gate.CloseAsync(instance, drop.Place, cancellation);
                        break;
                    case DropPlan.Export:
                        size = await ExportAsync(drop, instance, step, cancellation);
                        break;
                    case DropPlan.Wait:
                        var begun = Told(DropPlan.Wait, "started")?.At ?? time.GetUtcNow();
                        if (!await WaitedAsync(begun + TimeSpan.FromMinutes(drop.WaitMinutes), cancellation))
                        {
                            return new ActionOutcome(
                                ProposalState.Unknown,
                                "The dashboard is stopping. It waits on when it is started again."
                            );
                        }
                        break;
                    default:
                        await DropAsync(drop, instance, action.Plan.Tenant);
                        break;
                }
                await step.DoneAsync();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !dropping)
            {
                return await hold.RegainsAsync()
                    ? await OpenAsync(drop, instance, action.Plan.Tenant, "It was cancelled.", ProposalState.Cancelled)
                    : PlaceHold.Lost();
            }
            catch (Exception exception) when (Fault(instance, exception) is { } fault)
            {
                if (dropping)
                {
                    return new ActionOutcome(
                        ProposalState.Unknown,
                        $"{fault} It is tried again by itself; the export is {drop.File}."
                    );
                }
                if (!await hold.HoldsAsync())
                {
                    return PlaceHold.Lost();
                }
                await step.FailAsync(fault, number);
                return await OpenAsync(drop, instance, action.Plan.Tenant, fault, ProposalState.Failed);
            }
        }
        return new ActionOutcome(
            ProposalState.Succeeded,
            $"The {drop.Place.Words} is gone from {instance.Name}, and its roles. What it was is in {drop.File}."
        );

        ActionReport? Told(int number, string status) =>
            told.FirstOrDefault(one => one.Type == "step" && one.Step == number && one.Status == status);
    }

    /// <returns>False when the dashboard stops before.</returns>
    private async Task<bool> WaitedAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        try
        {
            while (until - time.GetUtcNow() is { Ticks: > 0 } left)
            {
                await Task.Delay(left, time, either.Token);
            }
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <returns>How large it is.</returns>
    private async Task<long> ExportAsync(
        DropPlan drop,
        Instance instance,
        StepReports step,
        CancellationToken cancellation
    )
    {
        if (await dumps.ExportAsync(instance, drop.Place, drop.File, cancellation) is { } why)
        {
            throw new InvalidDataException($"It could not be exported whole: {why}");
        }
        var size = new FileInfo(drop.File).Length;
        await step.SayAsync(string.Create(CultureInfo.InvariantCulture, $"{size} bytes in {drop.File}"));
        return size;
    }

    /// <summary>As it was told last; null when it was not.</summary>
    private static long? SizeTold(IReadOnlyList<ActionReport> told) =>
        told.LastOrDefault(one => one is { Type: "output", Step: DropPlan.Export })?.Text is { } text
        && long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : null;

    /// <summary>
    /// The last look while there is a way back: nobody opened it while it waited, nothing goes with it that was not exported,
    /// and the export is what it was. One that is not is made again, of the same rows: nobody wrote since.
    /// </summary>
    private async Task ReadyAsync(
        DropPlan drop,
        Instance instance,
        string tenant,
        long? size,
        StepReports step,
        CancellationToken cancellation
    )
    {
        await using (var admin = await SignInAsync(drop.Place, instance, cancellation))
        {
            var closed = await ClosedPlace.LookAsync(admin, drop.Place, tenant, cancellation);
            var why =
                closed.Against(drop.Place)
                ?? (
                    closed is { Roles.Count: 2, Stands: true }
                        ? await DropReach.BeyondAsync(admin, drop.Place, cancellation)
                        : $"Nothing is dropped: the {drop.Place.Words} and its roles are not all there any more."
                );
            if (why is not null)
            {
                throw new InvalidDataException(why);
            }
        }
        if (!await dumps.IsWholeAsync(drop.File, size, cancellation))
        {
            await step.BeginAsync(DropPlan.Export);
            await ExportAsync(drop, instance, step, cancellation);
            await step.DoneAsync();
        }
    }

    /// <summary>
    /// Only what is gone already is no fault: a role that was opened or given to somebody, or a place that was, is left, and told.
    /// </summary>
    private async Task DropAsync(DropPlan drop, Instance instance, string tenant)
    {
        var place = drop.Place;
        await using var admin = await SignInAsync(place, instance, CancellationToken.None);
        await admin.BePatientAsync(CancellationToken.None);
        // Of a database nothing is dropped in a transaction; its roles are then dropped when it is gone.
        await using var transaction = place.Schema is null
            ? null
            : await admin.Connection.BeginTransactionAsync(CancellationToken.None);
        var closed = await ClosedPlace.LookAsync(admin, place, tenant, CancellationToken.None);
        if (closed.Roles.Count == 0)
        {
            return;
        }
        if (closed.Against(place) is { } against)
        {
            throw new InvalidDataException(
                $"{against} Make that right and see that both roles are closed (alter role … nologin)."
            );
        }
        if (await DropReach.BeyondAsync(admin, place, CancellationToken.None) is { } beyond)
        {
            throw new InvalidDataException(beyond);
        }
        if (closed.Stands && !File.Exists(drop.File))
        {
            throw new InvalidDataException($"The export {drop.File} is gone: without it nothing is dropped.");
        }
        await admin.RunAsync(DropSql(place, closed), transaction, CancellationToken.None);
        if (transaction is not null)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    private Task<AdminSession> SignInAsync(TenantPlace place, Instance instance, CancellationToken cancellation) =>
        AdminSession.OpenAsync(door, instance, place.Schema is null ? instance.Database : place.Database, cancellation);

    private static IEnumerable<string> DropSql(TenantPlace place, ClosedPlace closed)
    {
        var both = string.Join(", ", closed.Roles.Select(PostgresNames.Quoted));
        if (place.Schema is { } schema)
        {
            yield return $"grant {both} to current_user";
            if (closed.Stands)
            {
                yield return $"drop schema {PostgresNames.Quoted(schema)} cascade";
            }
            // Rights and default rights: that nothing else is theirs was looked at.
            yield return $"drop owned by {both} restrict";
            yield return $"drop role {both}";
            yield break;
        }
        if (closed.Stands)
        {
            yield return PlaceSql.Join(place);
            yield return $"{PlaceSql.DropDatabase(place)} with (force)";
        }
        // The owner last: as long as there is one it is known whose the database is.
        foreach (var role in closed.Roles.OrderBy(role => role == place.Owner))
        {
            yield return $"drop role {PostgresNames.Quoted(role)}";
        }
    }

    private async Task<ActionOutcome> OpenAsync(
        DropPlan drop,
        Instance instance,
        string tenant,
        string why,
        ProposalState state
    )
    {
        dumps.ForgetUnfinished(drop.File);
        try
        {
            await using (
                var admin = await AdminSession.OpenAsync(door, instance, instance.Database, CancellationToken.None)
            )
            {
                var now = await ClosedPlace.LookAsync(admin, drop.Place, tenant, CancellationToken.None);
                if (!now.IsWhole)
                {
                    return new ActionOutcome(
                        state,
                        $"{why} {drop.Place.Owner} and {drop.Place.Login} are not both there and {tenant}'s by their label: they were left as they are, and nobody was let in.",
                        Undo: "failed"
                    );
                }
                if (!drop.WasOpen)
                {
                    await admin.RunAsync([PlaceGate.Leave(drop.Place)], null, CancellationToken.None);
                }
            }
            if (drop.WasOpen)
            {
                await gate.OpenAsync(instance, drop.Place, CancellationToken.None);
            }
            var left = File.Exists(drop.File) ? $" The export {drop.File} stays." : "";
            return new ActionOutcome(
                state == ProposalState.Failed ? ProposalState.RolledBack : state,
                $"{why} The {drop.Place.Words} is as it was{(drop.WasOpen ? ", and open" : "")}.{left}",
                Undo: "done"
            );
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            return new ActionOutcome(
                ProposalState.Unknown,
                $"{why} It could not be opened again yet: {fault} It is tried again by itself."
            );
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
