using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

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

    public VaultStandIn(SimulatedFleet fleet)
    {
        _fleet = fleet;
        _tokens = new VaultTokens(fleet, RootToken);
        _kv = new VaultKv(fleet);
        _database = new VaultDatabase(fleet);
        _system = new VaultSystem(fleet, _tokens, _database);
        VaultSeeds.Plant(fleet, _kv, _database, _tokens);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var segments = context.Segments();
        (string _, JsonObject? Body) raw = context.Request.Method is "POST" or "PUT"
            ? await ReadAsync(context)
            : (Text: "", Body: new JsonObject());
        VaultAnswer answer;
        lock (_gate)
        {
            try
            {
                answer = Answer(context.Request, segments, raw.Body);
                if (context.Request.Headers["X-Vault-Wrap-TTL"].ToString() is { Length: > 0 } ttl)
                {
                    answer = _tokens.Wrap(answer, string.Join('/', segments.Skip(1)), VaultSystem.Seconds(ttl));
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
        if (answer.Body is null)
        {
            await context.EmptyAsync(answer.Status);
            return;
        }
        await context.JsonAsync(answer.Body, answer.Status);
    }

    private VaultAnswer Answer(HttpRequest request, string[] segments, JsonObject? body)
    {
        if (segments is not ["v1", .. var path])
        {
            throw new VaultRefusal(404);
        }
        if (path is ["sys", "health"] or ["sys", "seal-status"] && request.Method is "GET" or "HEAD")
        {
            return path[1] == "health" ? _system.Health() : _system.SealStatus();
        }
        if (_system.Sealed)
        {
            throw new VaultRefusal(503, "error performing token check: Vault is sealed");
        }
        var login = path is ["auth", "approle", "login"];
        var route = string.Join('/', path);
        var list = request.Method == "LIST" || request.Query["list"] == "true";
        var token = login ? null : _tokens.Authenticate(request.Headers["X-Vault-Token"].ToString());
        if (token is not null)
        {
            _tokens.Authorize(token, route, list ? "LIST" : request.Method);
        }
        if (body is null)
        {
            throw new VaultRefusal(400, "error parsing JSON");
        }
        var method = list ? "LIST" : request.Method;
        return path switch
        {
            ["auth", .. var auth] => _tokens.Answer(method, auth, body, token, request.Headers["X-Vault-Token"]),
            ["sys", "leases", .. var leases] => _database.Leases(method, leases, body, request.Query["type"]),
            ["sys", .. var sys] => _system.Answer(method, sys, body, token, _kv),
            ["database", .. var database] => _database.Answer(method, database, body),
            [var mount, .. var rest] when _kv.Has(mount) => _kv.Answer(method, mount, rest, body, request.Query),
            _ => throw new VaultRefusal(404, $"no handler for route '{route}'"),
        };
    }

    /// <summary>The body as an object; an empty one is an empty object, an unreadable one null.</summary>
    private static async Task<(string Text, JsonObject? Body)> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        if (text.Length == 0)
        {
            return (text, []);
        }
        try
        {
            return (text, JsonNode.Parse(text) as JsonObject);
        }
        catch (System.Text.Json.JsonException)
        {
            return (text, null);
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
