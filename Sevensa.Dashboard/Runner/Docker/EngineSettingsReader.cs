using System.Text.Json.Nodes;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Docker's info → how the engine is set up.</summary>
internal static class EngineSettingsReader
{
    private static readonly string[] Loopback = ["127.0.0.0/8", "::1/128"];

    /// <param name="info">Docker's own JSON.</param>
    /// <param name="bridge">Its default bridge; null when there is none.</param>
    public static EngineSettings Read(JsonObject info, NetworkManner? bridge) =>
        new(
            Texts(info["SecurityOptions"]),
            IsTrue(info["LiveRestoreEnabled"]),
            Text(info["LoggingDriver"]),
            bridge?.InterContainer,
            [.. Insecure(info["RegistryConfig"] as JsonObject).Distinct().Order(StringComparer.Ordinal)],
            Texts((info["Plugins"] as JsonObject)?["Authorization"]),
            Text((info["Swarm"] as JsonObject)?["LocalNodeState"]),
            IsTrue(info["ExperimentalBuild"])
        );

    private static IEnumerable<string> Insecure(JsonObject? registries) =>
        Texts(registries?["InsecureRegistryCIDRs"])
            .Where(network => !Loopback.Contains(network))
            .Concat(
                (registries?["IndexConfigs"] as JsonObject ?? [])
                    .Where(index => index.Value?["Secure"] is JsonValue secure && !IsTrue(secure))
                    .Select(index => index.Key)
            );

    private static string[] Texts(JsonNode? node) =>
        [.. (node as JsonArray ?? []).Select(Text).Where(text => text.Length > 0)];

    private static bool IsTrue(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;
}
