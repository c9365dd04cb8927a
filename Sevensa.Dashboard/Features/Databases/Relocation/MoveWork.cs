using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>What the steps of a move do; each may be done again.</summary>
internal sealed class MoveWork(DumpTool dumps, PostgresDoor door)
{
    private const int DifferencesTold = 5;
    private const int OthersConnections = 8;

    /// <summary>Makes roles and database at the new instance, anew where they were made before, with limits and settings as they are at the old one.</summary>
    public async Task MakeAsync(
        MovePlan move,
        Instance from,
        Instance to,
        ActionPlan plan,
        CancellationToken cancellation
    )
    {
        var there = move.There with { Schema = null };
        await PlaceRemoval.TakeBackAsync(door, to, there, plan.ProposalId, withAll: true, cancellation);
        await using var old = await AdminSession.OpenAsync(door, from, from.Database, cancellation);
        (string, object)[] given =
        [
            ("roles", new[] { move.From.Owner, move.From.Login }),
            ("database", move.From.Database),
            ("whole", move.From.Schema is null),
        ];
        var limits = (
            await old.Connection.RowsAsync(
                "select rolname::text, rolconnlimit from pg_roles where rolname = any(@roles)",
                row => (Role: row.GetString(0), Limit: row.GetInt32(1)),
                cancellation,
                given
            )
        ).ToDictionary(one => one.Role, one => one.Limit, StringComparer.Ordinal);
        var settings = await old.Connection.RowsAsync(
            MoveSql.Settings,
            row => (Role: row.Text(0), InDatabase: row.GetBoolean(1), Name: row.GetString(2), Value: row.GetString(3)),
            cancellation,
            given
        );
        var limit = move.From.Schema is null
            ? await old.ValueAsync<int>(
                "select datconnlimit from pg_database where datname = @database",
                cancellation,
                given
            )
            : move.From.Connections + OthersConnections;
        var kept = (
            await old.Connection.RowsAsync(
                "select pg_encoding_to_char(encoding), datcollate::text, datctype::text from pg_database where datname = @database",
                row =>
                    $"template template0 encoding {Literal(row.GetString(0))} lc_collate {Literal(row.GetString(1))} lc_ctype {Literal(row.GetString(2))}",
                cancellation,
                given
            )
        )[0];
        await using (var server = await AdminSession.OpenAsync(door, to, to.Database, cancellation))
        {
            await using (var transaction = await server.Connection.BeginTransactionAsync(cancellation))
            {
                await server.RunAsync(
                    [
                        .. PlaceSql.Roles(there, plan.Tenant, plan.ProposalId),
                        .. limits.Select(one =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"alter role {PostgresNames.Quoted(one.Key)} connection limit {one.Value}"
                            )
                        ),
                    ],
                    transaction,
                    cancellation
                );
                await transaction.CommitAsync(cancellation);
            }
            await server.RunAsync([$"{PlaceSql.CreateDatabase(there)} {kept}"], null, cancellation);
        }
        await using var inside = await AdminSession.OpenAsync(door, to, move.Name, cancellation);
        await using var whole = await inside.Connection.BeginTransactionAsync(cancellation);
        foreach (var (role, inDatabase, name, value) in settings)
        {
            var list = MoveSql.Lists.Contains(name);
            if (list)
            {
                await inside.ValueAsync<string>(
                    "select set_config(@name, @value, true)",
                    cancellation,
                    ("name", name),
                    ("value", value)
                );
            }
            await inside.RunAsync(
                [
                    MoveSql.Keep(role, inDatabase ? move.Name : null, name, value),
                    .. list ? new[] { $"reset {PostgresNames.Quoted(name)}" } : [],
                ],
                whole,
                cancellation
            );
        }
        await inside.RunAsync(MoveSql.Inside(move, plan.Tenant, to.Reader.Role, limit), whole, cancellation);
        await whole.CommitAsync(cancellation);
    }

    private static string Literal(string text) => PostgresNames.Literal(text);

    /// <param name="snapshot">The moment that it is copied as of; null when nobody writes.</param>
    public async Task CopyAsync(
        MovePlan move,
        Instance from,
        Instance to,
        string? snapshot,
        CancellationToken cancellation
    )
    {
        if (await dumps.CopyAsync(from, move.From, to, move.Name, snapshot, cancellation) is { Count: > 0 } errors)
        {
            throw new InvalidDataException($"It could not be copied whole: {string.Join(" · ", errors)}");
        }
    }

    /// <returns>What was compared, in words.</returns>
    public async Task<string> CompareAsync(MovePlan move, Instance from, Instance to, CancellationToken cancellation)
    {
        string[] readers = [from.Reader.Role, to.Reader.Role];
        var before = await PlacePicture.OfAsync(door, from, move.From, readers, cancellation);
        var after = await PlacePicture.OfAsync(door, to, move.There, readers, cancellation);
        AreSame(before.Lines, after.Lines);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{after.Rows} rows in {after.Tables} tables are the same, and {after.Lines.Count} lines in all on what holds them."
        );
    }

    /// <exception cref="InvalidDataException">They are not.</exception>
    public static void AreSame(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        var differences = PlacePicture.Differences(before, after);
        if (differences.Count > 0)
        {
            throw new InvalidDataException(
                $"The copy is not the same: {string.Join("; ", differences.Take(DifferencesTold))}{(differences.Count > DifferencesTold ? $" and {differences.Count - DifferencesTold} more" : "")}"
            );
        }
    }

    /// <exception cref="InvalidDataException">Something would not come along, or others write to it.</exception>
    public async Task NothingStaysAsync(MovePlan move, Instance from, CancellationToken cancellation)
    {
        if (await LeftBehind.OfAsync(door, from, move.From, _ => LeftBehind.Others, cancellation) is { } left)
        {
            throw new InvalidDataException(left);
        }
    }

    /// <summary>Whether this move let both roles sign in there, so that services may be at work there.</summary>
    public async Task<bool> IsOpenAsync(MovePlan move, Instance to, ActionPlan plan)
    {
        await using var admin = await AdminSession.OpenAsync(door, to, to.Database, CancellationToken.None);
        return await admin.ValueAsync<long>(
                """
                select count(*) from pg_roles r, lateral (select coalesce(shobj_description(r.oid, 'pg_authid'), '')) as d (words)
                 where r.rolname = any(@roles) and r.rolcanlogin and strpos(d.words, @mark) > 0 and strpos(d.words, @unfinished) = 0
                """,
                CancellationToken.None,
                ("roles", new[] { move.From.Owner, move.From.Login }),
                ("mark", PlaceSql.MarkOf(plan.ProposalId)),
                ("unfinished", PlaceSql.Unfinished)
            ) == 2;
    }

    public async Task OpenAsync(MovePlan move, Instance to, ActionPlan plan, (string Owner, string Login) passwords)
    {
        await using var admin = await AdminSession.OpenAsync(door, to, to.Database, CancellationToken.None);
        await using var transaction = await admin.Connection.BeginTransactionAsync(CancellationToken.None);
        await admin.RunAsync(
            MoveSql.Open(
                move,
                plan.Tenant,
                plan.ProposalId,
                ScramVerifier.Of(passwords.Owner),
                ScramVerifier.Of(passwords.Login)
            ),
            transaction,
            CancellationToken.None
        );
        await transaction.CommitAsync(CancellationToken.None);
    }

    public async Task RetireAsync(MovePlan move, Instance from, ActionPlan plan)
    {
        await using var admin = await AdminSession.OpenAsync(door, from, from.Database, CancellationToken.None);
        await admin.RunAsync(MoveSql.Retire(move, plan.Tenant, plan.ProposalId), null, CancellationToken.None);
    }
}
