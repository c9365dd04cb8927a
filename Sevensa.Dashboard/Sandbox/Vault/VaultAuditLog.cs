using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>
/// What Vault's audit device wrote in the last weeks, as a collector brought it to Loki: every consumer reads its secrets four times
/// a day, and in the night somebody who never came before read one.
/// </summary>
internal static class VaultAuditLog
{
    public const string Job = "vault-audit";

    /// <summary>Whose Loki tenant has it.</summary>
    public const string Tenant = "platform";

    public const string Selector = $"{{job=\"{Job}\"}}";

    private const double Days = 21;
    private const long Every = 6 * 3600;

    /// <summary>Lines with from ≤ time &lt; to (nanoseconds), oldest first or newest first.</summary>
    public static IEnumerable<(long TimeNano, string Text)> Read(
        SimulatedFleet fleet,
        long from,
        long to,
        bool newestFirst
    )
    {
        var first = Math.Max(from, FleetLogs.Nano(fleet.Midnight - (Days * Rhythm.Day))) / (Every * Second);
        var last = (to - 1) / (Every * Second);
        for (var i = 0L; i <= last - first; i++)
        {
            var lines = Slot(fleet, newestFirst ? last - i : first + i)
                .Where(line => line.TimeNano >= from && line.TimeNano < to);
            foreach (var line in newestFirst ? lines.Reverse() : lines)
            {
                yield return line;
            }
        }
    }

    private const long Second = 1_000_000_000;

    private static List<(long TimeNano, string Text)> Slot(SimulatedFleet fleet, long slot)
    {
        var lines = new List<(long, string)>();
        foreach (var (path, consumer) in VaultSeeds.Readers)
        {
            var tenant = path.Split('/')[0];
            var name = $"{slot} {path} {consumer}";
            var seconds = (slot * Every) + 2 + (Convert.ToInt32(Noise.Hex(name, 3), 16) % 1700);
            lines.Add(
                Line(
                    name,
                    seconds,
                    path,
                    "approle",
                    new JsonObject { ["role_name"] = $"{tenant}-{consumer}" },
                    $"10.20.0.{11 + (Convert.ToInt32(Noise.Hex($"{tenant} {consumer}", 2), 16) % 200)}"
                )
            );
        }
        var night = (long)fleet.Midnight + (3 * 3600) + (12 * 60);
        foreach (var at in (long[])[night, night - (long)Rhythm.Day])
        {
            if (at / Every == slot)
            {
                lines.Add(Line($"{at} night", at, "witcom/psra-api/database", "token", null, "203.0.113.40"));
            }
        }
        lines.Sort((one, other) => one.Item1.CompareTo(other.Item1));
        return lines;
    }

    private static (long, string) Line(
        string name,
        long seconds,
        string path,
        string displayName,
        JsonObject? metadata,
        string address
    )
    {
        var id = Noise.Hex($"audit {name}", 32);
        var auth = new JsonObject
        {
            ["client_token"] = $"hmac-sha256:{Noise.Hex($"token {displayName} {metadata}", 64)}",
            ["display_name"] = displayName,
            ["policies"] = new JsonArray("default", path.Split('/')[0]),
            ["token_type"] = "service",
        };
        if (metadata is not null)
        {
            auth["metadata"] = metadata;
            auth["entity_id"] = Noise.Hex($"entity {metadata["role_name"]}", 32);
        }
        var line = new JsonObject
        {
            ["time"] = DateTimeOffset
                .FromUnixTimeSeconds(seconds)
                .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["type"] = "response",
            ["auth"] = auth,
            ["request"] = new JsonObject
            {
                ["id"] = $"{id[..8]}-{id[8..12]}-{id[12..16]}-{id[16..20]}-{id[20..]}",
                ["operation"] = "read",
                ["mount_point"] = "secret/",
                ["mount_type"] = "kv",
                ["namespace"] = new JsonObject { ["id"] = "root" },
                ["path"] = $"secret/data/{path}",
                ["remote_address"] = address,
            },
            ["response"] = new JsonObject { ["mount_type"] = "kv" },
        };
        return (seconds * Second, line.ToJsonString());
    }
}
