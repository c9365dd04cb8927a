using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>
/// The Prometheus HTTP API in a tenant's scope: any Prometheus client can point here. Default-deny: what is not listed does not exist,
/// parameters are read once and rebuilt, no header of the caller's goes on, answers stream through unchanged.
/// </summary>
public static class PrometheusApi
{
    private static readonly string[] Verbs = [HttpMethods.Get, HttpMethods.Post];

    public static void MapPrometheusApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/tenants/{tenant}/prometheus/api/v1")
            .RequireAuthorization(Policies.Read)
            .DisableAntiforgery();
        api.MapMethods("/query", Verbs, Query).WithSummary("Instant query in the tenant's scope");
        api.MapMethods("/query_range", Verbs, QueryRange).WithSummary("Range query in the tenant's scope");
        api.MapMethods("/query_exemplars", Verbs, Exemplars).WithSummary("Exemplars in the tenant's scope");
        api.MapMethods("/series", Verbs, Series).WithSummary("Series in the tenant's scope");
        api.MapMethods(
                "/labels",
                Verbs,
                (PrometheusPassage passage, HttpContext context, string tenant) =>
                    passage.Selected(context, tenant, "labels")
            )
            .WithSummary("Label names in the tenant's scope");
        api.MapGet(
                "/label/{name}/values",
                (PrometheusPassage passage, HttpContext context, string tenant, string name) =>
                    passage.Selected(context, tenant, $"label/{Uri.EscapeDataString(name)}/values")
            )
            .WithSummary("Values of a label in the tenant's scope");
        api.MapGet(
                "/metadata",
                (PrometheusPassage passage, HttpContext context, string tenant) => passage.Metadata(context, tenant)
            )
            .WithSummary("Metadata of the metrics that the tenant's series have");
    }

    private static Task Query(PrometheusPassage passage, HttpContext context, string tenant) =>
        passage.Queried(context, tenant, "query", ["time", "timeout", "limit", "lookback_delta"]);

    private static Task QueryRange(PrometheusPassage passage, HttpContext context, string tenant) =>
        passage.Queried(context, tenant, "query_range", ["start", "end", "step", "timeout", "limit", "lookback_delta"]);

    private static Task Exemplars(PrometheusPassage passage, HttpContext context, string tenant) =>
        passage.Queried(context, tenant, "query_exemplars", ["start", "end"]);

    private static Task Series(PrometheusPassage passage, HttpContext context, string tenant) =>
        passage.Selected(context, tenant, "series", required: true);
}

