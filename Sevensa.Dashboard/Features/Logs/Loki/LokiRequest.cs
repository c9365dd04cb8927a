using System.Collections.Frozen;
using System.Text;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>What Loki may be asked. Anything else is not.</summary>
internal enum LokiEndpoint
{
    Query,
    QueryRange,
    Labels,

    /// <summary>Needs the label's name beside the parameters.</summary>
    LabelValues,
    Series,
    IndexStats,
    IndexVolume,
    IndexVolumeRange,
    Patterns,
    DetectedFields,

    /// <summary>Needs the field's name beside the parameters.</summary>
    DetectedFieldValues,
    DetectedLabels,

    /// <summary>What Loki's own explorer asks before it begins: limits and what is switched on.</summary>
    DrilldownLimits,
    BuildInfo,

    /// <summary>The tenant's alerting and recording rules in Loki's ruler, as YAML.</summary>
    Rules,

    /// <summary>Opened by <see cref="LokiClient.TailAsync"/>.</summary>
    Tail,
    FormatQuery,
}

/// <summary>
/// A request to Loki, rebuilt from the parameters that its endpoint knows, with every query in it narrowed to the scope.
/// Parameters that are not known are left out.
/// </summary>
internal sealed record LokiRequest(string Path, IReadOnlyList<KeyValuePair<string, string>> Parameters, bool MayPost)
{
    // Addresses longer than this go as a form: proxies in between are free to refuse them.
    private const int LongestAddress = 4_000;

    private const string Prefix = "loki/api/v1/";

    /// <summary>How a client of Loki's asks for its answers' form.</summary>
    public const string CategoriesHeader = "X-Loki-Response-Encoding-Flags";

    public const string Categories = "categorize-labels";

    /// <summary>Whether a caller's flags, several with commas or in several headers, name the categories.</summary>
    public static bool WantsCategories(IHeaderDictionary headers) =>
        headers.GetCommaSeparatedValues(CategoriesHeader).Contains(Categories, StringComparer.Ordinal);

    private static readonly string[] Span = ["start", "end", "since"];

    private static readonly FrozenDictionary<LokiEndpoint, (string Path, Text Text, string[] Parameters)> Endpoints =
        new Dictionary<LokiEndpoint, (string, Text, string[])>
        {
            [LokiEndpoint.Query] = ("query", Text.Query, ["time", "limit", "direction"]),
            [LokiEndpoint.QueryRange] = (
                "query_range",
                Text.Query,
                [.. Span, "step", "interval", "limit", "direction"]
            ),
            [LokiEndpoint.Labels] = ("labels", Text.Selector, Span),
            [LokiEndpoint.LabelValues] = ("label", Text.Selector, Span),
            [LokiEndpoint.Series] = ("series", Text.Matches, Span),
            [LokiEndpoint.IndexStats] = ("index/stats", Text.Query, Span),
            [LokiEndpoint.IndexVolume] = (
                "index/volume",
                Text.Query,
                [.. Span, "limit", "targetLabels", "aggregateBy"]
            ),
            [LokiEndpoint.IndexVolumeRange] = (
                "index/volume_range",
                Text.Query,
                [.. Span, "step", "limit", "targetLabels", "aggregateBy"]
            ),
            [LokiEndpoint.Patterns] = ("patterns", Text.Query, [.. Span, "step"]),
            [LokiEndpoint.DetectedFields] = ("detected_fields", Text.Query, [.. Span, "step", "limit", "line_limit"]),
            [LokiEndpoint.DetectedFieldValues] = (
                "detected_field",
                Text.Query,
                [.. Span, "step", "limit", "line_limit"]
            ),
            [LokiEndpoint.DetectedLabels] = ("detected_labels", Text.Selector, Span),
            [LokiEndpoint.DrilldownLimits] = ("drilldown-limits", Text.None, []),
            [LokiEndpoint.BuildInfo] = ("status/buildinfo", Text.None, []),
            [LokiEndpoint.Rules] = ("rules", Text.None, []),
            [LokiEndpoint.Tail] = ("tail", Text.Query, ["start", "limit", "delay_for"]),
            [LokiEndpoint.FormatQuery] = ("format_query", Text.AsIs, []),
        }.ToFrozenDictionary();

