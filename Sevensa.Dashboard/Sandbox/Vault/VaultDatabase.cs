using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>
/// The database engine's roles and the leases on what they gave out. Without a <see cref="Database"/> behind it connections
/// can't be configured here: that is answered as an engine answers that can't reach its database.
/// </summary>
internal sealed class VaultDatabase(SimulatedFleet fleet, VaultManner manner = VaultManner.Vault)
{
    private readonly Dictionary<string, (string Database, long Ttl)> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StaticRole> _static = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private long _made;

    /// <summary>The database can't be reached: what lapses can't be taken back.</summary>
    public bool IsDown { get; set; }

    /// <summary>A PostgreSQL in which logins are really made, changed and dropped, as the engine's plugin does.</summary>
    public VaultPostgres? Database { get; set; }

    public void PlantRole(string name, string database, long ttl) => _roles[name] = (database, ttl);

    public void PlantStatic(string name, string database, string user, double rotatedAt, long period) =>
        _static[name] = new StaticRole(database, user, rotatedAt, period, Password());

    public void PlantLease(string role, double issued)
    {
        var (_, ttl) = _roles[role];
        var id = $"database/creds/{role}/{Noise.Hex($"lease {role} {issued}", 24)}";
        _leases[id] = new Lease(id, issued, issued + ttl, null);
    }

    public VaultAnswer Answer(string method, string[] path, JsonObject body) =>
        (method, path) switch
        {
            ("LIST", ["roles"]) => VaultAnswer.Keys(_roles.Keys.Order(StringComparer.Ordinal)),
            ("LIST", ["static-roles"]) => VaultAnswer.Keys(_static.Keys.Order(StringComparer.Ordinal)),
            ("LIST", ["config"]) => VaultAnswer.Keys(
                _roles.Values.Select(r => r.Database).Concat(_static.Values.Select(s => s.Database)).Distinct().Order()
            ),
            ("GET", ["creds", var role]) => Credentials(role),
            ("GET", ["roles", var role]) when _roles.TryGetValue(role, out var known) => VaultAnswer.Of(
                DescribeRole(known.Database, known.Ttl)
            ),
            ("POST" or "PUT", ["roles", var role]) => MakeRole(role, body),
            ("POST" or "PUT", ["static-roles", var role]) => MakeStatic(role, body),
            ("DELETE", ["roles", var role]) => Remove(_roles, role),
            ("DELETE", ["static-roles", var role]) => Remove(_static, role),
            ("POST" or "PUT", ["reset", var database]) when Databases.Contains(database) => VaultAnswer.Done,
            ("GET", ["static-roles", var role]) => VaultAnswer.Of(Describe(Static(role))),
            ("GET", ["static-creds", var role]) => VaultAnswer.Of(StaticCredentials(StaticWithCredentials(role))),
            ("POST" or "PUT", ["rotate-role", var role]) => Rotate(role),
            ("POST" or "PUT", ["rotate-root", var database]) when Databases.Contains(database) => IsDown
                ? throw new VaultRefusal(
                    500,
                    "1 error occurred:\n\t* failed to update user: 1 error occurred:\n\t* user does not appear to exist: failed to connect to `user=bao database=tenants`: 127.0.0.1:23018 (127.0.0.1): dial error: dial tcp 127.0.0.1:23018: connect: connection refused\n\n\n\n"
                )
                : VaultAnswer.Done,
            ("POST" or "PUT", ["config", ..]) when Database is not null => VaultAnswer.Done,
            ("POST" or "PUT", ["config", ..]) => throw new VaultRefusal(
                400,
                "error creating database object: error verifying connection: the Sandbox has no database behind its Vault"
            ),
            _ => throw new VaultRefusal(404, "1 error occurred:\n\t* unsupported path\n\n"),
        };

