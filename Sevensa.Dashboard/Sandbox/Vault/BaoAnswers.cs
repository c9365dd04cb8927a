using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>What OpenBao answers beside the older Vault: about its own state, audit devices, rekeying, mounts for a page.</summary>
internal sealed class BaoAnswers(SimulatedFleet fleet, VaultSystem system, VaultKv kv)
{
    private static readonly VaultRefusal Unsupported = new(405, "unsupported operation");

    /// <summary>Of what needs no token and no unsealed server; null for anything else.</summary>
    public VaultAnswer? Open(string method, string[] path, JsonObject? body, bool hasToken) =>
        (method, path) switch
        {
            ("GET", ["sys", "init"]) => new VaultAnswer(200, new JsonObject { ["initialized"] = true }),
            ("POST" or "PUT", ["sys", "init"]) => throw new VaultRefusal(400, "Vault is already initialized"),
            ("GET", ["sys", "leader"]) => new VaultAnswer(200, Leader()),
            ("POST" or "PUT", ["sys", "unseal"]) => Unseal(body),
            (_, ["sys", "rekey" or "rekey-recovery-key" or "generate-root", ..]) => throw Unsupported,
            ("DELETE" or "POST" or "PUT", ["sys", "health"]) => throw new VaultRefusal(405),
            ("GET", ["sys", "internal", "ui", "mounts"]) when !hasToken => VaultAnswer.Of(
                new JsonObject { ["auth"] = new JsonObject(), ["secret"] = new JsonObject() }
            ),
            _ => null,
        };

    /// <summary>Of what a token may ask; null for anything else.</summary>
    public VaultAnswer? Answer(string method, string[] path, JsonObject body) =>
        (method, path) switch
        {
            ("GET", ["version-history"]) => throw new VaultRefusal(
                405,
                "1 error occurred:\n\t* unsupported operation\n\n"
            ),
            ("GET", ["audit"]) => VaultAnswer.Both(
                new JsonObject
                {
                    ["to-file/"] = new JsonObject
                    {
                        ["description"] = "declared in the configuration",
                        ["local"] = false,
                        ["options"] = new JsonObject { ["file_path"] = "/var/log/openbao/audit.jsonl" },
                        ["path"] = "to-file/",
                        ["type"] = "file",
                    },
                }
            ),
            ("POST" or "PUT", ["audit", _]) => throw new VaultRefusal(
                400,
                "cannot enable audit device via API; use declarative, config-based audit device management instead"
            ),
            ("POST" or "PUT", ["audit-hash", _]) => VaultAnswer.Both(
                new JsonObject { ["hash"] = "hmac-sha256:" + Noise.Hex("audit " + body["input"], 64) }
            ),
            ("GET", ["internal", "ui", "mounts"]) => VaultAnswer.Of(
                new JsonObject
                {
                    ["auth"] = new JsonObject { ["token/"] = VaultSystem.Mount("token", "token") },
                    ["secret"] = VaultSystem.Mounts(kv),
                }
            ),
            ("POST" or "PUT", ["mounts", _, "tune"]) => VaultAnswer.Done,
            ("POST" or "PUT", ["wrapping", "wrap"]) => VaultAnswer.Of(body.DeepClone()),
            ("POST" or "PUT", ["tools", "random", ..]) => VaultAnswer.Of(
                new JsonObject { ["random_bytes"] = Noise.Hex($"random {fleet.NowNano()}", 32) }
            ),
            _ => null,
        };

    private VaultAnswer Unseal(JsonObject? body)
    {
        if (body?["reset"] is null)
        {
            system.Unseal();
        }
        return system.SealStatus();
    }

    private JsonObject Leader() =>
        new()
        {
            ["ha_enabled"] = true,
            ["is_self"] = true,
            ["active_time"] = Reply.GoTime(fleet.StartedAt),
            ["leader_address"] = "http://127.0.0.1:8200",
            ["leader_cluster_address"] = "https://127.0.0.1:8201",
            ["raft_committed_index"] = kv.Writes,
            ["raft_applied_index"] = kv.Writes,
        };
}
