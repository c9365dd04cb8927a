using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>The <c>sys</c> endpoints.</summary>
internal sealed class VaultSystem(SimulatedFleet fleet, VaultTokens tokens, VaultDatabase database, VaultManner manner)
{
    private const string Version = "1.15.6-sandbox";
    private const string Cluster = "vault-cluster-sandbox";

    private readonly HashSet<string> _passwordPolicies = new(StringComparer.Ordinal);

    public bool Sealed { get; private set; }

    public void Unseal() => Sealed = false;

    /// <summary>What a node says that is not the active one.</summary>
    public VaultAnswer StandbyHealth()
    {
        var health = Health();
        health.Body!["standby"] = true;
        return health with { Status = Sealed ? 503 : 429 };
    }

    public VaultAnswer Health()
    {
        var health = new JsonObject
        {
            ["initialized"] = true,
            ["sealed"] = Sealed,
            ["standby"] = Sealed,
            ["performance_standby"] = false,
            ["replication_performance_mode"] = Sealed ? "unknown" : "disabled",
            ["replication_dr_mode"] = Sealed ? "unknown" : "disabled",
            ["server_time_utc"] = (long)fleet.Now,
            ["version"] = Version,
        };
        if (!Sealed)
        {
            health["cluster_name"] = Cluster;
            health["cluster_id"] = "b1f9a99f-e94b-9ec7-3087-d0f0ce8d78f6";
        }
        return new VaultAnswer(Sealed ? 503 : 200, health);
    }

    public VaultAnswer SealStatus()
    {
        var status = new JsonObject
        {
            ["type"] = "shamir",
            ["initialized"] = true,
            ["sealed"] = Sealed,
            ["t"] = 1,
            ["n"] = 1,
            ["progress"] = 0,
            ["nonce"] = "",
            ["version"] = Version,
            ["migration"] = false,
            ["recovery_seal"] = false,
            ["storage_type"] = "inmem",
        };
        if (manner == VaultManner.OpenBao)
        {
            status["commit_date"] = "2026-10-26T20:32:27Z";
        }
        if (!Sealed)
        {
            status["cluster_name"] = Cluster;
            status["cluster_id"] = "b1f9a99f-e94b-9ec7-3087-d0f0ce8d78f6";
        }
        return new VaultAnswer(200, status);
    }

    public VaultAnswer Answer(string method, string[] path, JsonObject body, VaultToken? token, VaultKv kv) =>
        (method, path) switch
        {
            ("GET", ["mounts"]) => VaultAnswer.Both(Mounts(kv)),
            ("GET", ["auth"]) => VaultAnswer.Both(
                new JsonObject { ["token/"] = Mount("token", "token"), ["approle/"] = Mount("approle", "approle") }
            ),
            ("POST" or "PUT", ["mounts", var mount]) => Enable(mount, body, kv),
            ("DELETE", ["mounts", var mount]) => Disable(mount, kv),
            ("GET", ["internal", "ui", "mounts", var mount]) => kv.Has(mount)
                ? VaultAnswer.Of(Mounts(kv)[mount + "/"]!.DeepClone())
                : throw new VaultRefusal(
                    403,
                    "preflight capability check returned 403, please ensure client's policies grant access to path \""
                        + mount
                        + "/\""
                ),
            ("POST" or "PUT", ["auth", _]) => VaultAnswer.Done,
            ("LIST", ["policies", "acl"]) => VaultAnswer.Keys(tokens.PolicyNames),
            ("GET", ["policies", "acl", var name]) => tokens.Policy(name) is { } hcl
                ? VaultAnswer.Of(
                    new JsonObject
                    {
                        ["name"] = name,
                        ["policy"] = hcl,
                        ["allow_slashes_in_identity_templates"] = false,
                        ["allow_wildcards_in_identity_templates"] = false,
                        ["cas_required"] = false,
                        ["modified"] = Serving.Reply.GoTime(fleet.StartedAt),
                    }
                )
                : throw new VaultRefusal(404),
            ("POST" or "PUT", ["policies", "acl", var name]) => SetPolicy(name, body),
            ("POST" or "PUT", ["policies", "password", var name]) => SetPasswordPolicy(name),
            ("GET", ["policies", "password", var name, "generate"]) => _passwordPolicies.Contains(name)
                ? VaultAnswer.Of(new JsonObject { ["password"] = "S7+" + Noise.Hex($"{fleet.NowNano()}", 21) })
                : throw new VaultRefusal(404),
            ("POST" or "PUT", ["capabilities-self"]) => Capabilities(body, token!),
            ("POST" or "PUT", ["wrapping", "unwrap"]) => tokens.Wrapping.Unwrap((string?)body["token"]),
            ("POST" or "PUT", ["wrapping", "rewrap"]) => tokens.Wrapping.Rewrap((string?)body["token"]),
            ("POST" or "PUT", ["wrapping", "lookup"]) => tokens.Wrapping.Look((string?)body["token"]),
            ("POST" or "PUT", ["seal"]) => Seal(),
            _ => throw new VaultRefusal(404, "1 error occurred:\n\t* unsupported path\n\n"),
        };