    public VaultAnswer Leases(string method, string[] path, JsonObject body, string? type)
    {
        foreach (var ended in _leases.Values.Where(l => l.Expires <= fleet.Now).ToArray())
        {
            if (!IsDown && ended.Error is null)
            {
                if (Database?.Drop(ended.User) is { } left)
                {
                    _leases[ended.Id] = ended with { Error = fleet.Now - ended.Expires > 360 ? left : null };
                    continue;
                }
                _leases.Remove(ended.Id);
            }
            // After the sixth try, which is about so much later.
            else if (IsDown && fleet.Now - ended.Expires > 360)
            {
                _leases[ended.Id] = ended with { Error = "out of retries: failed to revoke entry: " + NoDatabase };
            }
        }
        return (method, path) switch
        {
            ("POST" or "PUT", ["lookup"]) => VaultAnswer.Of(Describe(Known(body))),
            ("LIST", ["lookup", .. var prefix]) => VaultAnswer.Keys(Keys(string.Concat(prefix.Select(p => p + "/")))),
            ("POST" or "PUT", ["renew"]) => Renew(
                Known(body, manner == VaultManner.OpenBao ? "lease not found" : "invalid lease"),
                body
            ),
            ("POST" or "PUT", ["revoke"]) => Revoke(body),
            ("GET", []) when type == "irrevocable" => VaultAnswer.Of(
                new JsonObject
                {
                    ["lease_count"] = _leases.Values.Count(l => l.Error is not null),
                    ["leases"] = new JsonArray([
                        .. _leases
                            .Values.Where(l => l.Error is not null)
                            .Select(l => new JsonObject
                            {
                                ["lease_id"] = l.Id,
                                ["mount_id"] = "database",
                                ["error"] = l.Error,
                            }),
                    ]),
                }
            ),
            ("POST" or "PUT", ["revoke-prefix" or "revoke-force", .. var prefix]) => RevokeBelow(
                string.Join('/', prefix),
                path[0] == "revoke-force"
            ),
            // Only what is irrevocable is counted there.
            ("GET", ["count"]) when manner == VaultManner.OpenBao && type != "irrevocable" => throw new VaultRefusal(
                404
            ),
            ("GET", ["count"]) => VaultAnswer.Of(
                new JsonObject
                {
                    ["counts"] =
                        type == "irrevocable" || _leases.Count == 0
                            ? new JsonObject()
                            : new JsonObject { ["database/"] = _leases.Count },
                    ["lease_count"] = type == "irrevocable" ? 0 : _leases.Count,
                }
            ),
            _ => throw new VaultRefusal(404, "1 error occurred:\n\t* unsupported path\n\n"),
        };
    }

    private IEnumerable<string> Databases =>
        _roles.Values.Select(r => r.Database).Concat(_static.Values.Select(s => s.Database));

