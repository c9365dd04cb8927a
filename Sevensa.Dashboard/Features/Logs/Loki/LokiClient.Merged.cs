using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Loki;

internal sealed partial class LokiClient
{
    // Loki's own default.
    private const int UsualLimit = 100;

    /// <summary>Whether Loki's ruler keeps the rules of this scope apart: with one tenant, told by the header.</summary>
    internal bool HasRulesOf(TenantScope scope) => LokiScope.For(scope, Options).OrgIds.Count == 1;

    /// <summary>This Loki is known to take one tenant at a time, and the scope has several.</summary>
    internal bool WantsThemOneByOne(TenantScope scope) =>
        _oneTenantAtATime && LokiScope.For(scope, Options).OrgIds.Count > 1;

    /// <summary>Whether an answer to several tenants at once says that they must be asked one by one; it is remembered.</summary>
    internal async Task<bool> RefusesSeveralAsync(
        TenantScope scope,
        HttpResponseMessage answer,
        CancellationToken cancellation
    )
    {
        if (answer.IsSuccessStatusCode || LokiScope.For(scope, Options).OrgIds.Count < 2)
        {
            return false;
        }
        await answer.Content.LoadIntoBufferAsync(cancellation);
        var words = await answer.Content.ReadAsStringAsync(cancellation);
        return _oneTenantAtATime |= IsTooManyTenants(words);
    }

    // The whole of it: Loki quotes a query that it can't read, and that may hold these words too.
    private static bool IsTooManyTenants(string words) =>
        words.Trim().Equals("multiple org IDs present", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Asks for each tenant of the scope by itself and makes one answer of them, for an endpoint that speaks Loki's language.
    /// </summary>
    /// <returns>Writes the answer as Loki would.</returns>
    /// <exception cref="LokiException">One of them was not answered.</exception>
    internal async Task<Func<Utf8JsonWriter, CancellationToken, Task>> MergedAsync(
        TenantScope scope,
        LokiEndpoint endpoint,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        string? label,
        CancellationToken cancellation
    )
    {
        switch (endpoint)
        {
            case LokiEndpoint.Query or LokiEndpoint.QueryRange:
                var limit =
                    int.TryParse(Given("limit"), CultureInfo.InvariantCulture, out var asked) && asked > 0
                        ? asked
                        : UsualLimit;
                var direction = string.Equals(Given("direction"), "forward", StringComparison.OrdinalIgnoreCase)
                    ? LokiDirection.Forward
                    : LokiDirection.Backward;
                return await Answer(shares => LokiMerge.Answers(shares, limit, direction));
            case LokiEndpoint.IndexVolume or LokiEndpoint.IndexVolumeRange:
                return await Answer(shares => LokiMerge.Answers(shares, null, LokiDirection.Backward));
            case LokiEndpoint.Labels or LokiEndpoint.LabelValues:
                IEnumerable<string> texts = await Ask(ReadTextsAsync, LokiMerge.Texts);
                if (endpoint == LokiEndpoint.Labels)
                {
                    texts = texts.Append(LogQlScoper.TenantIdLabel).Distinct().Order(StringComparer.Ordinal);
                }
                return Small(json => LokiMergedJson.Texts(json, texts));
            case LokiEndpoint.Series:
                var series = await Ask(ReadSeriesAsync, LokiMerge.Series);
                return Small(json => LokiMergedJson.Series(json, series));
            case LokiEndpoint.IndexStats:
                var stats = await Ask(ReadStatsAsync, LokiMerge.Stats);
                return Small(json => LokiMergedJson.Stats(json, stats));
            case LokiEndpoint.Patterns:
                var patterns = await Ask(ReadPatternsAsync, LokiMerge.Patterns);
                return Small(json => LokiMergedJson.Patterns(json, patterns));
            case LokiEndpoint.DetectedFields:
                var fields = await Ask(ReadFieldsAsync, LokiMerge.Fields);
                return Small(json => LokiMergedJson.Fields(json, fields));
            case LokiEndpoint.DetectedFieldValues:
                var values = await Ask(ReadFieldValuesAsync, LokiMerge.Texts);
                return Small(json => LokiMergedJson.FieldValues(json, values));
            case LokiEndpoint.DetectedLabels:
                var labels = await Ask(ReadDetectedLabelsAsync, LokiMerge.DetectedLabels);
                return Small(json => LokiMergedJson.DetectedLabels(json, labels));
            case LokiEndpoint.DrilldownLimits or LokiEndpoint.BuildInfo:
                // The same for all, but for limits that somebody set for one of them.
                var first = await Ask(
                    (stream, token) => JsonDocument.ParseAsync(stream, cancellationToken: token),
                    shares => shares[0].Item
                );
                return Small(first.WriteTo);
            default:
                throw new QueryRefusedException($"{endpoint} takes one tenant at a time.");
        }

        string? Given(string name) => parameters.FirstOrDefault(parameter => parameter.Key == name).Value;

        Task<T> Ask<T>(Func<Stream, CancellationToken, Task<T>> read, Func<IReadOnlyList<LokiShare<T>>, T> merge) =>
            AskAsync(scope, endpoint, parameters, read, merge, cancellation, label);

        async Task<Func<Utf8JsonWriter, CancellationToken, Task>> Answer(
            Func<IReadOnlyList<LokiShare<LokiAnswer>>, LokiAnswer> merge
        )
        {
            var answer = await Ask(ReadAnswerAsync, merge);
            return (json, token) => LokiMergedJson.AnswerAsync(json, answer, token);
        }

        static Func<Utf8JsonWriter, CancellationToken, Task> Small(Action<Utf8JsonWriter> write) =>
            (json, token) =>
            {
                write(json);
                return json.FlushAsync(token);
            };
    }
}
