using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>Carries one request through to Prometheus, scoped to the tenant in its address.</summary>
internal sealed class PrometheusPassage(
    HttpContext context,
    PrometheusClient client,
    ITenantScopes scopes,
    ICurrentCaller callers,
    IOptions<MetricsOptions> options
)
{
    private const string Everything = "{}";
    private const int PieceSize = 128 * 1024;

    private static readonly string[] OfAll = ["timeout", "limit", "lookback_delta", "stats"];

    private QueryLimits Limits => new(options.Value);

    public Task QueryAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                _ = given.Time("time");
                var query = Scoped(scope, given);
                await SendAsync(HttpMethod.Post, "query", scope, Rebuilt(query, given, "time"), query.Infos);
            }
        );

    public Task RangeAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                var (start, end) = (
                    given.Time("start", required: true)!.Value,
                    given.Time("end", required: true)!.Value
                );
                if (end < start)
                {
                    throw PrometheusRefusal.BadParameter("end", "end timestamp must not be before start time");
                }
                var step = given.Duration("step", required: true)!.Value;
                if (step <= 0)
                {
                    throw PrometheusRefusal.BadParameter(
                        "step",
                        "zero or negative query resolution step widths are not accepted. Try a positive integer"
                    );
                }
                if (Limits.Refusal(start, end, step) is { } refusal)
                {
                    throw PrometheusRefusal.BadData(refusal);
                }
                var query = Scoped(scope, given);
                var parameters = Rebuilt(query, given, "start", "end", "step");
                await SendAsync(HttpMethod.Post, "query_range", scope, parameters, query.Infos);
            }
        );

    public Task ExemplarsAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                var query = Scoped(scope, given);
                await SendAsync(
                    HttpMethod.Post,
                    "query_exemplars",
                    scope,
                    Rebuilt(query, given, "start", "end"),
                    query.Infos
                );
            }
        );

    /// <summary>Endpoints that take <c>match[]</c>: each is scoped, and where none is given the tenant's own is put there.</summary>
    public Task SelectedAsync(string path, bool required = false) =>
        CarriedAsync(
            async (scope, given) =>
            {
                var asked = given.All("match[]");
                if (asked.Count == 0 && required)
                {
                    throw PrometheusRefusal.BadData("no match[] parameter provided");
                }
                var selectors = Selectors(scope, asked);
                // Many selectors fit no address; values of a label are answered to GET only.
                var method = path is "series" or "labels" ? HttpMethod.Post : HttpMethod.Get;
                var parameters = selectors
                    .Select(selector => ("match[]", (string?)selector.Text))
                    .Concat(new[] { "start", "end", "limit" }.Select(key => (key, given.One(key))));
                await SendAsync(
                    method,
                    path,
                    scope,
                    parameters,
                    [.. selectors.SelectMany(one => one.Infos).Distinct()]
                );
            }
        );

    public Task ValuesAsync(string name) =>
        // A name of dots would be another path once an address is made of it.
        name.Trim('.').Length == 0
            ? CarriedAsync((_, _) => throw PrometheusRefusal.BadData($"invalid label name: \"{name}\""))
            : SelectedAsync($"label/{Uri.EscapeDataString(name)}/values");

    /// <summary>Metadata knows no tenants: only names that the scope's own series have are answered.</summary>
    public Task MetadataAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                var answer = new MetadataAnswer(
                    await OwnNamesAsync(scope),
                    Whole(given, "limit"),
                    Whole(given, "limit_per_metric")
                );
                using var found = await PassAsync(HttpMethod.Get, "metadata", scope, [("metric", given.One("metric"))]);
                if (!found.IsSuccessStatusCode)
                {
                    await CopyAsync(found, []);
                    return;
                }
                await using var body = await found.Content.ReadAsStreamAsync(context.RequestAborted);
                await context.Response.WriteAsJsonAsync(
                    new { status = "success", data = await answer.OfAsync(body, context.RequestAborted) },
                    options: null,
                    contentType: "application/json",
                    context.RequestAborted
                );
            }
        );

    public Task UnknownAsync() =>
        CarriedAsync(
            (_, _) =>
                throw new PrometheusRefusal(
                    StatusCodes.Status404NotFound,
                    "not_found",
                    "This part of Prometheus' API knows no tenants, so it is not served here"
                )
        );

    private async Task<IReadOnlySet<string>> OwnNamesAsync(TenantScope scope)
    {
        using var names = await PassAsync(
            HttpMethod.Get,
            "label/__name__/values",
            scope,
            [("match[]", scope.PromQlSelector(Everything).Text)]
        );
        var body = await names.Content.ReadAsStreamAsync(context.RequestAborted);
        if (!names.IsSuccessStatusCode)
        {
            throw new PrometheusRefusal((int)names.StatusCode, "execution", "The tenant's series could not be listed");
        }
        using var json = await JsonDocument.ParseAsync(body, default, context.RequestAborted);
        return json
            .RootElement.GetProperty("data")
            .EnumerateArray()
            .Select(name => name.GetString()!)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The scope is found first: whose tenant it is not learns nothing of what else is wrong.</summary>
    private async Task CarriedAsync(Func<TenantScope, PrometheusParameters, Task> carry)
    {
        try
        {
            var tenant = (string)context.GetRouteValue("tenant")!;
            var caller = await callers.GetAsync(context.RequestAborted);
            var scope = await scopes.ForAsync(caller, tenant, context.RequestAborted);
            await carry(scope, await PrometheusParameters.ReadAsync(context));
        }
        catch (PrometheusRefusal refusal)
        {
            await refusal.WriteAsync(context);
        }
        catch (UnknownTenantException unknown)
        {
            await new PrometheusRefusal(StatusCodes.Status404NotFound, "not_found", unknown.Message).WriteAsync(
                context
            );
        }
        catch (UpstreamException fault) when (!context.Response.HasStarted)
        {
            var type = fault.Fault == UpstreamFault.TimedOut ? "timeout" : "unavailable";
            await new PrometheusRefusal(
                StatusCodes.Status503ServiceUnavailable,
                type,
                fault.Remedy is null ? fault.Message : $"{fault.Message} {fault.Remedy}"
            ).WriteAsync(context);
        }
    }

    private ScopedQuery Scoped(TenantScope scope, PrometheusParameters given)
    {
        if (Limits.TimeoutRefusal(given.Duration("timeout")) is { } tooLong)
        {
            throw PrometheusRefusal.BadParameter("timeout", tooLong);
        }
        if (Limits.LookbackRefusal(given.Duration("lookback_delta")) is { } tooFar)
        {
            throw PrometheusRefusal.BadParameter("lookback_delta", tooFar);
        }
        var text = given.One("query") ?? "";
        try
        {
            var query = scope.PromQl(text);
            return Limits.Refusal(text) is { } refusal ? throw PrometheusRefusal.BadData(refusal) : query;
        }
        catch (QueryRefusedException refused)
        {
            throw PrometheusRefusal.BadParameter("query", refused.Message);
        }
    }

    private static IReadOnlyList<ScopedQuery> Selectors(TenantScope scope, IReadOnlyList<string> asked)
    {
        try
        {
            return [.. (asked.Count == 0 ? [Everything] : asked).Select(scope.PromQlSelector)];
        }
        catch (QueryRefusedException refused)
        {
            throw PrometheusRefusal.BadParameter("match[]", refused.Message);
        }
    }

    private static IEnumerable<(string, string?)> Rebuilt(
        ScopedQuery query,
        PrometheusParameters given,
        params string[] times
    ) => times.Concat(OfAll).Select(key => (key, given.One(key))).Prepend(("query", query.Text));

    private static int? Whole(PrometheusParameters given, string key) =>
        string.IsNullOrEmpty(given.One(key)) ? null
        : int.TryParse(given.One(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number >= 0 ? number
                : null
        : throw PrometheusRefusal.BadData($"{key} must be a number");

    private Task<HttpResponseMessage> PassAsync(
        HttpMethod method,
        string path,
        TenantScope scope,
        IEnumerable<(string, string?)> parameters
    ) => client.PassAsync(method, $"api/v1/{path}", scope, parameters, context.RequestAborted);

    private async Task SendAsync(
        HttpMethod method,
        string path,
        TenantScope scope,
        IEnumerable<(string, string?)> parameters,
        IReadOnlyList<string> infos
    )
    {
        using var answer = await PassAsync(method, path, scope, parameters);
        await CopyAsync(answer, infos);
    }

    private async Task CopyAsync(HttpResponseMessage answer, IReadOnlyList<string> infos)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        if (infos.Count > 0 && answer.IsSuccessStatusCode)
        {
            await InfosInAnswer.WriteAsync(body, context.Response.BodyWriter, infos, context.RequestAborted);
            return;
        }
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        await CarryAsync(body);
    }

    /// <summary>
    /// In pieces larger than the client's own buffer, which are then read straight from the socket into what the server sends: many
    /// times fewer calls, and nothing is copied on the way.
    /// </summary>
    private async Task CarryAsync(Stream body)
    {
        var stop = context.RequestAborted;
        var answer = context.Response.BodyWriter;
        while (await body.ReadAsync(answer.GetMemory(PieceSize), stop) is > 0 and var length)
        {
            answer.Advance(length);
            await answer.FlushAsync(stop);
        }
    }
}
