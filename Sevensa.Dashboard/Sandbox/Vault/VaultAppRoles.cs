using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <param name="Cidrs">Addresses from which alone it logs in.</param>
/// <param name="Uses">Logins that it is still good for; 0 for any number.</param>
internal sealed record VaultSecretId(
    string Role,
    string Accessor,
    JsonNode Marks,
    string[] Cidrs,
    string[] TokenCidrs,
    int Uses
);

/// <summary>AppRoles and their secret ids.</summary>
/// <param name="grant">Makes a token: policies, display name, life and role.</param>
internal sealed class VaultAppRoles(
    SimulatedFleet fleet,
    VaultManner manner,
    Func<string[], string, long, string?, VaultAnswer> grant
)
{
    private const string Mismatch = "invalid role or secret ID";
    private const long Life = 600;
    private readonly Dictionary<string, (string[] Policies, long Ttl, string RoleId)> _roles = new();
    private readonly Dictionary<string, VaultSecretId> _secretIds = new(StringComparer.Ordinal);

    /// <summary>Makes an AppRole with one secret id; both ids are derived from its name.</summary>
    public void Plant(string role, string[] policies, string roleId, string secretId)
    {
        _roles[role] = (policies, 1200, roleId);
        _secretIds[secretId] = new VaultSecretId(role, "", new JsonObject(), [], [], 0);
    }

    /// <summary>Null for what it does not serve.</summary>
    public VaultAnswer? Answer(string method, string[] path, JsonObject body)
    {
        var isBao = manner == VaultManner.OpenBao;
        return (method, path) switch
        {
            ("GET", ["role", var role]) when isBao => VaultAnswer.Of(Describe(Role(role))),
            ("LIST", ["role", var role, "secret-id"]) when isBao => VaultAnswer.Keys(
                _secretIds.Values.Where(one => one.Role == role && one.Accessor.Length > 0).Select(one => one.Accessor)
            ),
            ("POST" or "PUT", ["role", _, "secret-id-accessor", "destroy"]) when isBao => Destroy(
                (string?)body["secret_id_accessor"]
            ),
            ("POST" or "PUT", ["role", _, "secret-id-accessor", "lookup"]) when isBao => VaultAnswer.Of(
                Describe(
                    _secretIds.Values.FirstOrDefault(one => one.Accessor == (string?)body["secret_id_accessor"])
                        ?? throw new VaultRefusal(404)
                )
            ),
            ("POST" or "PUT", ["role", var role, "secret-id", "lookup"]) when isBao => _secretIds.TryGetValue(
                (string?)body["secret_id"] ?? "",
                out var known
            )
            && known.Role == role
            && known.Accessor.Length > 0
                ? VaultAnswer.Of(Describe(known))
                : VaultAnswer.Done,
            ("POST" or "PUT", ["role", var role]) => Make(role, body),
            ("GET", ["role", var role, "role-id"]) => VaultAnswer.Of(
                new JsonObject { ["role_id"] = Role(role).RoleId }
            ),
            ("POST" or "PUT", ["role", var role, "secret-id"]) => MakeSecretId(role, body),
            ("POST" or "PUT", ["login"]) => Login(body),
            _ => null,
        };
    }

    private static JsonObject Describe((string[] Policies, long Ttl, string RoleId) role) =>
        new()
        {
            ["bind_secret_id"] = true,
            ["local_secret_ids"] = false,
            ["secret_id_bound_cidrs"] = null,
            ["secret_id_num_uses"] = 0,
            ["secret_id_ttl"] = Life,
            ["token_bound_cidrs"] = new JsonArray(),
            ["token_explicit_max_ttl"] = 0,
            ["token_max_ttl"] = 0,
            ["token_no_default_policy"] = false,
            ["token_num_uses"] = 0,
            ["token_period"] = 0,
            ["token_policies"] = VaultTokens.Array(role.Policies),
            ["token_strictly_bind_ip"] = false,
            ["token_ttl"] = role.Ttl,
            ["token_type"] = "default",
        };

    private JsonObject Describe(VaultSecretId known) =>
        new()
        {
            ["cidr_list"] = VaultTokens.Array(known.Cidrs),
            ["creation_time"] = Reply.GoTime(fleet.Now),
            ["expiration_time"] = Reply.GoTime(fleet.Now + Life),
            ["last_updated_time"] = Reply.GoTime(fleet.Now),
            ["metadata"] = known.Marks.DeepClone(),
            ["secret_id_accessor"] = known.Accessor,
            ["secret_id_num_uses"] = known.Uses,
            ["secret_id_ttl"] = Life,
            ["token_bound_cidrs"] = VaultTokens.Array(known.TokenCidrs),
        };

    private VaultAnswer Destroy(string? accessor)
    {
        foreach (var (id, _) in _secretIds.Where(one => one.Value.Accessor == accessor).ToList())
        {
            _secretIds.Remove(id);
        }
        return VaultAnswer.Done;
    }

    private VaultAnswer Make(string role, JsonObject body)
    {
        _roles[role] = (
            [.. VaultTokens.Strings(body["token_policies"])],
            VaultSystem.Seconds((string?)body["token_ttl"] ?? "20m"),
            _roles.TryGetValue(role, out var old) ? old.RoleId : Guid.NewGuid().ToString()
        );
        return VaultAnswer.Done;
    }

    private VaultAnswer MakeSecretId(string role, JsonObject body)
    {
        Role(role);
        var id = Guid.NewGuid().ToString();
        var made = new VaultSecretId(
            role,
            Guid.NewGuid().ToString(),
            // A text that is JSON itself.
            (string?)body["metadata"]
                is { } marks
                ? JsonNode.Parse(marks)!
                : new JsonObject(),
            [.. VaultTokens.Strings(body["cidr_list"])],
            [.. VaultTokens.Strings(body["token_bound_cidrs"])],
            (int?)body["num_uses"] ?? 0
        );
        _secretIds[id] = made;
        return VaultAnswer.Of(
            new JsonObject
            {
                ["secret_id"] = id,
                ["secret_id_accessor"] = made.Accessor,
                ["secret_id_num_uses"] = made.Uses,
                ["secret_id_ttl"] = Life,
            }
        );
    }

    private VaultAnswer Login(JsonObject body)
    {
        var isBao = manner == VaultManner.OpenBao;
        if (isBao && body["secret_id"] is null)
        {
            throw new VaultRefusal(400, "missing secret_id");
        }
        var role = _roles.FirstOrDefault(r => r.Value.RoleId == (string?)body["role_id"]);
        if (role.Key is null)
        {
            throw new VaultRefusal(400, isBao ? Mismatch : "invalid role ID");
        }
        var id = (string?)body["secret_id"] ?? "";
        if (!_secretIds.TryGetValue(id, out var known) || known.Role != role.Key)
        {
            throw new VaultRefusal(400, isBao ? Mismatch : "invalid secret id");
        }
        // Everybody who asks it is on this machine.
        if (known.Cidrs.Length > 0 && !known.Cidrs.Any(one => one.StartsWith("127.", StringComparison.Ordinal)))
        {
            throw new VaultRefusal(
                400,
                "source address \"127.0.0.1\" unauthorized through CIDR restrictions on the secret ID"
            );
        }
        if (known.Uses == 1)
        {
            _secretIds.Remove(id);
        }
        else if (known.Uses > 1)
        {
            _secretIds[id] = known with { Uses = known.Uses - 1 };
        }
        return grant([.. role.Value.Policies, "default"], "approle", role.Value.Ttl, role.Key);
    }

    private (string[] Policies, long Ttl, string RoleId) Role(string role) =>
        _roles.TryGetValue(role, out var known) ? known : throw new VaultRefusal(404);
}
