using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>Carries one request through to Prometheus, scoped to the tenant in its address.</summary>
internal sealed class PrometheusPassage(
    HttpContext context,
    PrometheusClient client,
    PromQlDialect dialect,
    ITenantScopes scopes,
    ICurrentCaller callers,
    IOptions<MetricsOptions> options
)
{
    private const string Everything = "{}";

    private static readonly string[] OfAll = ["timeout", "limit", "lookback_delta", "stats"];

    private QueryLimits Limits => new(options.Value);

    public Task QueryAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                _ = given.Time("time");
                var query = await ScopedAsync(scope, given);
                await SendAsync(HttpMethod.Post, "query", scope, Rebuilt(query, given, "time"), Edit(query));
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
                var query = await ScopedAsync(scope, given, step, end - start);
                var parameters = Rebuilt(query, given, "start", "end", "step");
                await SendAsync(HttpMethod.Post, "query_range", scope, parameters, Edit(query));
            }
        );

    public Task ExemplarsAsync() =>
        CarriedAsync(
            async (scope, given) =>
            {
                var query = await ScopedAsync(scope, given);
                await SendAsync(
                    HttpMethod.Post,
                    "query_exemplars",
                    scope,
                    Rebuilt(query, given, "start", "end"),
                    Edit(query)
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
                    new TransitEdit([.. selectors.SelectMany(one => one.Infos).Distinct()], Note: null)
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
                var (names, metric) = (await OwnNamesAsync(scope), given.One("metric"));
                var known = await client.MetadataAsync(
                    scope,
                    metric is { Length: > 0 } ? metric : null,
                    context.RequestAborted
                );
                var answer = new MetadataAnswer(names, Whole(given, "limit"), Whole(given, "limit_per_metric"));
                await context.Response.WriteAsJsonAsync(
                    new { status = "success", data = answer.Of(known) },
                    options: null,
                    contentType: "application/json",
                    context.RequestAborted
                );
            }
        );

    /// <param name="verbs">By which the path is asked; null when there is none such.</param>
    public Task UnknownAsync(IReadOnlyList<string>? verbs) =>
        CarriedAsync(
            (_, _) =>
                throw (
                    verbs is null
                        ? new PrometheusRefusal(
                            StatusCodes.Status404NotFound,
                            "not_found",
                            "This part of Prometheus' API knows no tenants, so it is not served here"
                        )
                        : PrometheusRefusal.WrongVerb(verbs)
                )
        );

    private async Task<IReadOnlySet<string>> OwnNamesAsync(TenantScope scope) =>
        (await client.LabelValuesAsync("__name__", scope.PromQlSelector(Everything), context.RequestAborted)).ToHashSet(
            StringComparer.Ordinal
        );

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
            await PrometheusRefusal.Of(fault).WriteAsync(context);
        }
    }

    /// <param name="step">Of a range, in seconds.</param>
    /// <param name="range">Its length in seconds.</param>
    private async Task<ScopedQuery> ScopedAsync(
        TenantScope scope,
        PrometheusParameters given,
        double step = 0,
        double range = 0
    )
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
            var query = await ReadAsync(scope, text);
            var refusal = Limits.Refusal(
                query.Tree ?? PromQlParser.Parse(text, dialect.Options),
                TimeSpan.FromSeconds(step),
                TimeSpan.FromSeconds(range)
            );
            return refusal is null ? query : throw PrometheusRefusal.BadData(refusal);
        }
        catch (QueryRefusedException refused)
        {
            throw PrometheusRefusal.BadParameter("query", dialect.UnknownHere(text) ?? refused.Message);
        }
    }

    /// <summary>What can't be read is read once more when it was not known yet what the server reads.</summary>
    private async Task<ScopedQuery> ReadAsync(TenantScope scope, string text)
    {
        try
        {
            return scope.PromQl(text, dialect.Options);
        }
        catch (QueryRefusedException) when (dialect.MayKnowMore(text))
        {
            await dialect.AskAsync(client, context.RequestAborted);
            return scope.PromQl(text, dialect.Options);
        }
    }

    private static IReadOnlyList<ScopedQuery> Selectors(TenantScope scope, IReadOnlyList<string> asked)
    {
        try
        {
            // What stands for everything here, Prometheus does not take from a caller.
            if (asked.Any(one => one.Trim() == Everything))
            {
                throw new QueryRefusedException(PromQlParser.SelectsNothing);
            }
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

    private async Task SendAsync(
        HttpMethod method,
        string path,
        TenantScope scope,
        IEnumerable<(string, string?)> parameters,
        TransitEdit? edit
    )
    {
        using var answer = await client.PassAsync(method, $"api/v1/{path}", scope, parameters, context.RequestAborted);
        if (!answer.IsSuccessStatusCode)
        {
            await RefuseAsync(answer, edit);
            return;
        }
        if (answer.StatusCode == HttpStatusCode.NoContent)
        {
            // As exemplars of an expression that selects no series are answered.
            client.Answered();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            await JsonInTransit.CarryAsync(body, context.Response, true, edit, client.Answered, context.RequestAborted);
        }
        catch (Exception exception) when (client.Translate(exception, context.RequestAborted) is { } fault)
        {
            client.Told(fault);
            if (!context.Response.HasStarted)
            {
                throw fault;
            }
            // What was sent so far must not look like the whole answer.
            context.Abort();
        }
    }

    /// <summary>What Prometheus refuses is passed on in its own envelope; what it says of this program or of itself is told as that.</summary>
    private async Task RefuseAsync(HttpResponseMessage answer, TransitEdit? edit)
    {
        var (status, body) = ((int)answer.StatusCode, await UpstreamTerms.BodyAsync(answer, context.RequestAborted));
        var pause = UpstreamTerms.RetryAfter(answer, TimeProvider.System);
        var fault = client.Told(PrometheusClient.Refusal(status, body, pause));
        var type = PrometheusClient.ErrorType(body);
        if (type is null || fault.Fault is UpstreamFault.Denied || fault.Fault is UpstreamFault.Failed && status < 500)
        {
            throw fault;
        }
        var refusal = new PrometheusRefusal(status, type, edit?.Note?.Invoke(fault.Message) ?? fault.Message)
        {
            RetryAfter = pause,
        };
        await refusal.WriteAsync(context);
    }

    /// <summary>Our infos, and the server's with places in the text that the caller wrote.</summary>
    private static TransitEdit Edit(ScopedQuery query) => new(query.Infos, query.InAskersText);
}
