using System.Text.RegularExpressions;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What a tenant's login can do within one database, tried over one connection.</summary>
internal sealed partial class DatabaseTrial(
    ProofGround ground,
    TrialLogin login,
    string database,
    NpgsqlConnection connection,
    ICollection<Attempt> attempts,
    CancellationToken cancellation
)
{
    /// <summary>So many of one kind are tried one by one; of more it is said how many there are.</summary>
    private const int MostTried = 200;

    private readonly string tenant = login.Tenant;
    private readonly string? databaseTenant = ground.Owners.OfDatabase(database);

    /// <summary>The database is the tenant's alone.</summary>
    private bool IsOwn => databaseTenant == tenant;

    public async Task RunAsync(TrialIdentity who)
    {
        var relations = await RelationsAsync(who);
        await TablesAsync(who, relations);
        await SequencesAsync(relations);
        await RowSecurityAsync(who, relations);
        await ViewsAsync(who);
        await FunctionsAsync(who);
        await LargeObjectsAsync(who);
        await ForeignDataAsync(who);
        await InheritanceAsync(who);
        await CreatingAsync(who);
        await BeyondAsync(who);
        if (who.Switched)
        {
            return;
        }
        await DblinkAsync(who);
        await DefaultPrivilegesAsync(who);
        await PublicationsAsync(who);
        await TriggersAsync(who);
        await CodeAsync(who);
        await SearchPathAsync(who);
        await StatementsAsync(who);
    }

    private sealed record Relation(
        long Id,
        string Schema,
        string Name,
        char Kind,
        string Owner,
        bool SchemaOpen,
        IReadOnlySet<string> Rights,
        bool Secured,
        string Readable,
        string Insertable,
        string Updatable,
        string TenantColumn,
        bool OfExtension,
        long Others
    )
    {
        public string Quoted => PostgresNames.Quoted(Schema, Name);
    }

    private async Task<List<Relation>> RelationsAsync(TrialIdentity who)
    {
        var granted = await ground.GrantedAsync(connection, cancellation);
        return await AskAsync(
            ProofSql.Relations(ground.Major),
            who,
            row => new Relation(
                row.GetInt64(0),
                row.GetString(1),
                row.GetString(2),
                row.GetString(3)[0],
                row.GetString(4),
                row.GetBoolean(5),
                row.GetString(6).Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
                row.GetBoolean(7),
                row.GetString(8),
                row.GetString(9),
                row.GetString(10),
                row.GetString(11),
                row.GetBoolean(12),
                row.GetInt64(13)
            ),
            ("granted", who.Ids.SelectMany(id => granted[id]).Distinct().ToArray()),
            ("columns", ground.TenantColumns.ToArray())
        );
    }

    private async Task TablesAsync(TrialIdentity who, List<Relation> relations)
    {
        var tried = 0;
        foreach (var relation in relations.Where(one => one.Kind != 'S' && one.Rights.Count > 0))
        {
            if (Another(relation.Schema, relation.Owner) is not { } victim)
            {
                continue;
            }
            if (++tried > MostTried)
            {
                continue;
            }
            await TableAsync(who, relation, victim);
        }
        if (tried > MostTried)
        {
            Add(
                AttemptKinds.Tables,
                null,
                $"{tried - MostTried} more",
                "",
                AttemptOutcome.Leak,
                $"Rights were granted on {tried - MostTried} more tables and views of others; they were not tried one by one."
            );
        }
    }

    private async Task TableAsync(TrialIdentity who, Relation relation, string victim)
    {
        var (can, first, refused) = (new List<string>(), (string?)null, "");
        var role = RoleOf(who);
        foreach (var (right, statement) in StatementsFor(relation))
        {
            var answer = await connection.TryAsync(statement, role, cancellation);
            if (answer.Worked && right == "SELECT" && relation.Secured && answer.Value is not true)
            {
                refused = "No row of it is let through by its row security.";
                first ??= statement;
            }
            else if (answer.Worked)
            {
                (can, first) = ([.. can, right], can.Count == 0 ? statement : first);
            }
            else
            {
                (refused, first) = (answer.Words, first ?? statement);
            }
        }
        // These can't be tried without harm; a right on a table that can't be named is of no use.
        foreach (var right in new[] { "TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN" })
        {
            if (relation.Rights.Contains(right) && relation is { SchemaOpen: true, Kind: 'r' or 'p' })
            {
                can.Add(right);
                first ??=
                    $"select has_table_privilege({PostgresNames.Literal(relation.Quoted)}, {PostgresNames.Literal(right)})";
            }
        }
        Add(
            AttemptKinds.Tables,
            victim,
            $"{relation.Schema}.{relation.Name}",
            first ?? "",
            can.Count > 0 ? AttemptOutcome.Leak : AttemptOutcome.Held,
            can.Count > 0 ? $"{string.Join(", ", can)} worked{As(who)}." : refused
        );
    }

    private static IEnumerable<(string Right, string Statement)> StatementsFor(Relation relation)
    {
        if (relation.Rights.Contains("SELECT"))
        {
            var column = relation.Readable.Length > 0 ? PostgresNames.Quoted(relation.Readable) : "1";
            // What is planned is checked as what is run, and reads nothing; with row security only rows say what is let through.
            yield return (
                "SELECT",
                relation.Secured
                    ? $"select exists (select {column} from {relation.Quoted})"
                    : $"explain select {column} from {relation.Quoted}"
            );
        }
        if (relation.Rights.Contains("INSERT") && relation.Insertable.Length > 0)
        {
            yield return (
                "INSERT",
                $"explain insert into {relation.Quoted} ({PostgresNames.Quoted(relation.Insertable)}) select null where false"
            );
        }
        if (relation.Rights.Contains("UPDATE") && relation.Updatable.Length > 0)
        {
            yield return (
                "UPDATE",
                $"explain update {relation.Quoted} set {PostgresNames.Quoted(relation.Updatable)} = null where false"
            );
        }
        if (relation.Rights.Contains("DELETE"))
        {
            yield return ("DELETE", $"explain delete from {relation.Quoted} where false");
        }
    }

    private Task SequencesAsync(List<Relation> relations)
    {
        foreach (var sequence in relations.Where(one => one.Kind == 'S' && one.Rights.Count > 0))
        {
            // By its number it is reached without a right on its schema; asking it for a value would move it.
            if (Another(sequence.Schema, sequence.Owner) is { } victim)
            {
                Add(
                    AttemptKinds.Sequences,
                    victim,
                    $"{sequence.Schema}.{sequence.Name}",
                    $"select has_sequence_privilege({sequence.Id}::oid, 'USAGE, SELECT, UPDATE')",
                    AttemptOutcome.Leak,
                    $"{string.Join(", ", sequence.Rights.Order())} was granted: its value tells how much happens there, and it can be moved."
                );
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>Tables that several tenants share, with a column that says whose a row is.</summary>
    private async Task RowSecurityAsync(TrialIdentity who, List<Relation> relations)
    {
        if (IsOwn)
        {
            return;
        }
        foreach (
            var table in relations
                .Where(one =>
                    one is { Kind: 'r' or 'p', TenantColumn.Length: > 0, SchemaOpen: true }
                    && one.Rights.Contains("SELECT")
                    && ground.Owners.OfSchema(database, one.Schema) != tenant
                    && Another(one.Schema, one.Owner) is null
                )
                .Take(MostTried)
        )
        {
            var (column, name) = (PostgresNames.Quoted(table.TenantColumn), $"{table.Schema}.{table.Name}");
            var mine = $"({PostgresNames.Literal(tenant)}, {PostgresNames.Literal(login.Role)})";
            var statement = $"select exists (select {column} from {table.Quoted} where {column}::text not in {mine})";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            if (answer is { Worked: true, Value: true })
            {
                Add(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    statement,
                    AttemptOutcome.Leak,
                    $"It shows rows of others{As(who)}."
                );
                continue;
            }
            if (!table.Secured && table.Others > 0)
            {
                Add(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    $"select relrowsecurity from pg_class where oid = {table.Id}",
                    AttemptOutcome.Leak,
                    "Others use this table too, and nothing keeps its rows apart: row security is off."
                );
                continue;
            }
            var believed = await connection.RowsAsync(
                ProofSql.BelievedSettings,
                row => row.GetString(0),
                cancellation,
                ("table", table.Id)
            );
            var fooled = false;
            foreach (var setting in believed)
            {
                foreach (var other in ground.Owners.Tenants.Where(other => other != tenant).Take(50))
                {
                    var pretending =
                        $"select set_config({PostgresNames.Literal(setting)}, {PostgresNames.Literal(other)}, true); select exists (select {column} from {table.Quoted} where {column}::text not in {mine})";
                    if (await PretendAsync(pretending, who))
                    {
                        Add(
                            AttemptKinds.RowSecurity,
                            other,
                            name,
                            pretending,
                            AttemptOutcome.Leak,
                            $"Its policy believes the setting {setting}, which anybody may set."
                        );
                        fooled = true;
                        break;
                    }
                }
            }
            if (!fooled)
            {
                Add(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    statement,
                    AttemptOutcome.Held,
                    answer.Worked ? "No row of another tenant is shown." : answer.Words
                );
            }
        }
    }

    /// <summary>The value of the last of two statements.</summary>
    private async Task<bool> PretendAsync(string statements, TrialIdentity who)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            if (RoleOf(who) is { } role)
            {
                await using var become = new NpgsqlCommand($"set local role {PostgresNames.Quoted(role)}", connection);
                await become.ExecuteNonQueryAsync(cancellation);
            }
            await using var command = new NpgsqlCommand(statements, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.NextResultAsync(cancellation)
                && await reader.ReadAsync(cancellation)
                && reader.GetBoolean(0);
        }
        catch (PostgresException)
        {
            return false;
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
    }

    private async Task ViewsAsync(TrialIdentity who)
    {
        var sources = await AskAsync(
            ProofSql.ViewSources,
            who,
            row =>
                (
                    Id: row.GetInt64(0),
                    Schema: row.GetString(1),
                    Name: row.GetString(2),
                    SourceSchema: row.GetString(3),
                    SourceOwner: row.GetString(4),
                    Owner: row.GetString(5)
                )
        );
        foreach (var view in sources.GroupBy(one => one.Id).Take(MostTried))
        {
            // Those that are themselves another's were tried with the tables.
            if (Another(view.First().Schema, view.First().Owner) is not null)
            {
                continue;
            }
            var victims = view.Select(one => Another(one.SourceSchema, one.SourceOwner))
                .OfType<string>()
                .Distinct()
                .ToList();
            if (victims.Count == 0)
            {
                continue;
            }
            var (_, schema, name, _, _, _) = view.First();
            var statement = $"explain select * from {PostgresNames.Quoted(schema, name)}";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            Add(
                AttemptKinds.Tables,
                victims.Count == 1 ? victims[0] : null,
                $"{schema}.{name}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                answer.Worked ? $"This view is made of others' tables and may be read{As(who)}." : answer.Words
            );
        }
    }

    private async Task FunctionsAsync(TrialIdentity who)
    {
        var functions = await AskAsync(
            ProofSql.Functions,
            who,
            row =>
                (
                    Schema: row.GetString(1),
                    Name: row.GetString(2),
                    Arguments: row.GetString(3),
                    Owner: row.GetString(4),
                    Powerful: row.GetBoolean(5),
                    Language: row.GetString(6),
                    Source: row.GetString(7),
                    Parameters: row.GetInt32(8),
                    Pinned: row.GetBoolean(9),
                    Touches: row.GetString(10).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                )
        );
        var schemas = ground.Owners.SchemasIn(database).Where(one => one.Tenant != tenant).ToList();
        foreach (var function in functions.Take(MostTried))
        {
            var name = $"{PostgresNames.Quoted(function.Schema, function.Name)}({function.Arguments})";
            var victim =
                Another(function.Schema, function.Owner)
                ?? function.Touches.Select(schema => Another(schema, null)).FirstOrDefault(one => one is not null)
                ?? schemas.FirstOrDefault(one => Mentions(function.Source, one.Schema)).Tenant;
            var why = victim is not null
                ? ground.Owners.OfRole(function.Owner) is { } owner && owner != tenant
                    ? "It runs as another tenant's role"
                    : "It reaches another tenant's tables with its owner's rights"
                : function.Powerful
                && function is { Language: "plpgsql", Parameters: > 0 }
                && Executes().IsMatch(function.Source)
                    ? $"It runs as {function.Owner}, and executes text that it is given"
                    : function is { Powerful: true, Pinned: false } && Looks().IsMatch(function.Source)
                        ? $"It runs as {function.Owner} and looks for names wherever the caller's search path leads: set search_path on it"
                        : null;
            if (why is not null)
            {
                Add(
                    AttemptKinds.Functions,
                    victim,
                    $"{function.Schema}.{function.Name}",
                    $"select has_function_privilege({PostgresNames.Literal(name)}, 'EXECUTE')",
                    AttemptOutcome.Leak,
                    $"{why}, and may be called{As(who)}. It was not called: what a function does may not be undone."
                );
            }
        }
    }

    private async Task LargeObjectsAsync(TrialIdentity who)
    {
        var objects = await AskAsync(
            ProofSql.LargeObjects,
            who,
            row => (Id: row.GetInt64(0), Owner: row.GetString(1), Readable: row.GetBoolean(2))
        );
        foreach (var (id, owner, readable) in objects)
        {
            if ((ground.Another(tenant, database, null, owner) ?? Stranger) is not { } victim)
            {
                continue;
            }
            var statement = $"select lo_get({id}, 0, 1)";
            var answer = readable
                ? await connection.TryAsync(statement, RoleOf(who), cancellation)
                : new Tried(true, null, null, "");
            Add(
                AttemptKinds.LargeObjects,
                victim,
                $"large object {id}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                !answer.Worked ? answer.Words
                    : readable ? $"It was read{As(who)}."
                    : "It may be written."
            );
        }
    }

    private async Task ForeignDataAsync(TrialIdentity who)
    {
        var tables = await AskAsync(
            ProofSql.ForeignTables,
            who,
            row =>
                (Schema: row.GetString(0), Name: row.GetString(1), Target: row.GetString(2), Remote: row.GetString(3))
        );
        foreach (var table in tables.Take(MostTried))
        {
            var target = table.Target.Length > 0 ? table.Target : database;
            var whose =
                table.Remote.Length > 0
                    ? ground.Owners.OfSchema(target, table.Remote)
                    : ground.Owners.OfDatabase(target);
            if (whose is null || whose == tenant)
            {
                continue;
            }
            var statement = $"select 1 from {PostgresNames.Quoted(table.Schema, table.Name)} limit 1";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            Add(
                AttemptKinds.ForeignData,
                whose,
                $"{table.Schema}.{table.Name}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                answer.Worked ? $"This foreign table reaches another tenant's data{As(who)}." : answer.Words
            );
        }
        var servers = await AskAsync(
            ProofSql.Servers,
            who,
            row => (Name: row.GetString(0), Target: row.GetString(1), Usable: row.GetBoolean(2))
        );
        foreach (var (name, target, usable) in servers)
        {
            if (usable && ground.Owners.OfDatabase(target) is { } whose && whose != tenant)
            {
                Add(
                    AttemptKinds.ForeignData,
                    whose,
                    $"server {name}",
                    $"select has_server_privilege({PostgresNames.Literal(name)}, 'USAGE')",
                    AttemptOutcome.Leak,
                    $"This server leads to another tenant's database, may be used{As(who)}, and has a user mapping for it."
                );
            }
        }
    }

    private async Task InheritanceAsync(TrialIdentity who)
    {
        var children = await AskAsync(
            ProofSql.Inheritance,
            who,
            row =>
                (
                    Schema: row.GetString(0),
                    Parent: row.GetString(1),
                    ChildSchema: row.GetString(2),
                    Child: row.GetString(3),
                    Owner: row.GetString(4)
                )
        );
        foreach (var child in children.Take(MostTried))
        {
            if (Another(child.ChildSchema, child.Owner) is { } victim && Another(child.Schema, null) is null)
            {
                var statement = $"explain select * from {PostgresNames.Quoted(child.Schema, child.Parent)}";
                var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
                Add(
                    AttemptKinds.Inheritance,
                    victim,
                    $"{child.ChildSchema}.{child.Child}",
                    statement,
                    answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                    answer.Worked
                        ? "Whoever reads the parent reads this table too, without a right on it."
                        : answer.Words
                );
            }
        }
    }

    private async Task CreatingAsync(TrialIdentity who)
    {
        var schemas = await AskAsync(ProofSql.Creating, who, row => (Name: row.GetString(0), Owner: row.GetString(1)));
        foreach (var (schema, owner) in schemas)
        {
            if (ground.Owners.OfSchema(database, schema) == tenant)
            {
                continue;
            }
            var statement = $"create view {PostgresNames.Quoted(schema, "sevensa_isolation_proof")} as select 1 as one";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            var written = answer.Worked || answer.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;
            Add(
                AttemptKinds.Creating,
                Another(schema, owner),
                $"schema {schema}",
                statement,
                written ? AttemptOutcome.Leak : AttemptOutcome.Held,
                written ? $"Objects can be made where others may look for theirs{As(who)}." : answer.Words
            );
        }
        if (IsOwn)
        {
            return;
        }
        var (create, temporary) = (
            await AskAsync(ProofSql.DatabaseRights, who, row => (row.GetBoolean(0), row.GetBoolean(1)))
        )[0];
        if (create)
        {
            var statement = "create schema sevensa_isolation_proof";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            Add(
                AttemptKinds.Creating,
                Stranger,
                $"database {database}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                answer.Worked
                    ? $"Schemas can be made there{As(who)}, also under the name of another's login, where that one looks first."
                    : answer.Words
            );
        }
        if (temporary && Stranger is { } host)
        {
            var statement = "create temporary table sevensa_isolation_proof ()";
            var answer = await connection.TryAsync(statement, RoleOf(who), cancellation);
            Add(
                AttemptKinds.Temporary,
                host,
                $"database {database}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                answer.Worked ? $"Temporary tables can be made in another tenant's database{As(who)}." : answer.Words
            );
        }
    }

    private async Task BeyondAsync(TrialIdentity who)
    {
        var rights = await AskAsync(
            ProofSql.Beyond,
            who,
            row =>
                (
                    Where: row.GetString(0),
                    Schema: row.GetString(1),
                    Name: row.GetString(2),
                    Rights: row.GetString(3),
                    What: row.GetString(4)
                )
        );
        foreach (var right in rights)
        {
            var system = right.Where.Length == 0;
            // What a tenant's own extension brought into its own schema or database is its own.
            if (!system && (IsOwn || ground.Owners.OfSchema(database, right.Schema) == tenant))
            {
                continue;
            }
            Add(
                system ? AttemptKinds.Catalogs : AttemptKinds.Extensions,
                null,
                $"{right.Schema}.{right.Name}",
                right.What switch
                {
                    "function" => $"select has_function_privilege('{right.Schema}.{right.Name}', 'EXECUTE')",
                    "column" =>
                        $"select has_any_column_privilege('{right.Schema}.{right.Name.Split('.')[0]}', '{right.Rights}')",
                    _ => $"select has_table_privilege('{right.Schema}.{right.Name}', '{right.Rights}')",
                },
                AttemptOutcome.Leak,
                $"{right.Rights} was granted{As(who)}, which nobody but superusers has from the beginning."
            );
        }
    }

    private async Task DblinkAsync(TrialIdentity who)
    {
        foreach (
            var (name, schema) in await AskAsync(ProofSql.Dblink, who, row => (row.GetString(1), row.GetString(2)))
        )
        {
            var call = PostgresNames.Quoted(schema, name);
            if (name == "dblink_connect_u")
            {
                Add(
                    AttemptKinds.Dblink,
                    null,
                    $"{schema}.{name}",
                    $"select has_function_privilege({PostgresNames.Literal($"{call}(text)")}, 'EXECUTE')",
                    AttemptOutcome.Leak,
                    "It connects without a password of the caller's, as whoever the server lets in."
                );
                continue;
            }
            var statement = $"select {call}({PostgresNames.Literal($"dbname={Conninfo(database)} connect_timeout=2")})";
            var answer = await connection.TryAsync(statement, null, cancellation);
            Add(
                AttemptKinds.Dblink,
                null,
                $"{schema}.{name}",
                statement,
                answer.Worked ? AttemptOutcome.Leak : AttemptOutcome.Held,
                answer.Worked ? "It connected without a password." : answer.Words
            );
        }
    }

    private async Task DefaultPrivilegesAsync(TrialIdentity who)
    {
        var grants = await AskAsync(
            ProofSql.DefaultPrivileges,
            who,
            row =>
                (
                    Role: row.GetString(0),
                    Schema: row.GetString(1),
                    Kind: row.GetString(2)[0],
                    Rights: row.GetString(3),
                    To: row.GetString(4)
                )
        );
        foreach (var grant in grants)
        {
            var victim =
                grant.Schema.Length > 0 ? Another(grant.Schema, grant.Role) : Another(null, grant.Role) ?? Stranger;
            if (victim is null)
            {
                continue;
            }
            var what = grant.Kind switch
            {
                'r' => "tables",
                'S' => "sequences",
                'n' => "schemas",
                _ => "large objects",
            };
            Add(
                AttemptKinds.DefaultPrivileges,
                victim,
                $"{what} made by {grant.Role}{(grant.Schema.Length > 0 ? $" in {grant.Schema}" : "")}",
                "select defaclacl from pg_default_acl",
                AttemptOutcome.Leak,
                $"{grant.Rights} on {what} made from now on goes to {grant.To}."
            );
        }
    }

    private async Task PublicationsAsync(TrialIdentity who)
    {
        var published = await AskAsync(
            ProofSql.Publications,
            who,
            row => (Name: row.GetString(0), Schema: row.GetString(1), Owner: row.GetString(2))
        );
        foreach (var publication in published.GroupBy(one => one.Name))
        {
            if (
                publication.Select(one => Another(one.Schema, one.Owner)).FirstOrDefault(one => one is not null) is
                { } victim
            )
            {
                Add(
                    AttemptKinds.Publications,
                    victim,
                    $"publication {publication.Key}",
                    "select * from pg_publication_tables",
                    AttemptOutcome.Leak,
                    "It is this tenant's, and publishes others' tables."
                );
            }
        }
    }

    private async Task TriggersAsync(TrialIdentity who)
    {
        foreach (
            var trigger in await AskAsync(
                ProofSql.Triggers,
                who,
                row =>
                    (Schema: row.GetString(0), Table: row.GetString(1), Name: row.GetString(2), Owner: row.GetString(3))
            )
        )
        {
            if (Another(trigger.Schema, trigger.Owner) is { } victim)
            {
                Add(
                    AttemptKinds.Triggers,
                    victim,
                    $"{trigger.Schema}.{trigger.Table}",
                    "select tgname, tgfoid::regprocedure from pg_trigger",
                    AttemptOutcome.Leak,
                    $"The trigger {trigger.Name} there runs a function of this tenant's: it is handed every row."
                );
            }
        }
    }

    private async Task CodeAsync(TrialIdentity who)
    {
        var seen = await AskAsync(
            ProofSql.Code,
            who,
            row => (Schema: row.GetString(0), Owner: row.GetString(1), Count: row.GetInt32(2))
        );
        var others = seen.Select(one => (Whose: Another(one.Schema, one.Owner), one.Schema, one.Count))
            .Where(one => one.Whose is not null)
            .ToList();
        if (others.Count == 0)
        {
            return;
        }
        var whose = others.Select(one => one.Whose!).Distinct().ToList();
        Add(
            AttemptKinds.Code,
            whose.Count == 1 ? whose[0] : null,
            whose.Count == 1
                ? $"{others.Sum(one => one.Count)} functions and views of {others[0].Schema}"
                : $"functions and views of {whose.Count} tenants",
            "select prosrc from pg_proc; select definition from pg_views",
            AttemptOutcome.Leak,
            "The catalogue of a database shows the text of every function and view to everybody who may connect. Only a database of its own keeps it."
        );
    }

    private async Task SearchPathAsync(TrialIdentity who)
    {
        foreach (
            var schema in await AskAsync(
                ProofSql.SearchPath,
                who,
                row =>
                    (
                        Name: row.GetString(0),
                        Owner: row.GetString(1),
                        Creators: row.GetString(2).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    )
            )
        )
        {
            var others = schema
                .Creators.Append(schema.Owner)
                .Where(role => role == "PUBLIC" ? !IsOwn : ground.Owners.OfRole(role) is { } whose && whose != tenant)
                .ToList();
            if (others.Count > 0)
            {
                Add(
                    AttemptKinds.SearchPath,
                    Another(schema.Name, schema.Owner),
                    $"schema {schema.Name}",
                    "show search_path",
                    AttemptOutcome.Leak,
                    "This schema is on the login's search path, and others make objects in it: a name of the tenant's own code may lead to theirs."
                );
            }
        }
    }

    private async Task StatementsAsync(TrialIdentity who)
    {
        var schema = (await AskAsync(ProofSql.StatementsView, who, row => row.GetString(0))).FirstOrDefault();
        if (schema is null)
        {
            return;
        }
        var statement = "select query from pg_stat_statements where userid <> (own roles)";
        List<string> seen;
        try
        {
            seen = await AskAsync(ProofSql.Statements(PostgresNames.Quoted(schema)), who, row => row.Text(0) ?? "");
        }
        catch (PostgresException exception)
        {
            Add(AttemptKinds.Statements, null, "", statement, AttemptOutcome.NotTried, exception.MessageText);
            return;
        }
        var others = seen.Where(role => ground.Owners.OfRole(role) is { } whose && whose != tenant).Distinct().ToList();
        if (seen.Count > 0)
        {
            Add(
                AttemptKinds.Statements,
                others.Count == 1 ? ground.Owners.OfRole(others[0]) : null,
                "pg_stat_statements",
                statement,
                AttemptOutcome.Leak,
                "The texts of others' statements are shown."
            );
        }
    }

    /// <summary>Whose the database is, when that is another tenant.</summary>
    private string? Stranger => databaseTenant == tenant ? null : databaseTenant;

    private string? Another(string? schema, string? owner) => ground.Another(tenant, database, schema, owner);

    private string? RoleOf(TrialIdentity who) => who.Switched ? who.Role : null;

    private static string As(TrialIdentity who) => who.Switched ? $", after becoming {who.Role}" : "";

    private void Add(string kind, string? victim, string what, string statement, AttemptOutcome outcome, string words)
    {
        var attempt = new Attempt(tenant, victim, kind, database, what, statement, outcome, words);
        // A role that it can become may reach the same.
        if (
            !attempts.Any(one =>
                one.Kind == kind && one.Database == database && one.Object == what && one.Outcome == outcome
            )
        )
        {
            attempts.Add(attempt);
        }
    }

    private Task<List<T>> AskAsync<T>(
        string sql,
        TrialIdentity who,
        Func<NpgsqlDataReader, T> read,
        params (string Name, object Value)[] more
    )
    {
        (string Name, object Value)[] all =
        [
            ("who", who.Role),
            ("ids", who.Ids),
            ("direct", who.Direct),
            ("own", who.Own),
            .. more,
        ];
        return connection.RowsAsync(
            sql,
            read,
            cancellation,
            [.. all.Where(one => sql.Contains($"@{one.Name}", StringComparison.Ordinal))]
        );
    }

    private static bool Mentions(string source, string schema) =>
        Regex.IsMatch(source, $@"(?<![\w$]){Regex.Escape(schema)}""?\s*\.", RegexOptions.IgnoreCase);

    private static string Conninfo(string name) =>
        $"'{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\bexecute\b", RegexOptions.IgnoreCase)]
    private static partial Regex Executes();

    [GeneratedRegex(@"\b(from|join|into|update|perform|call|execute)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Looks();
}