    private IEnumerable<string> Keys(string prefix) =>
        _leases
            .Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..])
            .Select(k => k.IndexOf('/') is >= 0 and var at ? k[..(at + 1)] : k)
            .Distinct();

    private VaultAnswer MakeRole(string role, JsonObject body)
    {
        _roles[role] = (
            (string?)body["db_name"] ?? throw new VaultRefusal(400, "database name is required"),
            VaultSystem.Seconds((string?)body["default_ttl"] ?? "768h")
        );
        return VaultAnswer.Done;
    }

    private VaultAnswer MakeStatic(string role, JsonObject body)
    {
        _static.TryGetValue(role, out var before);
        var period = (string?)body["rotation_period"] is { } text
            ? VaultSystem.Seconds(text)
            : before?.Period ?? throw new VaultRefusal(400, "rotation_period is required to create static accounts");
        if (period < 5)
        {
            throw new VaultRefusal(400, "rotation_period must be 5 seconds or more");
        }
        var user = (string?)body["username"] ?? before?.User ?? "";
        if (before is not null && user != before.User)
        {
            throw new VaultRefusal(400, "cannot update static account username");
        }
        if (before is not null)
        {
            _static[role] = before with { Period = period };
            return VaultAnswer.Done;
        }
        var password = Password();
        if (Database?.SetPassword(user, password) is { } refused)
        {
            throw new VaultRefusal(500, $"1 error occurred:\n\t* error setting credentials: {refused}\n\n");
        }
        _static[role] = new StaticRole((string?)body["db_name"] ?? "", user, fleet.Now, period, password);
        return VaultAnswer.Done;
    }

    private static VaultAnswer Remove<T>(Dictionary<string, T> all, string name)
    {
        all.Remove(name);
        return VaultAnswer.Done;
    }

    private static JsonObject DescribeRole(string database, long ttl) =>
        new()
        {
            ["creation_statements"] = new JsonArray("CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}';"),
            ["credential_type"] = "password",
            ["db_name"] = database,
            ["default_ttl"] = ttl,
            ["max_ttl"] = ttl * 24,
            ["renew_statements"] = new JsonArray(),
            ["revocation_statements"] = new JsonArray(),
            ["rollback_statements"] = new JsonArray(),
        };

    private VaultAnswer Credentials(string role)
    {
        if (!_roles.TryGetValue(role, out var known))
        {
            throw new VaultRefusal(
                400,
                manner == VaultManner.OpenBao
                    ? $"unknown role: {role}"
                    : $"1 error occurred:\n\t* unknown role: {role}\n\n"
            );
        }
        if (IsDown && manner == VaultManner.OpenBao)
        {
            throw new VaultRefusal(
                500,
                "1 error occurred:\n\t* unable to start transaction: failed to connect to `user=bao database=tenants`: 127.0.0.1:23018 (127.0.0.1): dial error: dial tcp 127.0.0.1:23018: connect: connection refused\n\n"
            );
        }
        var id = $"database/creds/{role}/{Noise.Hex($"{fleet.NowNano()} {++_made}", 24)}";
        var user = $"v-token-{(role.Length > 8 ? role[..8] : role)}-{Noise.Hex(id, 20)}-{(long)fleet.Now}";
        var password = Password();
        if (Database?.Create(user, password) is { } refused)
        {
            throw new VaultRefusal(500, $"1 error occurred:\n\t* {refused}\n\n");
        }
        _leases[id] = new Lease(id, fleet.Now, fleet.Now + known.Ttl, null, user);
        return VaultAnswer.Of(
            new JsonObject { ["password"] = password, ["username"] = user },
            leaseId: id,
            renewable: true,
            leaseDuration: known.Ttl
        );
    }

    private VaultAnswer Rotate(string role)
    {
        if (!_static.TryGetValue(role, out var known))
        {
            throw new VaultRefusal(400, "no static role found for role name");
        }
        if (IsDown && manner == VaultManner.OpenBao)
        {
            throw new VaultRefusal(
                500,
                "1 error occurred:\n\t* unable to finish rotating credentials; retries will continue in the background but it is also safe to retry manually: error setting credentials: 1 error occurred:\n\t* user does not appear to exist: failed to connect to `user=bao database=tenants`: 127.0.0.1:23018 (127.0.0.1): dial error: dial tcp 127.0.0.1:23018: connect: connection refused\n\n\n\n"
            );
        }
        var password = Password();
        if (Database?.SetPassword(known.User, password) is { } refused)
        {
            throw new VaultRefusal(
                500,
                $"1 error occurred:\n\t* unable to finish rotating credentials; retries will continue in the background but it is also safe to retry manually: error setting credentials: {refused}\n\n"
            );
        }
        _static[role] = known with { RotatedAt = fleet.Now, Password = password };
        return VaultAnswer.Done;
    }

    private StaticRole Static(string role) => _static.GetValueOrDefault(role) ?? throw new VaultRefusal(404);

    private StaticRole StaticWithCredentials(string role) =>
        _static.GetValueOrDefault(role)
        ?? throw (
            manner == VaultManner.OpenBao ? new VaultRefusal(400, $"unknown role: {role}") : new VaultRefusal(404)
        );

    private VaultAnswer Renew(Lease lease, JsonObject body)
    {
        var increment =
            body["increment"]?.GetValueKind() == System.Text.Json.JsonValueKind.Number
                ? (long)body["increment"]!
                : (long)(lease.Expires - lease.Issued);
        _leases[lease.Id] = lease with { Expires = fleet.Now + increment, Renewed = fleet.Now };
        var answer = VaultAnswer.Of(null, leaseId: lease.Id, renewable: true, leaseDuration: increment);
        return answer;
    }

    private VaultAnswer RevokeBelow(string prefix, bool force)
    {
        foreach (var lease in _leases.Values.Where(l => l.Id.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
        {
            if (!force && Database?.Drop(lease.User) is { } refused)
            {
                throw new VaultRefusal(400, $"failed to revoke entry: {refused}");
            }
            _leases.Remove(lease.Id);
        }
        return VaultAnswer.Done;
    }

    private VaultAnswer Revoke(JsonObject body)
    {
        if (IsDown)
        {
            throw new VaultRefusal(400, "failed to revoke entry: " + NoDatabase);
        }
        var id = (string?)body["lease_id"] ?? "";
        if (_leases.TryGetValue(id, out var lease) && Database?.Drop(lease.User) is { } refused)
        {
            throw new VaultRefusal(400, $"failed to revoke entry: {refused}");
        }
        _leases.Remove(id);
        return VaultAnswer.Done;
    }

    private Lease Known(JsonObject body, string otherwise = "invalid lease") =>
        _leases.GetValueOrDefault((string?)body["lease_id"] ?? "") ?? throw new VaultRefusal(400, otherwise);

    private JsonObject Describe(Lease lease)
    {
        var told = Plain(lease);
        if (lease.Error is { } error)
        {
            told["revoke_error"] = error;
        }
        return told;
    }

    private JsonObject Plain(Lease lease) =>
        new()
        {
            ["expire_time"] = Reply.GoTime(lease.Expires),
            ["id"] = lease.Id,
            ["issue_time"] = Reply.GoTime(lease.Issued),
            ["last_renewal"] = lease.Renewed is { } at ? Reply.GoTime(at) : null,
            ["path"] = lease.Id[..lease.Id.LastIndexOf('/')],
            ["renewable"] = lease.Expires > fleet.Now,
            ["ttl"] = (long)(lease.Expires - fleet.Now),
        };

    private static JsonObject Describe(StaticRole role) =>
        new()
        {
            ["credential_type"] = "password",
            ["db_name"] = role.Database,
            ["last_vault_rotation"] = Reply.GoTime(role.RotatedAt),
            ["rotation_period"] = role.Period,
            ["rotation_statements"] = new JsonArray("ALTER USER \"{{name}}\" WITH PASSWORD '{{password}}';"),
            ["username"] = role.User,
        };

    private JsonObject StaticCredentials(StaticRole role) =>
        new()
        {
            ["last_vault_rotation"] = Reply.GoTime(role.RotatedAt),
            ["password"] = role.Password,
            ["rotation_period"] = role.Period,
            ["ttl"] = Math.Max(0, (long)(role.RotatedAt + role.Period - fleet.Now)),
            ["username"] = role.User,
        };

    private string Password() =>
        "sandbox-" + Noise.Hex(string.Create(CultureInfo.InvariantCulture, $"pw {fleet.NowNano()} {++_made}"), 12);

    private sealed record StaticRole(string Database, string User, double RotatedAt, long Period, string Password);

    private const string NoDatabase =
        "resp: (*logical.Response)(nil) err: error verifying connection: connect: connection refused";

    private sealed record Lease(
        string Id,
        double Issued,
        double Expires,
        double? Renewed,
        string? User = null,
        string? Error = null
    );
}
