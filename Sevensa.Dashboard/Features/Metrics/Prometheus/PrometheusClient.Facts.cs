using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>What is not a query. Rules, alerts and targets come of all tenants: <see cref="PrometheusFacts"/> cuts them down.</summary>
internal sealed partial class PrometheusClient
{
    /// <summary>Version and origin of the server.</summary>
    public async Task<PrometheusBuild> BuildAsync(CancellationToken cancellation) =>
        await FactAsync(
            HttpMethod.Get,
            "status/buildinfo",
            null,
            [],
            PrometheusJson.Default.EnvelopePrometheusBuild,
            cancellation
        );

    /// <summary>Version of the server, for the connections page and as the probe.</summary>
    public async Task<string> VersionAsync(CancellationToken cancellation) => (await BuildAsync(cancellation)).Version;

    internal async Task<IReadOnlyList<PrometheusRuleGroup>> RulesAsync(CancellationToken cancellation)
    {
        var data = await FactAsync(
            HttpMethod.Get,
            "rules",
            null,
            [],
            PrometheusJson.Default.EnvelopeRulesData,
            cancellation
        );
        return [.. (data.Groups ?? []).Select(group => group.Group)];
    }

    internal async Task<IReadOnlyList<PrometheusTarget>> TargetsAsync(CancellationToken cancellation)
    {
        var data = await FactAsync(
            HttpMethod.Get,
            "targets",
            null,
            [("state", "active")],
            PrometheusJson.Default.EnvelopeTargetsData,
            cancellation
        );
        return [.. (data.ActiveTargets ?? []).Select(target => target.Target)];
    }

    /// <summary>
    /// What the scope's own targets say of their metrics, and targets that belong to no tenant. Help texts are written by whoever
    /// runs a target, so those of other tenants' targets are never asked for. A server that tells no targets apart (Mimir,
    /// Thanos) says types and units only, unless it keeps tenants apart itself.
    /// </summary>
    /// <param name="metric">Of one metric; null for all.</param>
    internal async Task<IReadOnlyDictionary<string, IReadOnlyList<MetricMetadata>>> MetadataAsync(
        TenantScope scope,
        string? metric,
        CancellationToken cancellation
    )
    {
        if (!options.Value.OrgIdHeader)
        {
            try
            {
                var told = await FactAsync(
                    HttpMethod.Get,
                    "targets/metadata",
                    scope,
                    [("match_target", scope.TargetSelector), ("metric", metric)],
                    PrometheusJson.Default.EnvelopeListTargetMetadataData,
                    cancellation,
                    mayLack: true
                );
                return told.Where(one => scope.Sees(one.Target))
                    .GroupBy(one => one.Metric ?? metric ?? "", StringComparer.Ordinal)
                    .ToDictionary(
                        group => group.Key,
                        IReadOnlyList<MetricMetadata> (group) => [.. group.Select(one => one.Metadata).Distinct()],
                        StringComparer.Ordinal
                    );
            }
            catch (UpstreamException missing) when (missing.Status is 404 or 405 or 501) { }
        }
        var all = await FactAsync(
            HttpMethod.Get,
            "metadata",
            scope,
            [("metric", metric)],
            PrometheusJson.Default.EnvelopeDictionaryStringListMetricMetadata,
            cancellation
        );
        return all.ToDictionary(
            one => one.Key,
            IReadOnlyList<MetricMetadata> (one) =>
                options.Value.OrgIdHeader
                    ? one.Value
                    : [.. one.Value.Select(metadata => metadata with { Help = "" }).Distinct()],
            StringComparer.Ordinal
        );
    }

    /// <summary>Which parts of the language and of the API are on, by category and name; null for a server that does not say.</summary>
    internal async Task<IReadOnlyDictionary<string, Dictionary<string, JsonElement>>?> FeaturesAsync(
        CancellationToken cancellation
    )
    {
        try
        {
            return await FactAsync(
                HttpMethod.Get,
                "features",
                null,
                [],
                PrometheusJson.Default.EnvelopeDictionaryStringDictionaryStringJsonElement,
                cancellation,
                mayLack: true
            );
        }
        catch (UpstreamException missing) when (missing.Status is 404 or 405 or 501)
        {
            return null;
        }
    }

    internal async Task<IReadOnlyList<string>> LabelsAsync(ScopedQuery selector, CancellationToken cancellation) =>
        await FactAsync(
            HttpMethod.Post,
            "labels",
            selector.Scope,
            [("match[]", selector.Text)],
            PrometheusJson.Default.EnvelopeListString,
            cancellation
        );

    internal async Task<IReadOnlyList<string>> LabelValuesAsync(
        string label,
        ScopedQuery selector,
        CancellationToken cancellation
    ) =>
        await FactAsync(
            HttpMethod.Get,
            $"label/{Uri.EscapeDataString(label)}/values",
            selector.Scope,
            [("match[]", selector.Text)],
            PrometheusJson.Default.EnvelopeListString,
            cancellation
        );

    internal async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
        ScopedQuery selector,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) =>
        await FactAsync(
            HttpMethod.Post,
            "series",
            selector.Scope,
            [("match[]", selector.Text), ("start", Seconds(from)), ("end", Seconds(to))],
            PrometheusJson.Default.EnvelopeListDictionaryStringString,
            cancellation
        );

    internal async Task<IReadOnlyList<ExemplarSeries>> ExemplarsAsync(
        ScopedQuery query,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var data = await FactAsync(
            HttpMethod.Post,
            "query_exemplars",
            query.Scope,
            [("query", query.Text), ("start", Seconds(from)), ("end", Seconds(to))],
            PrometheusJson.Default.EnvelopeListExemplarSeriesData,
            cancellation
        );
        return [.. data.Select(one => one.Series)];
    }

    private async Task<T> FactAsync<T>(
        HttpMethod method,
        string path,
        TenantScope? scope,
        IEnumerable<(string Key, string? Value)> parameters,
        JsonTypeInfo<Envelope<T>> type,
        CancellationToken cancellation,
        bool mayLack = false
    )
        where T : class
    {
        using var response = await SendAsync(method, $"api/v1/{path}", scope, parameters, cancellation, mayLack);
        Envelope<T>? answer;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            answer = await JsonSerializer.DeserializeAsync(body, type, cancellation);
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
        if (answer is not { Status: "success", Data: { } data })
        {
            throw Told(Terms.Garbled(answer?.Error ?? "it has no data", (int)response.StatusCode));
        }
        upstreams.Good(Name);
        return data;
    }
}
