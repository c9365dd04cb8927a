using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>
/// What of the language the server reads, as it says itself (<c>/api/v1/features</c>, since 3.8). Older servers say nothing:
/// then everything is sent that reads the same whatever they make of it.
/// </summary>
internal sealed class PromQlDialect : IPromQlReading
{
    private volatile Known known = new(PromQlOptions.All, new HashSet<string>(), Asked: false);

    private sealed record Known(PromQlOptions Options, IReadOnlySet<string> Functions, bool Asked);

    /// <summary>How texts are read.</summary>
    public PromQlOptions Options => known.Options;

    /// <summary>Whether a text that can't be read may be one that this server reads, which it was not asked yet.</summary>
    internal bool MayKnowMore(string text) =>
        !known.Asked
        && !PromQlParser.TryParse(text, out _, out var error, Options)
        && (
            error.Detail.StartsWith("unknown function", StringComparison.Ordinal)
            || error.Detail.StartsWith("unexpected character", StringComparison.Ordinal)
        );

    /// <summary>The refusal of a function that is unknown here only, said as such; null when the server does not know it either.</summary>
    public string? UnknownHere(string text)
    {
        if (PromQlParser.TryParse(text, out _, out var error, Options) || error.Kind != PromQlErrorKind.Invalid)
        {
            return null;
        }
        var word = text[Math.Min(error.Span.Start, text.Length)..Math.Min(error.Span.End, text.Length)];
        return error.Detail.StartsWith("unknown function", StringComparison.Ordinal) && known.Functions.Contains(word)
            ? $"{error.Line}:{error.Column}: this server has the function \"{word}\", but it is not known here, so it can't be limited to what you may see"
            : null;
    }

    /// <summary>Takes over what <c>/api/v1/features</c> says; null when the server has no such answer.</summary>
    internal void Learn(IReadOnlyDictionary<string, Dictionary<string, JsonElement>>? features)
    {
        bool On(string name) =>
            features is not null
            && features.TryGetValue("promql", out var language)
            && language.TryGetValue(name, out var value)
            && value.ValueKind == JsonValueKind.True;

        known = new(
            PromQlOptions.All with
            {
                UnquotedNames = On("unquoted_utf8_names"),
            },
            features?.GetValueOrDefault("promql_functions")?.Keys.ToHashSet(StringComparer.Ordinal) ?? [],
            Asked: true
        );
    }

    /// <summary>Asks the server, unless that was done; a server that can't say it leaves things as they are.</summary>
    internal async Task AskAsync(PrometheusClient client, CancellationToken cancellation)
    {
        try
        {
            Learn(await client.FeaturesAsync(cancellation));
        }
        catch (UpstreamException)
        {
            // Its state is told by the client; the query itself meets the same server next.
        }
    }
}
