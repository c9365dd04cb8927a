using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>
/// Middlewares that labels define, as Traefik's own objects. Labels are written small, the objects' fields are not: what stands in
/// none of these tables is told, and its route keeps the name, so that Traefik serves nothing past a check that is not there.
/// </summary>
internal static partial class TraefikMiddlewares
{
    private static readonly Dictionary<string, string> kinds = new(StringComparer.Ordinal)
    {
        ["addprefix"] = "addPrefix: prefix",
        ["stripprefix"] = "stripPrefix: prefixes*",
        ["replacepath"] = "replacePath: path",
        ["replacepathregex"] = "replacePathRegex: regex replacement",
        ["redirectscheme"] = "redirectScheme: scheme permanent? port",
        ["redirectregex"] = "redirectRegex: regex replacement permanent?",
        ["ratelimit"] = "rateLimit: average# burst# period",
        ["inflightreq"] = "inFlightReq: amount#",
        ["ipallowlist"] = "ipAllowList: sourceRange*",
        ["ipwhitelist"] = "ipAllowList: sourceRange*",
        ["compress"] = "compress: minResponseBodyBytes# excludedContentTypes*",
        ["retry"] = "retry: attempts# initialInterval",
        ["buffering"] =
            "buffering: maxRequestBodyBytes# memRequestBodyBytes# maxResponseBodyBytes# memResponseBodyBytes# retryExpression",
        ["forwardauth"] = "forwardAuth: address trustForwardHeader? authResponseHeaders*",
        ["basicauth"] = "basicAuth: realm removeHeader? headerField",
        ["digestauth"] = "digestAuth: realm removeHeader? headerField",
        ["headers"] =
            "headers: frameDeny? browserXssFilter? contentTypeNosniff? stsSeconds# stsIncludeSubdomains? stsPreload? forceSTSHeader? referrerPolicy permissionsPolicy contentSecurityPolicy customFrameOptionsValue addVaryHeader? accessControlAllowOriginList* accessControlAllowMethods* accessControlAllowHeaders* accessControlMaxAge# accessControlAllowCredentials?",
    };

    public static IReadOnlyList<JsonObject> Of(
        IEnumerable<KeyValuePair<string, string?>> labels,
        string project,
        Action<string, string, bool> lose
    )
    {
        var made = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var (key, value) in labels)
        {
            if (Label().Match(key) is not { Success: true } match)
            {
                continue;
            }
            var (name, kind, option) = (
                ComposeValues.Label(match.Groups[1].Value),
                match.Groups[2].Value,
                match.Groups[3].Value
            );
            if (!made.TryGetValue(name, out var spec))
            {
                made[name] = spec = [];
            }
            if (kind == "chain" && option == "middlewares")
            {
                spec["chain"] = new JsonObject { ["middlewares"] = References(value) };
            }
            else if (!kinds.TryGetValue(kind, out var told))
            {
                lose(
                    key,
                    $"This kind is not carried over: make the Middleware {name} by hand; its routes serve nothing until then.",
                    true
                );
            }
            else
            {
                var parts = told.Split(": ");
                var options = (JsonObject)(spec[parts[0]] ??= new JsonObject());
                Put(options, name, option, value ?? "", parts[1].Split(' '), key, lose);
            }
        }
        return
        [
            .. made.Where(pair => pair.Value.Count > 0)
                .Select(pair =>
                    ServiceMove.Object(
                        "traefik.io/v1alpha1",
                        "Middleware",
                        pair.Key,
                        project,
                        new JsonObject { ["spec"] = pair.Value }
                    )
                ),
        ];
    }

    /// <summary>Middlewares by the names that labels give them: <c>strip@docker, auth</c>.</summary>
    public static JsonArray References(string? names) =>
        new([
            .. (names ?? "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(one => new JsonObject { ["name"] = ComposeValues.Label(one.Split('@')[0]) }),
        ]);

    private static void Put(
        JsonObject options,
        string name,
        string option,
        string value,
        string[] known,
        string key,
        Action<string, string, bool> lose
    )
    {
        if (option == "users" || option == "usersfile")
        {
            options["secret"] = $"{name}-users";
            lose(key, $"Make the Secret {name}-users with the key users: who may come in is not repeated here.", true);
            return;
        }
        if (Header().Match(option) is { Success: true } header)
        {
            if (ServiceContainer.IsSecret(header.Groups[2].Value, value))
            {
                lose(key, $"It looks like a secret and is not repeated here: set it in the Middleware {name}.", true);
                return;
            }
            var field = header.Groups[1].Value == "request" ? "customRequestHeaders" : "customResponseHeaders";
            ((JsonObject)(options[field] ??= new JsonObject()))[header.Groups[2].Value] = value;
            return;
        }
        var meant = known.FirstOrDefault(one =>
            one.TrimEnd('*', '?', '#').Equals(option, StringComparison.OrdinalIgnoreCase)
        );
        if (meant is null)
        {
            // The bare kind (compress=true) has no option.
            if (option.Length > 0)
            {
                lose(key, $"It has no place in the Middleware {name} here: set it by hand.", true);
            }
            return;
        }
        options[meant.TrimEnd('*', '?', '#')] = meant[^1] switch
        {
            '*' => new JsonArray([
                .. value
                    .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(one => (JsonNode?)one),
            ]),
            '?' => value == "true",
            '#' when long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
            _ => value,
        };
    }

    [GeneratedRegex(@"^traefik\.http\.middlewares\.([^.]+)\.([^.]+)\.?(.*)$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^custom(request|response)headers\.(.+)$", RegexOptions.IgnoreCase)]
    private static partial Regex Header();
}