/// <summary>Carries one request through to Prometheus, scoped.</summary>
public sealed class PrometheusPassage(
    PrometheusClient client,
    ITenantScopes scopes,
    ICurrentCaller callers,
    IOptions<MetricsOptions> limits
)
{
    /// <summary>Query endpoints: <c>query</c> is rewritten, of the rest only what is named goes on.</summary>
    public async Task Queried(HttpContext context, string tenant, string path, string[] known)
    {
        var scope = await ScopeAsync(context, tenant);
        var form = await ParametersAsync(context);
        ScopedQuery query;
        try
        {
            query = scope.PromQl(One(form, "query") ?? "");
        }
        catch (QueryRefusedException refused)
        {
            await RefuseAsync(context, 400, "bad_data", $"invalid parameter \"query\": {refused.Message}");
            return;
        }
        if (path == "query_range" && TooMuch(form) is { } limit)
        {
            await RefuseAsync(context, 400, "bad_data", limit);
            return;
        }
        var parameters = known.Select(key => (key, One(form, key))).Prepend(("query", query.Text));
        await StreamAsync(context, HttpMethod.Post, $"api/v1/{path}", scope, parameters, query.Infos);
    }

    /// <summary>Endpoints that take <c>match[]</c>: each is scoped, and where none is given the tenant's own is put there.</summary>
    public async Task Selected(HttpContext context, string tenant, string path, bool required = false)
    {
        var scope = await ScopeAsync(context, tenant);
        var form = await ParametersAsync(context);
        var asked = form.Where(pair => pair.Key == "match[]")
            .SelectMany(pair => pair.Value.ToArray())
            .OfType<string>()
            .ToList();
        if (asked.Count == 0 && required)
        {
            await RefuseAsync(context, 400, "bad_data", "no match[] parameter provided");
            return;
        }
        var parameters = new List<(string, string?)>();
        try
        {
            parameters.AddRange(
                (asked.Count == 0 ? ["{}"] : asked).Select(text =>
                    ("match[]", (string?)scope.PromQlSelector(text).Text)
                )
            );
        }
        catch (QueryRefusedException refused)
        {
            await RefuseAsync(context, 400, "bad_data", $"invalid parameter \"match[]\": {refused.Message}");
            return;
        }
        parameters.AddRange(new[] { "start", "end", "limit" }.Select(key => (key, One(form, key))));
        // Many selectors fit no address; values of a label are answered to GET only.
        var method = path is "series" or "labels" ? HttpMethod.Post : HttpMethod.Get;
        await StreamAsync(context, method, $"api/v1/{path}", scope, parameters, []);
    }

    /// <summary>Metadata knows no tenants: only names that the scope's own series have are answered.</summary>
    public async Task Metadata(HttpContext context, string tenant)
    {
        var scope = await ScopeAsync(context, tenant);
        var wanted = One(context.Request.Query, "metric");
        var cancellation = context.RequestAborted;
        using var namesAnswer = await client.PassAsync(
            HttpMethod.Get,
            "api/v1/label/__name__/values",
            scope,
            [("match[]", scope.PromQlSelector("{}").Text)],
            cancellation
        );
        using var answer = await client.PassAsync(
            HttpMethod.Get,
            "api/v1/metadata",
            scope,
            [("metric", wanted)],
            cancellation
        );
        if (!namesAnswer.IsSuccessStatusCode || !answer.IsSuccessStatusCode)
        {
            await CopyAsync(context, namesAnswer.IsSuccessStatusCode ? answer : namesAnswer);
            return;
        }
        using var names = await JsonDocument.ParseAsync(
            await namesAnswer.Content.ReadAsStreamAsync(cancellation),
            default,
            cancellation
        );
        using var metadata = await JsonDocument.ParseAsync(
            await answer.Content.ReadAsStreamAsync(cancellation),
            default,
            cancellation
        );
        var own = names
            .RootElement.GetProperty("data")
            .EnumerateArray()
            .Select(name => name.GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        var limit =
            int.TryParse(One(context.Request.Query, "limit"), CultureInfo.InvariantCulture, out var most) && most >= 0
                ? most
                : int.MaxValue;
        var perMetric =
            int.TryParse(One(context.Request.Query, "limit_per_metric"), CultureInfo.InvariantCulture, out var each)
            && each > 0
                ? each
                : int.MaxValue;
        var found = metadata
            .RootElement.GetProperty("data")
            .EnumerateObject()
            .Where(metric => own.Any(name => BelongsTo(name, metric.Name)))
            .Take(limit)
            .ToDictionary(metric => metric.Name, metric => metric.Value.EnumerateArray().Take(perMetric).ToArray());
        await context.Response.WriteAsJsonAsync(
            new { status = "success", data = found },
            options: null,
            contentType: "application/json",
            cancellation
        );
    }

    /// <summary>A histogram's metadata stands under its name, its series end in _bucket, _sum and _count.</summary>
    private static bool BelongsTo(string series, string metric) =>
        series == metric
        || series.StartsWith(metric, StringComparison.Ordinal)
            && series[metric.Length..] is "_bucket" or "_sum" or "_count" or "_total" or "_created";

    private async Task<TenantScope> ScopeAsync(HttpContext context, string tenant) =>
        await scopes.ForAsync(await callers.GetAsync(context.RequestAborted), tenant, context.RequestAborted);

    /// <summary>Query string and form body together, each key once as Prometheus reads it: the body first.</summary>
    private static async Task<IEnumerable<KeyValuePair<string, StringValues>>> ParametersAsync(HttpContext context)
    {
        var query = context.Request.Query.AsEnumerable();
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return query;
        }
        if (!context.Request.HasFormContentType)
        {
            return query;
        }
        return (await context.Request.ReadFormAsync(context.RequestAborted)).Concat(query);
    }

    private static string? One(IEnumerable<KeyValuePair<string, StringValues>> form, string key) =>
        form.Where(pair => pair.Key == key).Select(pair => pair.Value.FirstOrDefault()).FirstOrDefault();

    private string? TooMuch(IEnumerable<KeyValuePair<string, StringValues>> form)
    {
        if (
            PrometheusTime.Read(One(form, "start")) is not { } start
            || PrometheusTime.Read(One(form, "end")) is not { } end
        )
        {
            return null;
        }
        if (end - start > limits.Value.MaximumRangeHours * 3600.0)
        {
            return $"the range is longer than {limits.Value.MaximumRangeHours} h (Metrics:MaximumRangeHours). Ask for a shorter one";
        }
        return
            PrometheusTime.ReadDuration(One(form, "step")) is { } step
            && step > 0
            && (end - start) / step > limits.Value.MaximumPoints
            ? "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
            : null;
    }

    private async Task StreamAsync(
        HttpContext context,
        HttpMethod method,
        string path,
        TenantScope scope,
        IEnumerable<(string, string?)> parameters,
        IReadOnlyList<string> infos
    )
    {
        if (!client.IsConfigured)
        {
            await RefuseAsync(context, 503, "unavailable", "Prometheus is not configured (Prometheus:Url)");
            return;
        }
        try
        {
            using var answer = await client.PassAsync(method, path, scope, parameters, context.RequestAborted);
            await CopyAsync(context, answer, infos);
        }
        catch (UpstreamException exception) when (!context.Response.HasStarted)
        {
            var timedOut = exception.Fault == UpstreamFault.TimedOut;
            await RefuseAsync(context, timedOut ? 504 : 503, timedOut ? "timeout" : "unavailable", exception.Message);
        }
    }

    private static async Task CopyAsync(
        HttpContext context,
        HttpResponseMessage answer,
        IReadOnlyList<string>? infos = null
    )
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        if (infos is { Count: > 0 } && answer.IsSuccessStatusCode)
        {
            await InfosInAnswer.WriteAsync(body, context.Response.Body, infos, context.RequestAborted);
            return;
        }
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        await body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, int status, string errorType, string error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new
            {
                status = "error",
                errorType,
                error,
            },
            options: null,
            contentType: "application/json",
            context.RequestAborted
        );
    }
}