    // How an endpoint takes LogQL.
    private enum Text
    {
        Query,
        Selector,
        Matches,
        AsIs,
        None,
    }

    /// <param name="label">The label of <see cref="LokiEndpoint.LabelValues"/>.</param>
    /// <exception cref="QueryRefusedException">A query cannot be read or scoped.</exception>
    public static LokiRequest Create(
        LokiEndpoint endpoint,
        LokiScope scope,
        IEnumerable<KeyValuePair<string, string>> parameters,
        string? label = null
    )
    {
        var (path, text, known) = Endpoints[endpoint];
        var given = parameters.Where(parameter => parameter.Value.Length > 0).ToList();
        var rebuilt = new List<KeyValuePair<string, string>>();
        switch (text)
        {
            case Text.Query:
                rebuilt.Add(new("query", scope.Query(Single(given, "query"))));
                break;
            case Text.Selector:
                if (scope.Selector(Single(given, "query")) is { } selector)
                {
                    rebuilt.Add(new("query", selector));
                }

                break;
            case Text.Matches:
                var matches = given.Where(parameter => parameter.Key is "match[]" or "match").ToList();
                rebuilt.AddRange(
                    (matches.Count == 0 ? [null] : matches.Select(match => (string?)match.Value))
                        .Select(scope.Selector)
                        .OfType<string>()
                        .Select(match => new KeyValuePair<string, string>("match[]", match))
                );
                break;
            case Text.AsIs:
                rebuilt.Add(new("query", Single(given, "query") ?? ""));
                break;
            default:
                break;
        }

        rebuilt.AddRange(
            known
                .Select(name => (Name: name, Value: Single(given, name)))
                .Where(parameter => parameter.Value is not null)
                .Select(parameter => new KeyValuePair<string, string>(parameter.Name, parameter.Value!))
        );
        if (endpoint == LokiEndpoint.LabelValues)
        {
            path = $"label/{LabelName(label)}/values";
        }
        else if (endpoint == LokiEndpoint.DetectedFieldValues)
        {
            path = $"detected_field/{LabelName(label)}/values";
        }

        return new LokiRequest(Prefix + path, rebuilt, text != Text.None && endpoint != LokiEndpoint.Tail);
    }

    /// <summary>
    /// Whether each line is to have its metadata and what was parsed of it beside it. A live tail leaves them out otherwise
    /// where the query is a selector alone.
    /// </summary>
    public bool IsCategorized { get; init; }

    public HttpRequestMessage ToMessage(Uri server)
    {
        var message = Bare(server);
        if (IsCategorized)
        {
            message.Headers.Add(CategoriesHeader, Categories);
        }

        return message;
    }

    private HttpRequestMessage Bare(Uri server)
    {
        // An address with a path keeps it: Loki may live below one.
        var address = new UriBuilder(server) { Query = "" };
        address.Path = address.Path.TrimEnd('/') + "/" + Path;
        var query = new StringBuilder();
        foreach (var (name, value) in Parameters)
        {
            query.Append(query.Length == 0 ? "" : "&").Append(Uri.EscapeDataString(name));
            query.Append('=').Append(Uri.EscapeDataString(value));
        }

        if (MayPost && query.Length > LongestAddress)
        {
            return new HttpRequestMessage(HttpMethod.Post, address.Uri)
            {
                Content = new FormUrlEncodedContent(Parameters),
            };
        }

        address.Query = query.ToString();
        return new HttpRequestMessage(HttpMethod.Get, address.Uri);
    }

    private static string LabelName(string? label) =>
        label is null || label == LogQlScoper.TenantIdLabel || label.Length > 1024 || label.Contains('/')
            ? throw new QueryRefusedException($"The values of the label \"{label}\" may not be asked for.")
            : Uri.EscapeDataString(label);

    private static string? Single(List<KeyValuePair<string, string>> given, string name)
    {
        var values = given.Where(parameter => parameter.Key == name).ToList();
        return values.Count switch
        {
            0 => null,
            1 => values[0].Value,
            _ => throw new QueryRefusedException($"The parameter \"{name}\" is given {values.Count} times."),
        };
    }
}
