using System.Globalization;

namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>Labels by which Traefik is told of a service.</summary>
public static class TraefikLabels
{
    private const string Prefix = "traefik.";

    /// <summary>A router stands in them, and they are not switched off.</summary>
    public static bool AreRouted(IReadOnlyDictionary<string, string> labels) =>
        !labels.GetValueOrDefault("traefik.enable", "true").Equals("false", StringComparison.OrdinalIgnoreCase)
        && labels.Keys.Any(key =>
            key.StartsWith("traefik.http.routers.", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("traefik.tcp.routers.", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("traefik.udp.routers.", StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>Ports that routers lead to, where they are named.</summary>
    public static IEnumerable<int> PortsIn(IReadOnlyDictionary<string, string> labels) =>
        labels
            .Where(label =>
                label.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                && label.Key.EndsWith(".loadbalancer.server.port", StringComparison.OrdinalIgnoreCase)
            )
            .Select(label =>
                int.TryParse(label.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0
            )
            .Where(port => port is > 0 and < 65536)
            .Distinct();

    /// <summary>The network that Traefik is told to use; null when it may be any.</summary>
    public static string? NetworkIn(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault("traefik.docker.network");

    /// <summary>What its routers answer to, for people.</summary>
    public static string RulesIn(IReadOnlyDictionary<string, string> labels) =>
        string.Join(
            ", ",
            labels
                .Where(label =>
                    label.Key.EndsWith(".rule", StringComparison.OrdinalIgnoreCase)
                    && label.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                )
                .Select(label => label.Value)
                .Order(StringComparer.Ordinal)
        );

    /// <summary>Whether a container is a Traefik, by its image.</summary>
    public static bool IsTraefik(ContainerFacts facts)
    {
        var name = facts.Image.Split('@')[0];
        name = name[(name.LastIndexOf('/') + 1)..].Split(':')[0];
        return name is "traefik";
    }
}
