using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>What is the whole server's: others' sessions, and settings.</summary>
internal static class ServerTrial
{
    public static async Task ActivityAsync(TrialSession session)
    {
        var seen = await session.AskAsync(ProofSql.Activity, row => row.Text(0));
        if (seen.Count > 0)
        {
            var whose = seen.Select(role => session.Ground.Owners.OfRole(role))
                .OfType<string>()
                .Where(one => one != session.Tenant)
                .Distinct()
                .ToList();
            session.Leak(
                AttemptKinds.Activity,
                whose.Count == 1 ? whose[0] : null,
                "pg_stat_activity",
                "select query from pg_stat_activity",
                "The statements of others' sessions are shown."
            );
        }
    }

    public static async Task SettingsAsync(TrialSession session)
    {
        // Rights on settings are as old as that.
        if (session.Ground.Major < 15)
        {
            return;
        }
        foreach (
            var (name, rights) in await session.AskAsync(ProofSql.Settings, row => (row.GetString(0), row.GetString(1)))
        )
        {
            session.Leak(
                AttemptKinds.Settings,
                null,
                name,
                $"select has_parameter_privilege({PostgresNames.Literal(name)}, 'SET, ALTER SYSTEM')",
                $"{rights} on {name} was granted, which only superusers change."
            );
        }
    }
}
