using Npgsql;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary>
/// Makes a tenant's place. A schema is made in one transaction, which ends after Vault has the credentials: whatever dies
/// before leaves nothing. A database can't be made in one, so its roles can't sign in until all is there, and carry a mark.
/// </summary>
internal sealed class CreateTenantPlaceExecutor(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    PostgresDoor door,
    IEnumerable<IVaultedCredentials> vaults,
    TimeProvider time
) : IDashboardExecutor, IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly PlaceSecrets secrets = new(vaults);

    public string Kind => TenantPlace.Create;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var (plan, place) = (action.Plan, TenantPlace.Of(action.Plan));
        var instance = registry.All.FirstOrDefault(one => one.Name == place.Instance);
        if (instance is null)
        {
            return new ActionOutcome(
                ProposalState.Refused,
                $"There is no instance {place.Instance} any more.",
                "stale"
            );
        }
        var (step, made) = (new StepReports(report), new Made());
        try
        {
            await step.BeginAsync(1);
            var passwords = (Owner: PlaceSecrets.NewPassword(), Login: PlaceSecrets.NewPassword());
            if (place.Schema is null)
            {
                await DatabaseAsync(plan, place, instance, passwords, step, made, cancellation);
            }
            else
            {
                await SchemaAsync(plan, place, instance, passwords, step, made, cancellation);
            }
            await step.BeginAsync(4);
            await VerifyAsync(place, instance, passwords.Login);
            await step.DoneAsync();
            return Done(place);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await TakeBackAsync(plan, place, instance, made, "It was cancelled.", ProposalState.Cancelled);
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            await step.FailAsync(fault);
            return await TakeBackAsync(plan, place, instance, made, fault, ProposalState.Failed);
        }
        finally
        {
            await databases.ForgetAsync(instance.Name, CancellationToken.None);
        }
    }

    /// <summary>Reads what is there: the mark of this action on the login says how far it came.</summary>
    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var place = TenantPlace.Of(plan);
        if (registry.All.FirstOrDefault(one => one.Name == place.Instance) is not { } instance)
        {
            return null;
        }
        try
        {
            var facts = await Provisioning.LookAsync(databases, instance, cancellation);
            var comment = facts.Roles.FirstOrDefault(role => role.Name == place.Login)?.Comment ?? "";
            var ours = comment.Contains(PlaceSql.MarkOf(plan.ProposalId), StringComparison.Ordinal);
            if (ours && !comment.Contains(PlaceSql.Unfinished, StringComparison.Ordinal))
            {
                return Done(place);
            }
            // What the server still does for a session that has ended here may come to its end yet.
            if (time.GetUtcNow() - dispatchedAt < Patience)
            {
                return null;
            }
            var secret = await secrets.LeftAsync(plan.Tenant, place);
            if (!ours)
            {
                return new ActionOutcome(
                    ProposalState.Failed,
                    $"Nothing was made on {place.Instance}.{secret}",
                    Undo: "none"
                );
            }
            var database = facts.Databases.Any(one => one.Name == place.Database && one.Owner == place.Owner);
            return new ActionOutcome(
                ProposalState.Failed,
                $"It broke off half-way. Left behind on {place.Instance}: {Left(place, facts, database)}. None of it can sign in.{secret} Take it away with: {Clearing(place, database)}",
                Undo: "failed"
            );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private async Task SchemaAsync(
        ActionPlan plan,
        TenantPlace place,
        Instance instance,
        (string Owner, string Login) passwords,
        StepReports step,
        Made made,
        CancellationToken cancellation
    )
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, place.Database, cancellation);
        await using var transaction = await admin.Connection.BeginTransactionAsync(cancellation);
        await admin.RunAsync(PlaceSql.Roles(place, plan.Tenant, plan.ProposalId), transaction, cancellation);
        await step.DoneAsync();
        await InsideAsync(admin, transaction, plan, place, instance, passwords, step, made, cancellation);
    }

    private async Task DatabaseAsync(
        ActionPlan plan,
        TenantPlace place,
        Instance instance,
        (string Owner, string Login) passwords,
        StepReports step,
        Made made,
        CancellationToken cancellation
    )
    {
        await using (var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation))
        {
            await using (var transaction = await admin.Connection.BeginTransactionAsync(cancellation))
            {
                await admin.RunAsync(PlaceSql.Roles(place, plan.Tenant, plan.ProposalId), transaction, cancellation);
                made.Roles = true;
                await transaction.CommitAsync(cancellation);
            }
            await step.DoneAsync();
            made.Place = true;
            try
            {
                await admin.RunAsync([PlaceSql.CreateDatabase(place)], null, cancellation);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                // That one is somebody else's.
                made.Place = false;
                throw;
            }
        }
        await using var inside = await AdminSession.OpenAsync(door, instance, place.Database, cancellation);
        await using var whole = await inside.Connection.BeginTransactionAsync(cancellation);
        await InsideAsync(inside, whole, plan, place, instance, passwords, step, made, cancellation);
    }

    private async Task InsideAsync(
        AdminSession admin,
        NpgsqlTransaction transaction,
        ActionPlan plan,
        TenantPlace place,
        Instance instance,
        (string Owner, string Login) passwords,
        StepReports step,
        Made made,
        CancellationToken cancellation
    )
    {
        await step.BeginAsync(2);
        await admin.RunAsync(PlaceSql.Inside(place, plan.Tenant, instance.Reader.Role), transaction, cancellation);
        // Without the grant option PostgreSQL warns, and goes on.
        if (
            !await admin.ValueAsync<bool>(
                "select has_database_privilege(@login::name, current_database(), 'CONNECT')",
                cancellation,
                ("login", place.Login)
            )
        )
        {
            throw new UpstreamException(
                instance.Upstream,
                UpstreamFault.Denied,
                $"{admin.Role} may not let the login into {place.Database}: grant connect on database {PostgresNames.Quoted(place.Database)} to {PostgresNames.Quoted(admin.Role)} with grant option"
            );
        }
        await admin.RunAsync(
            PlaceSql.Ready(
                place,
                plan.Tenant,
                plan.ProposalId,
                ScramVerifier.Of(passwords.Owner),
                ScramVerifier.Of(passwords.Login)
            ),
            transaction,
            cancellation
        );
        await step.DoneAsync();
        await step.BeginAsync(3);
        await secrets.KeepAsync(plan.Tenant, place, instance, passwords, cancellation);
        // From here on it is not cancelled: what is half known helps nobody.
        (made.Roles, made.Place) = (true, true);
        await transaction.CommitAsync(CancellationToken.None);
        await step.DoneAsync();
    }

    /// <summary>As the tenant's services will.</summary>
    private async Task VerifyAsync(TenantPlace place, Instance instance, string password)
    {
        await using var connection = await door.ConnectAsync(
            instance,
            place.Login,
            password,
            place.Database,
            readOnly: true,
            CancellationToken.None
        );
        var found = (
            await connection.RowsAsync(
                "select coalesce(current_schema()::text, '')",
                row => row.GetString(0),
                CancellationToken.None
            )
        )[0];
        if (found != (place.Schema ?? "public"))
        {
            throw new UpstreamException(
                instance.Upstream,
                UpstreamFault.Failed,
                $"{place.Login} signs in and finds itself in \"{found}\"."
            );
        }
    }

    private async Task<ActionOutcome> TakeBackAsync(
        ActionPlan plan,
        TenantPlace place,
        Instance instance,
        Made made,
        string why,
        ProposalState state
    )
    {
        var left = await secrets.LeftAsync(plan.Tenant, place);
        if (!made.Roles && !made.Place)
        {
            return new ActionOutcome(state, $"{why} Nothing was made.{left}", Undo: "none");
        }
        try
        {
            await PlaceRemoval.TakeBackAsync(
                door,
                instance,
                place,
                plan.ProposalId,
                withAll: false,
                CancellationToken.None
            );
            return new ActionOutcome(
                state == ProposalState.Failed ? ProposalState.RolledBack : state,
                $"{why} What was made was dropped again.{left}",
                Undo: "done"
            );
        }
        catch (Exception exception) when (Fault(instance, exception) is { } fault)
        {
            return new ActionOutcome(
                ProposalState.Failed,
                $"{why} It could not be taken back: {fault} Left behind on {instance.Name}, if anything: {(made.Place ? $"{place.Words}, " : "")}roles {place.Owner} and {place.Login}.{left} Take it away with: {Clearing(place, made.Place)}",
                Undo: "failed"
            );
        }
    }

    private static string Left(TenantPlace place, InstanceFacts facts, bool withDatabase) =>
        string.Join(
            ", ",
            facts
                .Roles.Where(role => role.Name == place.Owner || role.Name == place.Login)
                .Select(role => $"role {role.Name}")
                .Concat(withDatabase ? [$"database {place.Database}"] : [])
        );

    /// <param name="withDatabase">Whether the database of that name is the one that was made.</param>
    private static string Clearing(TenantPlace place, bool withDatabase = true) =>
        string.Join(
            "; ",
            place.Schema is not null ? PlaceSql.DropSchema(place)
                : withDatabase ? [PlaceSql.Join(place), PlaceSql.DropDatabase(place), .. PlaceSql.DropRoles(place)]
                : PlaceSql.DropRoles(place)
        );

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
        ?? (exception is ArgumentException or CannotPlanException ? exception.Message : null);

    private static ActionOutcome Done(TenantPlace place) =>
        new(
            ProposalState.Succeeded,
            $"The {place.Words} is there on {place.Instance}. {place.Login} signs in with what is in Vault at {MadePlaces.VaultPathOf(place.Instance, place.Login)}, {place.Owner} (for migrations) at {MadePlaces.VaultPathOf(place.Instance, place.Owner)}."
        );

    /// <summary>What there may be by now that did not go with a transaction.</summary>
    private sealed class Made
    {
        public bool Roles { get; set; }
        public bool Place { get; set; }
    }
}
