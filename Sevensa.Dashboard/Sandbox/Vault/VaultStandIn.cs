using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>Whose answers it gives where the two differ.</summary>
internal enum VaultManner
{
    Vault,

    /// <summary>Namespaces, lists in pages, whole trees in one answer, limits on how often it is asked.</summary>
    OpenBao,
}

/// <summary>A Vault (API v1) with KV v2, AppRole, tokens with policies, leases and a database engine.</summary>
internal sealed class VaultStandIn : IStandIn
{
    public const string RootToken = "sandbox-root";
    private readonly SimulatedFleet _fleet;
    private readonly VaultTokens _tokens;
    private readonly VaultKv _kv;
    private readonly VaultDatabase _database;
    private readonly VaultSystem _system;
    private readonly Lock _gate = new();
    private readonly VaultManner _manner;
    private readonly VaultNamespaces? _namespaces;
    private readonly VaultQuotas? _quotas;
    private readonly BaoAnswers? _bao;

    public VaultStandIn(SimulatedFleet fleet, VaultManner manner = VaultManner.Vault)
    {
        _fleet = fleet;
        _manner = manner;
        if (manner == VaultManner.OpenBao)
        {
            _namespaces = new VaultNamespaces(fleet);
            _quotas = new VaultQuotas(fleet);
        }
        _tokens = new VaultTokens(fleet, RootToken, manner);
        _kv = new VaultKv(fleet, manner);
        _database = new VaultDatabase(fleet, manner);
        _system = new VaultSystem(fleet, _tokens, _database, manner);
        _bao = manner == VaultManner.OpenBao ? new BaoAnswers(fleet, _system, _kv) : null;
        VaultSeeds.Plant(fleet, _kv, _database, _tokens);
    }

    /// <summary>There is no room for another line of the audit record, so nothing is done.</summary>
    public bool AuditDiskIsFull { get; set; }

    /// <summary>The database behind its engine can't be reached.</summary>
    public bool DatabaseIsDown
    {
        get => _database.IsDown;
        set => _database.IsDown = value;
    }

    /// <summary>The PostgreSQL behind its engine; null for none.</summary>
    public VaultPostgres? Postgres
    {
        get => _database.Database;
        set => _database.Database = value;
    }

    /// <summary>As its operators do with enough of the shares.</summary>
    public void Unseal() => _system.Unseal();

    internal VaultKv Kv => _kv;

    /// <summary>Another node of the same cluster, which answers reads by itself, from what it had a moment ago.</summary>
    public IStandIn Standby(TimeSpan lag) => new VaultStandby(this, _fleet, lag);

    public Task AnswerAsync(HttpContext context) => AnswerAsync(context, null);

    internal async Task AnswerAsync(HttpContext context, VaultStandby? standby)
    {
        var segments = context.Segments();
        var body = context.Request.Method is "POST" or "PUT" or "PATCH" ? await ReadAsync(context) : [];
        VaultAnswer answer;
        lock (_gate)
        {
            try
            {
                answer = standby?.Answer(context, segments, body) ?? Answer(context, segments, body, standby?.Past);
                if (context.Request.Headers["X-Vault-Wrap-TTL"].ToString() is { Length: > 0 } ttl)
                {
                    answer = _tokens.Wrapping.Wrap(answer, string.Join('/', segments.Skip(1)), WrapTime(ttl));
                }
            }
            catch (VaultRefusal refusal)
            {
                answer = new VaultAnswer(
                    refusal.Status,
                    new JsonObject { ["errors"] = new JsonArray([.. refusal.Errors.Select(e => (JsonNode)e)]) }
                );
            }
        }
        context.Response.Headers.CacheControl = "no-store";
        if (_manner == VaultManner.OpenBao && segments is ["v1", not "sys", ..])
        {
            context.Response.Headers["X-Vault-Index"] = VaultStandby.IndexOf(_kv.Writes);
        }
        if (answer.Body is null)
        {
            await context.EmptyAsync(answer.Status);
            return;
        }
        await context.JsonAsync(answer.Body, answer.Status);
    }

