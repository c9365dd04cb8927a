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

/// <summary>Tokens and policies, and the AppRoles that give tokens.</summary>
internal sealed partial class VaultTokens
{
    private readonly SimulatedFleet _fleet;
    private readonly Dictionary<string, VaultToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _policies = new(StringComparer.Ordinal);
    private readonly VaultAppRoles _appRoles;
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private long _made;

    private readonly VaultManner manner;

    public VaultTokens(SimulatedFleet fleet, string rootToken, VaultManner manner = VaultManner.Vault)
    {
        this.manner = manner;
        _fleet = fleet;
        Wrapping = new VaultWrapping(fleet, Name);
        _appRoles = new VaultAppRoles(fleet, manner, Grant);
        _tokens[rootToken] = new(rootToken, Name("accessor"), ["root"], "token", fleet.StartedAt, null);
    }

    public VaultWrapping Wrapping { get; }

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

    /// <inheritdoc cref="VaultAppRoles.Plant"/>
    public void PlantRole(string role, string[] policies, string roleId, string secretId) =>
        _appRoles.Plant(role, policies, roleId, secretId);

    public bool Knows(string id) => _tokens.ContainsKey(id);

    public VaultToken Authenticate(string id)
    {
        if (id.Length == 0)
        {
            throw manner == VaultManner.OpenBao
                ? new VaultRefusal(403, "permission denied")
                : new VaultRefusal(400, "missing client token");
        }
        if (manner == VaultManner.OpenBao && Wrapping.Spend(id))
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
            ("POST" or "PUT", ["token", "renew-self"]) => Renew(token!),
            ("POST" or "PUT", ["token", "revoke-self"]) => Revoke(id!),
            (_, ["approle", .. var rest]) when _appRoles.Answer(method, rest, body) is { } answer => answer,
            _ => throw new VaultRefusal(404, $"no handler for route 'auth/{string.Join('/', path)}'"),
        };

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

    private VaultAnswer Grant(string[] policies, string displayName, long ttl, string? role) =>
        Grant(policies, displayName, ttl, role, token => token);

    private VaultAnswer Grant(
        string[] policies,
        string displayName,
        long ttl,
        string? role,
        Func<VaultToken, VaultToken> with
    )
    {
        var token = with(
            new VaultToken(
                "s." + Name("token"),
                Name("accessor"),
                [.. policies.Distinct().Order(StringComparer.Ordinal)],
                displayName,
                _fleet.Now,
                _fleet.Now + ttl,
                role
            )
        );
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

    internal static JsonArray Array(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    internal static IEnumerable<string> Strings(JsonNode? node) =>
        node switch
        {
            JsonArray array => array.Select(v => (string)v!),
            JsonValue value => ((string)value!).Split(',', StringSplitOptions.TrimEntries),
            _ => [],
        };

    /// <summary>A plus is one whole segment, a star at the end whatever follows.</summary>
    private static bool Covers(string rule, string route)
    {
        if (!rule.Contains('+', StringComparison.Ordinal))
        {
            return rule.EndsWith('*')
                ? route.StartsWith(rule[..^1], StringComparison.Ordinal)
                : rule.TrimEnd('/') == route;
        }
        var (rules, parts) = (rule.Split('/'), route.Split('/'));
        for (var at = 0; at < rules.Length; at++)
        {
            if (at == rules.Length - 1 && rules[at].EndsWith('*'))
            {
                return at < parts.Length && parts[at].StartsWith(rules[at][..^1], StringComparison.Ordinal);
            }
            if (at >= parts.Length || rules[at] != "+" && rules[at] != parts[at])
            {
                return false;
            }
        }
        return rules.Length == parts.Length;
    }

    [GeneratedRegex("path\\s+\"([^\"]+)\"\\s*\\{[^}]*capabilities\\s*=\\s*\\[([^\\]]*)\\]")]
    private static partial Regex PathRule();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Word();
}
