using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>A router that labels name. With nothing but a host, a path's beginning and TLS it is an Ingress; else Traefik's own object.</summary>
/// <param name="Host">Null where the rule is more than a host and a path's beginning.</param>
internal sealed record MovedRoute(string Name, string Rule, string? Host, string Path, bool Encrypted)
{
    public IReadOnlyList<string> EntryPoints { get; init; } = [];
    public string? Middlewares { get; init; }
    public string? Resolver { get; init; }
    public int? Priority { get; init; }

    public bool IsPlain =>
        Host is not null && EntryPoints.Count == 0 && Middlewares is null && Resolver is null && Priority is null;
}

/// <summary>Traefik's labels of one service: its routes, the port that they lead to, and the middlewares it defines.</summary>
internal sealed partial class TraefikRoutes
{
    private readonly List<KeyValuePair<string, string?>> labels;
    private readonly List<MovedRoute> routes = [];

    /// <param name="service">As the file names it, for what is said.</param>
    public TraefikRoutes(JsonObject given, string service, string project, List<MoveLoss> losses)
    {
        labels =
        [
            .. ComposeValues
                .Pairs(given["labels"])
                .Where(pair => pair.Key.StartsWith("traefik.", StringComparison.Ordinal)),
        ];
        void Lose(string where, string words, bool blocks) => losses.Add(new(service, where, words, blocks));
        Port = labels
            .Where(pair => pair.Key.EndsWith(".loadbalancer.server.port", StringComparison.Ordinal))
            .Select(pair =>
                int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= 65535
                    ? number
                    : (int?)null
            )
            .FirstOrDefault();
        foreach (var (key, value) in labels)
        {
            if (Rule().Match(key) is { Success: true } rule)
            {
                routes.Add(Read(rule.Groups[1].Value, value ?? ""));
            }
            else if (!Known().IsMatch(key))
            {
                Lose(
                    key,
                    "It is not carried over: entry points, providers and what belongs to Traefik itself are its own settings on the cluster.",
                    Gate().IsMatch(key)
                );
            }
        }
        Middlewares = TraefikMiddlewares.Of(labels, project, Lose);
        SayOf(Lose);
    }

    public int? Port { get; }
    public int Count => routes.Count;
    public IReadOnlyList<JsonObject> Middlewares { get; }

    /// <param name="port">Where the labels name none.</param>
    public IEnumerable<JsonObject> Objects(string project, string label, int port)
    {
        var plain = routes.Where(route => route.IsPlain).ToList();
        if (plain.Count > 0)
        {
            var spec = Ingress(plain, label, Port ?? port);
            yield return ServiceMove.Object(
                "networking.k8s.io/v1",
                "Ingress",
                label,
                project,
                new JsonObject { ["spec"] = spec }
            );
        }
        foreach (var route in routes.Where(route => !route.IsPlain))
        {
            yield return ServiceMove.Object(
                "traefik.io/v1alpha1",
                "IngressRoute",
                ComposeValues.Label(route.Name),
                project,
                new JsonObject { ["spec"] = IngressRoute(route, label, Port ?? port) }
            );
        }
    }

    private void SayOf(Action<string, string, bool> lose)
    {
        foreach (var route in routes.Where(route => !route.IsPlain))
        {
            var at = $"traefik.http.routers.{route.Name}";
            lose(
                at,
                "An Ingress can't say it, so it is an IngressRoute: Traefik with its CRDs has to serve the cluster.",
                false
            );
            if (route.EntryPoints.Count > 0 || route.Resolver is not null)
            {
                lose(
                    at,
                    $"{string.Join(", ", route.EntryPoints.Append(route.Resolver).OfType<string>())}: entry points and certificate resolvers of these names have to be there.",
                    false
                );
            }
            foreach (
                var name in TraefikMiddlewares
                    .References(route.Middlewares)
                    .Select(one => one!["name"]!.ToString())
                    .Where(name => Middlewares.All(made => made["metadata"]!["name"]!.ToString() != name))
            )
            {
                lose(
                    $"{at}.middlewares",
                    $"{name} is not of this service's labels: unless another service's make it, make the Middleware; the route serves nothing until then.",
                    true
                );
            }
        }
    }

    private MovedRoute Read(string name, string rule)
    {
        string? Option(string option) =>
            labels.FirstOrDefault(pair => pair.Key == $"traefik.http.routers.{name}.{option}").Value;
        var match = Simple().Match(rule);
        return new MovedRoute(
            name,
            rule,
            match.Success ? match.Groups[1].Value : null,
            match.Groups[2].Success ? match.Groups[2].Value : "/",
            labels.Any(pair =>
                pair.Key.StartsWith($"traefik.http.routers.{name}.tls", StringComparison.Ordinal)
                && pair.Value != "false"
            )
        )
        {
            EntryPoints =
            [
                .. (Option("entrypoints") ?? "").Split(
                    ',',
                    StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                ),
            ],
            Middlewares = Option("middlewares"),
            Resolver = Option("tls.certresolver"),
            Priority = int.TryParse(Option("priority"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null,
        };
    }

    private static JsonObject IngressRoute(MovedRoute route, string label, int port)
    {
        var one = new JsonObject
        {
            ["kind"] = "Rule",
            ["match"] = route.Rule,
            ["services"] = new JsonArray(new JsonObject { ["name"] = label, ["port"] = port }),
        };
        if (route.Priority is { } priority)
        {
            one["priority"] = priority;
        }
        if (route.Middlewares is not null)
        {
            one["middlewares"] = TraefikMiddlewares.References(route.Middlewares);
        }
        var spec = new JsonObject { ["routes"] = new JsonArray(one) };
        if (route.EntryPoints.Count > 0)
        {
            spec["entryPoints"] = new JsonArray([.. route.EntryPoints.Select(name => (JsonNode?)name)]);
        }
        if (route.Encrypted)
        {
            spec["tls"] = route.Resolver is { } resolver
                ? new JsonObject { ["certResolver"] = resolver }
                : new JsonObject { ["secretName"] = $"{label}-tls" };
        }
        return spec;
    }

    private static JsonObject Ingress(List<MovedRoute> plain, string label, int port)
    {
        var spec = new JsonObject
        {
            ["rules"] = new JsonArray([
                .. plain.Select(route => new JsonObject
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
                                        ["port"] = new JsonObject { ["number"] = port },
                                    },
                                },
                            }
                        ),
                    },
                }),
            ]),
        };
        if (
            plain.Where(route => route.Encrypted).Select(route => (JsonNode?)route.Host).ToArray() is
            { Length: > 0 } hosts
        )
        {
            spec["tls"] = new JsonArray(
                new JsonObject { ["hosts"] = new JsonArray(hosts), ["secretName"] = $"{label}-tls" }
            );
        }
        return spec;
    }

    [GeneratedRegex(@"^traefik\.http\.routers\.([^.]+)\.rule$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^\s*Host\(`([a-z0-9.-]+)`\)(?:\s*&&\s*PathPrefix\(`(/[^`]*)`\))?\s*$")]
    private static partial Regex Simple();

    [GeneratedRegex(
        @"^traefik\.enable$|\.loadbalancer\.server\.port$|^traefik\.http\.middlewares\.|^traefik\.http\.routers\.[^.]+\.(entrypoints|middlewares|priority|tls|tls\.certresolver)$"
    )]
    private static partial Regex Known();

    /// <summary>Routes of other protocols, which nothing leads to without them.</summary>
    [GeneratedRegex(@"^traefik\.(tcp|udp)\.routers\.")]
    private static partial Regex Gate();
}
