using Npgsql;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>A tenant's login, signed in to one database: what trials there ask, try and write down.</summary>
/// <param name="who">The login itself, or a role that it becomes for each statement.</param>
internal sealed class TrialSession(
    ProofGround ground,
    TrialLogin login,
    string database,
    NpgsqlConnection connection,
    TrialIdentity who,
    AttemptBook book,
    CancellationToken cancellation
)
{
    public ProofGround Ground => ground;

    public TrialLogin Login => login;

    public string Tenant => login.Tenant;

    public string Database => database;

    public TrialIdentity Who => who;

    /// <summary>The whole database is the tenant's.</summary>
    public bool IsOwnDatabase => ground.Owners.OfDatabase(database) == Tenant;

    /// <summary>Whose the whole database is, when that is another tenant.</summary>
    public string? OtherTenant => IsOwnDatabase ? null : ground.Owners.OfDatabase(database);

    /// <summary>The end of a sentence that says what can be done.</summary>
    public string AfterBecoming => who.Switched ? $", after becoming {who.Role}" : "";

    /// <summary>The same session as a role that the login can become.</summary>
    public async Task<TrialSession> BecomeAsync(string role) =>
        new(
            ground,
            login,
            database,
            connection,
            TrialIdentity.Of(ground, login, role, await RolesAsync(role)),
            book,
            cancellation
        );

    /// <summary>What the catalogue says of a role that can't be become, apart from what everybody may.</summary>
    /// <param name="seen">All roles as that one sees them.</param>
    public TrialSession Beside(string role, IReadOnlyList<RoleSeen> seen)
    {
        var whole = TrialIdentity.Of(ground, login, role, seen);
        return new(
            ground,
            login,
            database,
            connection,
            whole with
            {
                Ids = [.. whole.Ids.Where(id => id != 0)],
                Direct = [.. whole.Direct.Where(id => id != 0)],
            },
            book,
            cancellation
        );
    }

    /// <summary>Whose something here is by its owner or schema, when that is another tenant.</summary>
    public string? Another(string? schema, string? owner) => ground.Another(Tenant, database, schema, owner);

    /// <summary>All roles as one of them sees them.</summary>
    public Task<List<RoleSeen>> RolesAsync(string role) =>
        RoleSeen.AllAsync(connection, role, ground.Major, cancellation);

    /// <summary>Relations of this database that were granted to one of the identity's roles, or to everybody.</summary>
    public async Task<long[]> GrantedAsync()
    {
        var granted = await ground.GrantedAsync(connection, cancellation);
        return [.. who.Ids.SelectMany(id => granted[id]).Distinct()];
    }

    /// <summary>Asks the catalogue; the parameters that <see cref="ProofSql"/> describes are filled in where the question has them.</summary>
    public Task<List<T>> AskAsync<T>(
        string sql,
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
        return connection.AskAsync(
            sql,
            read,
            cancellation,
            [.. all.Where(one => sql.Contains($"@{one.Name}", StringComparison.Ordinal))]
        );
    }

    /// <summary>Tries a statement in a transaction that is rolled back.</summary>
    /// <param name="first">What is done before it in the same transaction.</param>
    public Task<Tried> TryAsync(string statement, string? first = null) =>
        connection.TryAsync(statement, who.Switched ? who.Role : null, first, cancellation);

    public void Leak(string kind, string? victim, string what, string statement, string words) =>
        book.Add(kind, victim, database, what, statement, AttemptOutcome.Leak, words);

    public void Held(string kind, string? victim, string what, string statement, string words) =>
        book.Add(kind, victim, database, what, statement, AttemptOutcome.Held, words);

    public void NotTried(string kind, string? victim, string what, string statement, string words) =>
        book.Add(kind, victim, database, what, statement, AttemptOutcome.NotTried, words);

    /// <summary>A leak when the statement worked, else what PostgreSQL said.</summary>
    /// <param name="worked">What it means that it worked.</param>
    public void Tell(string kind, string? victim, string what, string statement, Tried answer, string worked)
    {
        if (answer.Worked)
        {
            Leak(kind, victim, what, statement, worked);
        }
        else
        {
            Held(kind, victim, what, statement, answer.Words);
        }
    }
}