    internal VaultAnswer Health(bool isStandby) => isStandby ? _system.StandbyHealth() : _system.Health();

    private VaultAnswer Answer(HttpContext context, string[] segments, JsonObject? body, VaultKv? past)
    {
        var request = context.Request;
        if (segments is not ["v1", .. var path])
        {
            throw new VaultRefusal(404);
        }
        if (_namespaces?.Of(request, path) is var (inside, below))
        {
            if (below is ["sys", "health"])
            {
                throw new VaultRefusal(
                    400,
                    below.Length == path.Length
                        ? "operation unavailable in namespaces"
                        : "operation only available in root namespace"
                );
            }
            return inside.Within(context, below, body, _tokens);
        }
        var given = request.Headers["X-Vault-Token"].ToString();
        if (_bao?.Open(request.Method, path, body, given.Length > 0) is { } open)
        {
            return open;
        }
        // A wrapping token needs no other beside it; in a body it does, unless it is only looked at.
        if (_bao is not null && path is ["sys", "wrapping", "unwrap" or "lookup"] && !_tokens.Knows(given))
        {
            var named = (string?)body?["token"];
            return path[2] == "lookup" ? _tokens.Wrapping.Look(given.Length > 0 && named is null ? given : named)
                : given.Length > 0 ? _tokens.Wrapping.Unwrap(named is null || named == given ? given : named)
                : _tokens.Wrapping.Keeps(named) ? throw new VaultRefusal(403, "permission denied")
                : _tokens.Wrapping.Unwrap(named);
        }
        if (path is ["sys", "health"] or ["sys", "seal-status"] && request.Method is "GET" or "HEAD")
        {
            return path[1] == "health" ? _system.Health() : _system.SealStatus();
        }
        if (_system.Sealed)
        {
            throw new VaultRefusal(
                503,
                _manner == VaultManner.OpenBao ? "Vault is sealed" : "error performing token check: Vault is sealed"
            );
        }
        if (AuditDiskIsFull)
        {
            throw new VaultRefusal(500, "internal error");
        }
        var route = string.Join('/', path);
        _quotas?.Check(context, route);
        var login = path is ["auth", "approle", "login"];
        var method =
            request.Query["list"] == "true" ? "LIST"
            : request.Query["scan"] == "true" && _manner == VaultManner.OpenBao ? "SCAN"
            : request.Method;
        var token = login ? null : _tokens.Authenticate(given);
        if (token is not null && path is not ["sys", "internal", "ui", "mounts", ..])
        {
            _tokens.Authorize(token, route, method);
        }
        if (body is null)
        {
            throw new VaultRefusal(
                400,
                _manner == VaultManner.OpenBao ? "failed to decode JSON input: unexpected EOF" : "error parsing JSON"
            );
        }
        if (
            method == "PATCH"
            && request.ContentType is { } type
            && !type.StartsWith("application/merge-patch+json", StringComparison.Ordinal)
        )
        {
            throw new VaultRefusal(
                415,
                $"PATCH requires Content-Type of application/merge-patch+json, provided {type}"
            );
        }
        if (path is ["sys", .. var own] && _bao?.Answer(method, own, body) is { } told)
        {
            return told;
        }
        return path switch
        {
            ["sys", "namespaces", .. var names] when _namespaces is not null => _namespaces.Answer(method, names, body),
            ["sys", "quotas", .. var quotas] when _quotas is not null => _quotas.Answer(method, quotas, body),
            ["auth", .. var auth] => _tokens.Answer(method, auth, body, token, given),
            ["sys", "leases", .. var leases] => _database.Leases(method, leases, body, request.Query["type"]),
            ["sys", .. var sys] => _system.Answer(method, sys, body, token, _kv),
            ["database", .. var database] => _database.Answer(method, database, body),
            [var mount, .. var rest] when _kv.Has(mount) => (
                method is "GET" or "LIST" or "SCAN" ? past ?? _kv : _kv
            ).Answer(method, mount, rest, body, request.Query),
            _ => throw new VaultRefusal(
                404,
                _manner == VaultManner.OpenBao
                    ? $"no handler for route \"{route}\". route entry not found."
                    : $"no handler for route '{route}'"
            ),
        };
    }

