using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>A route that Traefik's labels name.</summary>
internal sealed record MovedRoute(string Host, string Path, int? Port, bool Encrypted);

/// <summary>Traefik's labels as an Ingress; only hosts and path prefixes have a counterpart there.</summary>
internal static partial class TraefikRoutes
{
    public static IReadOnlyList<MovedRoute> Of(JsonObject given, string label, List<MoveLoss> losses)
    {
        var labels = ComposeValues
            .Pairs(given["labels"])
            .Where(pair => pair.Key.StartsWith("traefik.", StringComparison.Ordinal))
            .ToList();
        var port = labels
            .Where(pair => pair.Key.EndsWith(".loadbalancer.server.port", StringComparison.Ordinal))
            .Select(pair =>
                int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= 65535
                    ? number
                    : (int?)null
            )
            .FirstOrDefault();
        var made = new List<MovedRoute>();
        foreach (var (key, value) in labels)
        {
            if (key.EndsWith(".rule", StringComparison.Ordinal))
            {
                var match = Rule().Match(value ?? "");
                if (match.Success)
                {
                    var secured = labels.Any(pair =>
                        pair.Key.StartsWith(key[..^".rule".Length] + ".tls", StringComparison.Ordinal)
                    );
                    made.Add(
                        new(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : "/", port, secured)
                    );
                }
                else
                {
                    losses.Add(
                        new(
                            label,
                            key,
                            "The rule is more than one host and a path's beginning; an Ingress can't say it. Write an IngressRoute of Traefik.",
                            true
                        )
                    );
                }
            }
            else if (!Known().IsMatch(key))
            {
                losses.Add(
                    new(
                        label,
                        key,
                        "It is not carried over: middlewares, entry points and resolvers are objects of Traefik's own on a cluster."
                    )
                );
            }
        }
        return made;
    }

    public static JsonObject Spec(IReadOnlyList<MovedRoute> routes, string label, int port)
    {
        var spec = new JsonObject
        {
            ["rules"] = new JsonArray([
                .. routes.Select(route => new JsonObject
                {
                    ["host"] = route.Host,
                    ["http"] = new JsonObject
                    {
                        ["paths"] = new JsonArray(
                            new JsonObject
                            {
                                ["path"] = route.Path,
                                ["pathType"] = "Prefix",
                                ["backend"] = new JsonObject
                                {
                                    ["service"] = new JsonObject
                                    {
                                        ["name"] = label,
                                        ["port"] = new JsonObject { ["number"] = route.Port ?? port },
                                    },
                                },
                            }
                        ),
                    },
                }),
            ]),
        };
        if (
            routes.Where(route => route.Encrypted).Select(route => (JsonNode?)route.Host).ToArray() is
            { Length: > 0 } hosts
        )
        {
            spec["tls"] = new JsonArray(
                new JsonObject { ["hosts"] = new JsonArray(hosts), ["secretName"] = $"{label}-tls" }
            );
        }
        return spec;
    }

    [GeneratedRegex(@"^\s*Host\(`([a-z0-9.-]+)`\)(?:\s*&&\s*PathPrefix\(`(/[^`]*)`\))?\s*$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^traefik\.enable$|\.loadbalancer\.server\.port$|\.tls$")]
    private static partial Regex Known();
}