    /// <summary>What a policy says is not read: every password here is of one form.</summary>
    private VaultAnswer SetPasswordPolicy(string name)
    {
        _passwordPolicies.Add(name);
        return VaultAnswer.Done;
    }

    /// <summary>The database engine, whose leases this system counts.</summary>
    public VaultDatabase Database => database;

    /// <summary>Seconds of a Go duration or a plain number.</summary>
    public static long Seconds(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain))
        {
            return plain;
        }
        long sum = 0;
        long number = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                number = (number * 10) + (c - '0');
                continue;
            }
            sum += c switch
            {
                'd' => number * 86400,
                'h' => number * 3600,
                'm' => number * 60,
                's' => number,
                _ => throw new VaultRefusal(400, $"error parsing duration \"{text}\""),
            };
            number = 0;
        }
        return sum;
    }

    private static VaultAnswer Enable(string mount, JsonObject body, VaultKv kv)
    {
        if ((string?)body["type"] is "kv" or "kv-v2" && !kv.Has(mount))
        {
            kv.Enable(mount, (string?)body["options"]?["version"] == "1");
            return VaultAnswer.Done;
        }
        throw new VaultRefusal(400, $"path is already in use at {mount}/");
    }

    private static VaultAnswer Disable(string mount, VaultKv kv)
    {
        kv.Disable(mount);
        return VaultAnswer.Done;
    }

    private VaultAnswer SetPolicy(string name, JsonObject body)
    {
        tokens.SetPolicy(
            name,
            (string?)body["policy"] ?? throw new VaultRefusal(400, "'policy' parameter not supplied or empty")
        );
        return VaultAnswer.Done;
    }

    private VaultAnswer Capabilities(JsonObject body, VaultToken token)
    {
        var data = new JsonObject();
        var paths = body["paths"] as JsonArray ?? [];
        if (paths.Count == 0 && manner == VaultManner.OpenBao)
        {
            throw new VaultRefusal(400, "paths must be supplied");
        }
        foreach (var path in paths)
        {
            var route = (string)path!;
            data[route] = new JsonArray([.. tokens.Capabilities(token, route).Select(c => (JsonNode)c)]);
        }
        // Of one path they stand beside it too.
        if (paths.Count == 1)
        {
            data["capabilities"] = data.First().Value!.DeepClone();
        }
        return VaultAnswer.Both(data);
    }

    private VaultAnswer Seal()
    {
        Sealed = true;
        return VaultAnswer.Done;
    }

    internal static JsonObject Mounts(VaultKv kv)
    {
        var mounts = new JsonObject
        {
            ["sys/"] = Mount("system", "system"),
            ["identity/"] = Mount("identity", "identity"),
            ["cubbyhole/"] = Mount("cubbyhole", "cubbyhole"),
            ["database/"] = Mount("database", "database"),
        };
        foreach (var mount in kv.Mounts)
        {
            var kvMount = Mount("kv", mount);
            kvMount["options"] = new JsonObject { ["version"] = kv.VersionOf(mount) };
            mounts[mount + "/"] = kvMount;
        }
        return mounts;
    }

    internal static JsonObject Mount(string type, string name) =>
        new()
        {
            ["accessor"] = $"{type}_{Noise.Hex(name, 8)}",
            ["config"] = new JsonObject
            {
                ["default_lease_ttl"] = 0,
                ["force_no_cache"] = false,
                ["max_lease_ttl"] = 0,
                ["token_type"] = "default-service",
                ["passthrough_request_headers"] = new JsonArray("Accept"),
            },
            ["description"] = "",
            ["external_entropy_access"] = false,
            ["local"] = false,
            ["options"] = null,
            ["path"] = name + "/",
            ["deprecation_status"] = "supported",
            ["plugin_version"] = "",
            ["running_plugin_version"] = "",
            ["running_sha256"] = "",
            ["seal_wrap"] = false,
            ["type"] = type,
            ["uuid"] = new Guid(Convert.FromHexString(Noise.Hex("uuid " + name, 32))).ToString(),
        };
}
