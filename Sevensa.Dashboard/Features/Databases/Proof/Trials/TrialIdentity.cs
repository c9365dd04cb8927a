using Npgsql;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>A tenant's login that is tried, with its password for as long as the proof lasts.</summary>
internal sealed record TrialLogin(string Tenant, string Role, string? Password, string Database)
{
    // The password stays out of every text that is made of this.
    public override string ToString() => $"{Role} of {Tenant}";
}

/// <summary>A role of the server, and what another one, who looks at it, has of it.</summary>
/// <param name="Inherited">Its rights are had without becoming it; also by itself.</param>
/// <param name="MayBecome">It can be become, also through others.</param>
/// <param name="Member">The one who looks is a member of it, also through others.</param>
internal sealed record RoleSeen(
    long Id,
    string Name,
    bool Inherited,
    bool MayBecome,
    bool Member,
    bool Superuser,
    bool BypassesRowSecurity,
    bool CreatesRoles,
    bool CreatesDatabases,
    bool Replicates
)
{
    /// <summary>Roles that PostgreSQL itself brings.</summary>
    public bool IsPredefined => Name.StartsWith("pg_", StringComparison.Ordinal);

    /// <summary>All roles, as one of them sees them.</summary>
    public static Task<List<RoleSeen>> AllAsync(
        NpgsqlConnection connection,
        string who,
        int major,
        CancellationToken cancellation
    ) =>
        connection.AskAsync(
            ProofSql.Roles(major),
            row => new RoleSeen(
                row.GetInt64(0),
                row.GetString(1),
                row.GetBoolean(2),
                row.GetBoolean(3),
                row.GetBoolean(4),
                row.GetBoolean(5),
                row.GetBoolean(6),
                row.GetBoolean(7),
                row.GetBoolean(8),
                row.GetBoolean(9)
            ),
            cancellation,
            ("who", who)
        );
}

/// <summary>Who is looked at in a database: the login itself, or a role that it can become.</summary>
/// <param name="Switched">It has to be become first.</param>
/// <param name="Ids">Roles whose rights it has, itself and 0 (everybody) among them.</param>
/// <param name="Direct">The same without the predefined roles.</param>
/// <param name="Own">All roles of the tenant.</param>
internal sealed record TrialIdentity(string Role, bool Switched, long[] Ids, long[] Direct, long[] Own)
{
    /// <param name="roles">As <paramref name="role"/> sees them.</param>
    public static TrialIdentity Of(ProofGround ground, TrialLogin login, string role, IReadOnlyList<RoleSeen> roles)
    {
        var inherited = roles.Where(one => one.Inherited).ToList();
        return new TrialIdentity(
            role,
            role != login.Role,
            [0, .. inherited.Select(one => one.Id)],
            [0, .. inherited.Where(one => !one.IsPredefined).Select(one => one.Id)],
            [
                .. roles
                    .Where(one => one.Name == login.Role || ground.Owners.OfRole(one.Name) == login.Tenant)
                    .Select(one => one.Id),
            ]
        );
    }
}
