using System.Globalization;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>When a role takes so much of a shared instance that the others feel it, and what moving it would change.</summary>
internal static class NoisyUse
{
    /// <summary>Of time, blocks and places: more than all others together.</summary>
    private const double Share = 0.5;

    /// <summary>Half of nothing is nothing: seconds of statements, and bytes, below which nobody is noisy.</summary>
    private const double LeastSeconds = 60;
    private const long LeastBytes = 1L << 30;
    private const long BlockBytes = 8192;

    /// <returns>What it takes too much of, in words; nothing when it does not.</returns>
    public static IReadOnlyList<string> Of(InstanceFacts facts, string role, RoleLoad? load, int connections)
    {
        List<string> takes = [];
        if (load is not null)
        {
            var all = facts.Loads!;
            var time = load.Seconds / all.Sum(one => one.Seconds);
            var read = (double)load.BlocksRead / all.Sum(one => one.BlocksRead);
            var spilt = (double)load.TemporaryBlocks / all.Sum(one => one.TemporaryBlocks);
            if (time > Share && load.Seconds > LeastSeconds)
            {
                takes.Add($"{Percent(time)} of the statements' time");
            }
            if (read > Share && load.BlocksRead * BlockBytes > LeastBytes)
            {
                takes.Add($"{Percent(read)} of what is read from outside the buffers");
            }
            if (spilt > Share && load.TemporaryBlocks * BlockBytes > LeastBytes)
            {
                takes.Add($"{Percent(spilt)} of what goes through temporary files");
            }
        }
        var places = facts.Server.MaxConnections - facts.Server.Reserved;
        if (connections > places * Share)
        {
            takes.Add(string.Create(CultureInfo.InvariantCulture, $"{connections} of {places} connections"));
        }
        return takes;
    }

    public static NoisyNeighbour Suggest(
        InstanceFacts facts,
        string role,
        RoleLoad? load,
        double share,
        int connections
    )
    {
        var heaviest = facts.Statements?.Where(one => one.Role == role).MaxBy(one => one.TotalSeconds);
        return new NoisyNeighbour(
            heaviest?.Text,
            heaviest is null || load is not { Seconds: > 0 } ? null : Math.Min(1, heaviest.TotalSeconds / load.Seconds),
            share,
            connections,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Moved to an instance of its own (database.tenant.move), the others would have {(load is null ? "" : $"the {Percent(share)} of the time that it takes for themselves, and ")}{connections} of {facts.Server.MaxConnections} connections {(load is null ? "more" : "would be free here")}. Its heaviest statement comes first: what makes that one faster may do instead."
            )
        );
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");
}
