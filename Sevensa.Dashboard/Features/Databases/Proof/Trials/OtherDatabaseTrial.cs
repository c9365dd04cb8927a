using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Signs in to every other database that lets the login in, and tries there what can be done.</summary>
internal sealed class OtherDatabaseTrial(
    ProofGround ground,
    PostgresDoor door,
    TrialLogin login,
    AttemptBook book,
    CancellationToken cancellation
)
{
    /// <summary>Others' databases that are signed in to one by one; when all of them open, so will the rest with the same right.</summary>
    private const int MostSignIns = 25;

    /// <param name="roles">As the login sees them.</param>
    public async Task RunAsync(TrialSession session, IReadOnlyList<RoleSeen> roles)
    {
        var all = await session.AskAsync(
            ProofSql.Databases,
            row => (Name: row.GetString(0), MayConnect: row.GetBoolean(1), IsTemplate: row.GetBoolean(2))
        );
        var (opened, refused, skipped) = (0, 0, 0);
        foreach (var (name, mayConnect, isTemplate) in all.Where(one => one.Name != login.Database))
        {
            var victim = ground.Owners.OfDatabase(name) is { } whose && whose != login.Tenant ? whose : null;
            if (victim is null)
            {
                if (mayConnect && !isTemplate)
                {
                    await EnterAsync(name, roles, null);
                }
            }
            else if (mayConnect && opened >= MostSignIns)
            {
                skipped++;
            }
            // Of those that nobody granted one is asked in earnest.
            else if ((mayConnect || refused++ == 0) && await EnterAsync(name, roles, victim))
            {
                opened++;
            }
        }
        if (skipped > 0)
        {
            book.Add(
                AttemptKinds.OtherDatabases,
                null,
                "",
                $"{skipped} more databases",
                "select has_database_privilege(datname, 'CONNECT') from pg_database",
                AttemptOutcome.Leak,
                $"{opened} of others' databases opened; the same right is granted on {skipped} more, which were not signed in to one by one."
            );
        }
    }

    /// <param name="victim">The other tenant whose the whole database is; null where it is nobody's.</param>
    /// <returns>It was let in.</returns>
    private async Task<bool> EnterAsync(string database, IReadOnlyList<RoleSeen> roles, string? victim)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await door.ConnectAsync(
                ground.Instance,
                login.Role,
                login.Password,
                database,
                readOnly: false,
                cancellation
            );
        }
        catch (PostgresException refused)
        {
            if (victim is not null)
            {
                var denied =
                    refused.SqlState
                    is PostgresErrorCodes.InsufficientPrivilege
                        or PostgresErrorCodes.InvalidAuthorizationSpecification
                        or PostgresErrorCodes.InvalidPassword;
                Add(denied ? AttemptOutcome.Held : AttemptOutcome.NotTried, Words(refused));
            }
            return false;
        }
        await using (connection)
        {
            if (victim is not null)
            {
                Add(AttemptOutcome.Leak, "It was let in.");
            }
            var who = TrialIdentity.Of(ground, login, login.Role, roles);
            try
            {
                await DatabaseTrial.RunAsync(
                    new TrialSession(ground, login, database, connection, who, book, cancellation),
                    roles
                );
            }
            catch (PostgresException failed)
            {
                // What failed in one database must not pass for held there.
                Add(
                    AttemptOutcome.NotTried,
                    $"{Words(failed)}: what was not tried in this database before that is not known."
                );
            }
            return true;
        }

        void Add(AttemptOutcome outcome, string words) =>
            book.Add(AttemptKinds.OtherDatabases, victim, database, database, $"connect to {database}", outcome, words);
    }

    private static string Words(PostgresException said) => $"{said.MessageText} ({said.SqlState})";
}
