using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

internal sealed record VaultToken(
    string Id,
    string Accessor,
    string[] Policies,
    string DisplayName,
    double Issued,
    double? Expires,
    string? Role = null,
    int Uses = 0,
    bool IsBatch = false,
    bool IsOrphan = false,
    long Period = 0
);

/// <summary>Tokens, policies, AppRole and response wrapping.</summary>
internal sealed partial class VaultTokens
{
    private const string Mismatch = "invalid role or secret ID";
    private readonly SimulatedFleet _fleet;
    private readonly Dictionary<string, VaultToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _policies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string[] Policies, long Ttl, string RoleId)> _roles = new();
    private readonly Dictionary<string, (string Role, long Ttl)> _secretIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _secretAccessors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Wrapped> _wrapped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private long _made;

    private readonly VaultManner manner;

    public VaultTokens(SimulatedFleet fleet, string rootToken, VaultManner manner = VaultManner.Vault)
    {
        this.manner = manner;
        _fleet = fleet;
        _tokens[rootToken] = new(rootToken, Name("accessor"), ["root"], "token", fleet.StartedAt, null);
    }

    public IEnumerable<string> PolicyNames => _policies.Keys.Concat(["default", "root"]).Order(StringComparer.Ordinal);

    /// <exception cref="VaultRefusal">It names what this server does not know.</exception>
    public void SetPolicy(string name, string hcl)
    {
        foreach (Match path in PathRule().Matches(hcl))
        {
            foreach (var word in Word().Matches(path.Groups[2].Value).Select(w => w.Groups[1].Value))
            {
                if (!Known.Contains(word) && !(word == "scan" && manner == VaultManner.OpenBao))
                {
                    var place = path.Groups[1].Value;
                    throw new VaultRefusal(
                        400,
                        $"failed to parse policy: path \"{place}\": path \"{place}\": invalid capability \"{word}\""
                    );
                }
            }
        }
        _policies[name] = hcl;
    }

    private static readonly string[] Known = ["deny", "create", "read", "update", "delete", "list", "sudo", "patch"];

    public string? Policy(string name) => _policies.GetValueOrDefault(name);

    /// <summary>Makes an AppRole with one secret id; both ids are derived from its name.</summary>
    public void PlantRole(string role, string[] policies, string roleId, string secretId)
    {
        _roles[role] = (policies, 1200, roleId);
        _secretIds[secretId] = (role, 0);
    }

    public bool Knows(string id) => _tokens.ContainsKey(id);

    public VaultToken Authenticate(string id)
    {
        if (id.Length == 0)
        {
            throw manner == VaultManner.OpenBao
                ? new VaultRefusal(403, "permission denied")
                : new VaultRefusal(400, "missing client token");
        }
        if (manner == VaultManner.OpenBao && _wrapped.Remove(id))
        {
            // Used on any other path it is spent.
            throw new VaultRefusal(403, "1 error occurred:\n\t* permission denied\n\n");
        }
        if (!_tokens.TryGetValue(id, out var token) || token.Expires <= _fleet.Now)
        {
            throw new VaultRefusal(403, "permission denied");
        }
        if (token.Uses > 0)
        {
            var used = _used[id] = _used.GetValueOrDefault(id) + 1;
            if (used > token.Uses)
            {
                throw new VaultRefusal(403, "permission denied");
            }
        }
        return token;
    }

    public void Authorize(VaultToken token, string route, string method)
    {
        if (route is "auth/token/lookup-self" or "auth/token/renew-self" or "auth/token/revoke-self")
        {
            return;
        }
        string[] needed = method switch
        {
            "GET" => ["read"],
            "LIST" => ["list"],
            "SCAN" => ["scan"],
            "DELETE" => ["delete"],
            _ => ["create", "update"],
        };
        // A list is of a folder, whether its name is written with a slash or without.
        if (
            route != "sys/capabilities-self"
            && !Capabilities(token, route)
                .Concat(method is "LIST" or "SCAN" ? Capabilities(token, route + "/") : [])
                .Any(c => c == "root" || needed.Contains(c))
        )
        {
            throw new VaultRefusal(403, "1 error occurred:\n\t* permission denied\n\n");
        }
    }

    public string[] Capabilities(VaultToken token, string route)
    {
        if (token.Policies.Contains("root"))
        {
            return ["root"];
        }
        var granted = (
            from policy in token.Policies
            from Match path in PathRule().Matches(_policies.GetValueOrDefault(policy, ""))
            where Covers(path.Groups[1].Value, route)
            from capability in Word().Matches(path.Groups[2].Value).Select(w => w.Groups[1].Value)
            select capability
        )
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToArray();
        return granted.Length == 0 || granted.Contains("deny") ? ["deny"] : granted;
    }

    public VaultAnswer Answer(string method, string[] path, JsonObject body, VaultToken? token, string? id) =>
        (method, path) switch
        {
            ("GET", ["token", "lookup-self"]) => VaultAnswer.Of(Describe(token!)),
            ("POST" or "PUT", ["token", "create"]) => Create(body, false),
            ("POST" or "PUT", ["token", "create-orphan"]) when manner == VaultManner.OpenBao => Create(body, true),
            ("POST" or "PUT", ["token", "lookup-accessor"]) when manner == VaultManner.OpenBao => VaultAnswer.Of(
                DescribeByAccessor((string?)body["accessor"])
            ),
            ("GET", ["approle", "role", var role]) when manner == VaultManner.OpenBao => VaultAnswer.Of(
                DescribeRole(Role(role))
            ),
            ("LIST", ["approle", "role", var role, "secret-id"]) when manner == VaultManner.OpenBao => VaultAnswer.Keys(
                _secretAccessors.Where(one => _secretIds[one.Value].Role == role).Select(one => one.Key)
            ),
            ("POST" or "PUT", ["approle", "role", _, "secret-id-accessor", "destroy"])
                when manner == VaultManner.OpenBao => Destroy((string?)body["secret_id_accessor"] ?? ""),
            ("POST" or "PUT", ["approle", "role", _, "secret-id-accessor", "lookup"])
                when manner == VaultManner.OpenBao => VaultAnswer.Of(
                DescribeSecretId((string?)body["secret_id_accessor"] ?? "")
            ),
            ("POST" or "PUT", ["token", "renew-self"]) => Renew(token!),
            ("POST" or "PUT", ["token", "revoke-self"]) => Revoke(id!),
            ("POST" or "PUT", ["approle", "role", var role]) => MakeRole(role, body),
            ("GET", ["approle", "role", var role, "role-id"]) => VaultAnswer.Of(
                new JsonObject { ["role_id"] = Role(role).RoleId }
            ),
            ("POST" or "PUT", ["approle", "role", var role, "secret-id"]) => SecretId(role),
            ("POST" or "PUT", ["approle", "login"]) => Login(body),
            _ => throw new VaultRefusal(404, $"no handler for route 'auth/{string.Join('/', path)}'"),
        };

    /// <summary>Puts an answer aside under a single-use token.</summary>
    public VaultAnswer Wrap(VaultAnswer answer, string path, long ttl)
    {
        if (answer.Status != 200)
        {
            return answer;
        }
        var token = "s." + Name("wrap");
        _wrapped[token] = new Wrapped(answer, path, ttl, _fleet.Now);
        var wrapping = VaultAnswer.Of(null);
        wrapping.Body!["request_id"] = "";
        wrapping.Body["wrap_info"] = new JsonObject
        {
            ["token"] = token,
            ["accessor"] = Name("accessor"),
            ["ttl"] = ttl,
            ["creation_time"] = Reply.GoTime(_fleet.Now),
            ["creation_path"] = path,
        };
        if (path.EndsWith("/secret-id", StringComparison.Ordinal))
        {
            wrapping.Body["wrap_info"]!["wrapped_accessor"] = answer.Body!["data"]!["secret_id_accessor"]!.DeepClone();
        }
        return wrapping;
    }

    public VaultAnswer Unwrap(string? token)
    {
        var answer = Kept(token).Answer;
        _wrapped.Remove(token!);
        return answer;
    }

    /// <summary>The same under another token.</summary>
    public VaultAnswer Rewrap(string? token)
    {
        var kept = Kept(token);
        _wrapped.Remove(token!);
        return Wrap(kept.Answer, kept.Path, kept.Ttl);
    }

    /// <summary>What is known of a wrapping token without spending it.</summary>
    public VaultAnswer Look(string? token)
    {
        var kept = Kept(token);
        return VaultAnswer.Of(
            new JsonObject
            {
                ["creation_path"] = kept.Path,
                ["creation_time"] = Reply.GoTime(kept.At),
                ["creation_ttl"] = kept.Ttl,
            }
        );
    }

    public bool Keeps(string? token) =>
        token is not null && _wrapped.TryGetValue(token, out var kept) && kept.At + kept.Ttl > _fleet.Now;

    private Wrapped Kept(string? token) =>
        token is not null && _wrapped.TryGetValue(token, out var kept) && kept.At + kept.Ttl > _fleet.Now
            ? kept
            : throw new VaultRefusal(400, "wrapping token is not valid or does not exist");

    private sealed record Wrapped(VaultAnswer Answer, string Path, long Ttl, double At);

    private VaultAnswer Create(JsonObject body, bool isOrphan)
    {
        var period = VaultSystem.Seconds((string?)body["period"] ?? "0");
        return Grant(
            [.. Strings(body["policies"]), "default"],
            (string?)body["display_name"] ?? "token",
            period > 0 ? period : VaultSystem.Seconds((string?)body["ttl"] ?? "768h"),
            null,
            token =>
                token with
                {
                    Uses = body["num_uses"] is { } uses ? (int)uses : 0,
                    IsBatch = (string?)body["type"] == "batch",
                    IsOrphan = isOrphan,
                    Period = period,
                }
        );
    }

    private JsonObject DescribeByAccessor(string? accessor)
    {
        var token =
            _tokens.Values.FirstOrDefault(one => one.Accessor == accessor)
            ?? throw new VaultRefusal(403, "1 error occurred:\n\t* invalid accessor\n\n");
        var told = Describe(token);
        told["id"] = "";
        told["last_renewal"] = Reply.GoTime(token.Issued);
        told["last_renewal_time"] = (long)token.Issued;
        told["meta"] = new JsonObject();
        return told;
    }

    private static JsonObject DescribeRole((string[] Policies, long Ttl, string RoleId) role) =>
        new()
        {
            ["bind_secret_id"] = true,
            ["local_secret_ids"] = false,
            ["secret_id_bound_cidrs"] = null,
            ["secret_id_num_uses"] = 0,
            ["secret_id_ttl"] = 600,
            ["token_bound_cidrs"] = new JsonArray(),
            ["token_explicit_max_ttl"] = 0,
            ["token_max_ttl"] = 0,
            ["token_no_default_policy"] = false,
            ["token_num_uses"] = 0,
            ["token_period"] = 0,
            ["token_policies"] = Array(role.Policies),
            ["token_strictly_bind_ip"] = false,
            ["token_ttl"] = role.Ttl,
            ["token_type"] = "default",
        };

    private VaultAnswer Destroy(string accessor)
    {
        if (_secretAccessors.Remove(accessor, out var id))
        {
            _secretIds.Remove(id);
        }
        return VaultAnswer.Done;
    }

    private JsonObject DescribeSecretId(string accessor)
    {
        if (!_secretAccessors.ContainsKey(accessor))
        {
            throw new VaultRefusal(404);
        }
        return new JsonObject
        {
            ["cidr_list"] = new JsonArray(),
            ["creation_time"] = Reply.GoTime(_fleet.Now),
            ["expiration_time"] = Reply.GoTime(_fleet.Now + 600),
            ["last_updated_time"] = Reply.GoTime(_fleet.Now),
            ["metadata"] = new JsonObject(),
            ["secret_id_accessor"] = accessor,
            ["secret_id_num_uses"] = 0,
            ["secret_id_ttl"] = 600,
            ["token_bound_cidrs"] = new JsonArray(),
        };
    }

    private VaultAnswer MakeRole(string role, JsonObject body)
    {
        _roles[role] = (
            [.. Strings(body["token_policies"])],
            VaultSystem.Seconds((string?)body["token_ttl"] ?? "20m"),
            _roles.TryGetValue(role, out var old) ? old.RoleId : Guid.NewGuid().ToString()
        );
        return VaultAnswer.Done;
    }

    private VaultAnswer SecretId(string role)
    {
        Role(role);
        var id = Guid.NewGuid().ToString();
        _secretIds[id] = (role, 600);
        var accessor = Guid.NewGuid().ToString();
        _secretAccessors[accessor] = id;
        return VaultAnswer.Of(
            new JsonObject
            {
                ["secret_id"] = id,
                ["secret_id_accessor"] = accessor,
                ["secret_id_num_uses"] = 0,
                ["secret_id_ttl"] = 600,
            }
        );
    }

    private VaultAnswer Login(JsonObject body)
    {
        if (manner == VaultManner.OpenBao && body["secret_id"] is null)
        {
            throw new VaultRefusal(400, "missing secret_id");
        }
        var role = _roles.FirstOrDefault(r => r.Value.RoleId == (string?)body["role_id"]);
        if (role.Key is null)
        {
            throw new VaultRefusal(400, manner == VaultManner.OpenBao ? Mismatch : "invalid role ID");
        }
        if (!_secretIds.TryGetValue((string?)body["secret_id"] ?? "", out var secret) || secret.Role != role.Key)
        {
            throw new VaultRefusal(400, manner == VaultManner.OpenBao ? Mismatch : "invalid secret id");
        }
        return Grant([.. role.Value.Policies, "default"], "approle", role.Value.Ttl, role.Key);
    }

    private (string[] Policies, long Ttl, string RoleId) Role(string role) =>
        _roles.TryGetValue(role, out var known) ? known : throw new VaultRefusal(404);

    private VaultAnswer Grant(
        string[] policies,
        string displayName,
        long ttl,
        string? role,
        Func<VaultToken, VaultToken>? with = null
    )
    {
        var token = new VaultToken(
            "s." + Name("token"),
            Name("accessor"),
            [.. policies.Distinct().Order(StringComparer.Ordinal)],
            displayName,
            _fleet.Now,
            _fleet.Now + ttl,
            role
        );
        token = with?.Invoke(token) ?? token;
        _tokens[token.Id] = token;
        return VaultAnswer.Of(null, auth: Auth(token, ttl));
    }

    private VaultAnswer Renew(VaultToken token)
    {
        if (token.Expires is null)
        {
            throw new VaultRefusal(400, "lease is not renewable");
        }
        if (token.IsBatch)
        {
            throw new VaultRefusal(400, "batch tokens cannot be renewed");
        }
        var ttl = (long)(token.Expires.Value - token.Issued);
        var renewed = token with { Issued = _fleet.Now, Expires = _fleet.Now + ttl };
        _tokens[token.Id] = renewed;
        return VaultAnswer.Of(null, auth: Auth(renewed, ttl));
    }

    private VaultAnswer Revoke(string id)
    {
        _tokens.Remove(id);
        return VaultAnswer.Done;
    }

    private static JsonObject Auth(VaultToken token, long ttl) =>
        new()
        {
            ["client_token"] = token.Id,
            ["accessor"] = token.Accessor,
            ["policies"] = Array(token.Policies),
            ["token_policies"] = Array(token.Policies),
            ["metadata"] = token.Role is null ? null : new JsonObject { ["role_name"] = token.Role },
            ["lease_duration"] = ttl,
            ["renewable"] = !token.IsBatch,
            ["entity_id"] = "",
            ["token_type"] = token.IsBatch ? "batch" : "service",
            ["orphan"] = true,
            ["mfa_requirement"] = null,
            ["num_uses"] = token.Uses,
        };

    private JsonObject Describe(VaultToken token)
    {
        var told = Told(token);
        if (token.Period > 0)
        {
            told["period"] = token.Period;
        }
        return told;
    }

    private JsonObject Told(VaultToken token) =>
        new()
        {
            ["accessor"] = token.Accessor,
            ["creation_time"] = (long)token.Issued,
            ["creation_ttl"] = token.Expires is null ? 0 : (long)(token.Expires.Value - token.Issued),
            ["display_name"] = token.DisplayName,
            ["entity_id"] = "",
            ["expire_time"] = token.Expires is { } at ? Reply.GoTime(at) : null,
            ["explicit_max_ttl"] = 0,
            ["id"] = token.Id,
            ["issue_time"] = Reply.GoTime(token.Issued),
            ["meta"] = null,
            ["num_uses"] = token.Uses,
            ["orphan"] = true,
            ["path"] = "auth/token/create",
            ["policies"] = Array(token.Policies),
            ["renewable"] = token.Expires is not null,
            ["ttl"] = token.Expires is { } end ? (long)(end - _fleet.Now) : 0,
            ["type"] = "service",
        };

    private string Name(string what) => Noise.Hex($"{_fleet.Seed} {what} {++_made} {_fleet.NowNano()}", 24);

    private static JsonArray Array(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    private static IEnumerable<string> Strings(JsonNode? node) =>
        node switch
        {
            JsonArray array => array.Select(v => (string)v!),
            JsonValue value => ((string)value!).Split(',', StringSplitOptions.TrimEntries),
            _ => [],
        };

    private static bool Covers(string rule, string route) =>
        rule.EndsWith('*') ? route.StartsWith(rule[..^1], StringComparison.Ordinal) : rule.TrimEnd('/') == route;

    [GeneratedRegex("path\\s+\"([^\"]+)\"\\s*\\{[^}]*capabilities\\s*=\\s*\\[([^\\]]*)\\]")]
    private static partial Regex PathRule();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Word();
}