    private static long WrapTime(string text)
    {
        try
        {
            return VaultSystem.Seconds(text);
        }
        catch (VaultRefusal)
        {
            throw new VaultRefusal(400, $"error parsing X-Vault-Wrap-TTL header: time: invalid duration \"{text}\"");
        }
    }

    /// <summary>As the namespace that it is, for the tokens of the one above: root may do everything there, others nothing.</summary>
    private VaultAnswer Within(HttpContext context, string[] path, JsonObject? body, VaultTokens above)
    {
        var given = context.Request.Headers["X-Vault-Token"].ToString();
        if (!_tokens.Knows(given) && path is not (["auth", "approle", "login"] or ["sys", "seal-status"]))
        {
            var token = above.Authenticate(given);
            if (!token.Policies.Contains("root"))
            {
                throw new VaultRefusal(403, "1 error occurred:\n\t* permission denied\n\n");
            }
            context.Request.Headers["X-Vault-Token"] = RootToken;
        }
        context.Request.Headers.Remove("X-Vault-Namespace");
        return Answer(context, ["v1", .. path], body, null);
    }

    /// <summary>Of members with the same name the last counts.</summary>
    private static JsonNode? LastWins(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in json.EnumerateObject())
                {
                    members[member.Name] = LastWins(member.Value);
                }
                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. json.EnumerateArray().Select(LastWins)]);
            default:
                return JsonNode.Parse(json.GetRawText());
        }
    }

    /// <summary>The body as an object; an empty one is an empty object, an unreadable one null.</summary>
    private static async Task<JsonObject?> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        if (text.Length == 0)
        {
            return [];
        }
        try
        {
            using var json = JsonDocument.Parse(text);
            return LastWins(json.RootElement) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Null body: 204 and the like.</summary>
internal sealed record VaultAnswer(int Status, JsonNode? Body)
{
    public static readonly VaultAnswer Done = new(204, null);

    /// <summary>Vault's envelope around <paramref name="data"/>.</summary>
    public static VaultAnswer Of(
        JsonNode? data,
        int status = 200,
        JsonNode? auth = null,
        string leaseId = "",
        bool renewable = false,
        long leaseDuration = 0
    ) =>
        new(
            status,
            new JsonObject
            {
                ["request_id"] = Guid.NewGuid().ToString(),
                ["lease_id"] = leaseId,
                ["renewable"] = renewable,
                ["lease_duration"] = leaseDuration,
                ["data"] = data,
                ["wrap_info"] = null,
                ["warnings"] = null,
                ["auth"] = auth,
            }
        );

    public static VaultAnswer Keys(IEnumerable<string> keys) =>
        keys.ToArray() is { Length: > 0 } all
            ? Of(new JsonObject { ["keys"] = new JsonArray([.. all.Select(k => (JsonNode)k)]) })
            : throw new VaultRefusal(404);

    /// <summary>The data both at the top and in the envelope, as the system endpoints answer.</summary>
    public static VaultAnswer Both(JsonObject data)
    {
        var answer = Of(data.DeepClone());
        var body = answer.Body!.AsObject();
        foreach (var (name, value) in data)
        {
            body[name] = value?.DeepClone();
        }
        return answer;
    }
}

internal sealed class VaultRefusal(int status, params string[] errors) : Exception(string.Join("; ", errors))
{
    public int Status { get; } = status;
    public IReadOnlyList<string> Errors { get; } = errors;
}
