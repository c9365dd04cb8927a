using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Others' large objects.</summary>
internal static class LargeObjectTrial
{
    public static async Task RunAsync(TrialSession session)
    {
        var objects = await session.AskAsync(
            ProofSql.LargeObjects,
            row => (Id: row.GetInt64(0), Owner: row.GetString(1), Readable: row.GetBoolean(2))
        );
        foreach (var (id, owner, readable) in objects)
        {
            if ((session.Another(null, owner) ?? session.OtherTenant) is not { } victim)
            {
                continue;
            }
            var (name, statement) = ($"large object {id}", $"select lo_get({id}, 0, 1)");
            if (readable)
            {
                var answer = await session.TryAsync(statement);
                session.Tell(
                    AttemptKinds.LargeObjects,
                    victim,
                    name,
                    statement,
                    answer,
                    $"It was read{session.AfterBecoming}."
                );
            }
            else
            {
                session.Leak(AttemptKinds.LargeObjects, victim, name, statement, "It may be written.");
            }
        }
    }
}
