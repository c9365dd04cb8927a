using System.Text.Json.Nodes;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// How the engine's networks are, by id. A network never changes, so only one that is not known yet is asked for. That it
/// can't be told costs a container nothing but this.
/// </summary>
/// <param name="ask">All networks in Docker's own JSON; null where there is no answer.</param>
internal sealed class EngineNetworks(Func<CancellationToken, Task<JsonArray?>> ask)
{
    private volatile IReadOnlyDictionary<string, NetworkManner> known = new Dictionary<string, NetworkManner>();

    private const string InterContainerOption = "com.docker.network.bridge.enable_icc";

    /// <param name="network">Docker's own description of it.</param>
    public static NetworkManner Read(JsonNode network) =>
        new(
            Text(network["Driver"]),
            network["Internal"] is JsonValue closed && closed.TryGetValue<bool>(out var inside) && inside,
            // What is not said is allowed: that is Docker's default.
            !Text(network["Options"]?[InterContainerOption]).Equals("false", StringComparison.OrdinalIgnoreCase)
        );

    public async Task RenewAsync(CancellationToken cancellation)
    {
        try
        {
            known = (await ask(cancellation) ?? [])
                .OfType<JsonObject>()
                .Where(network => IdIn(network, "Id") is not null)
                .DistinctBy(network => IdIn(network, "Id"))
                .ToDictionary(network => IdIn(network, "Id")!, Read, StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It is asked for again with the next container that is in one.
        }
    }

    /// <summary>Enough to tell of this container.</summary>
    /// <param name="inspected">Docker's description of it.</param>
    public async ValueTask<IReadOnlyDictionary<string, NetworkManner>> ForAsync(
        JsonObject inspected,
        CancellationToken cancellation
    )
    {
        var ids = ((inspected["NetworkSettings"] as JsonObject)?["Networks"] as JsonObject ?? []).Select(network =>
            IdIn(network.Value as JsonObject, "NetworkID")
        );
        if (ids.Any(id => id is not null && !known.ContainsKey(id)))
        {
            await RenewAsync(cancellation);
        }
        return known;
    }

    private static string? IdIn(JsonObject? node, string name) =>
        node?[name] is JsonValue value && value.TryGetValue<string>(out var id) && id.Length > 0 ? id : null;
}
