using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>
/// The Loki HTTP API in a tenant's scope: any Loki client can point here. Default-deny: what is not listed does not exist,
/// parameters are read once and rebuilt, no header of the caller's goes on, answers stream through unchanged.
/// </summary>
internal static class LokiApi
{
    private static readonly string[] Verbs = [HttpMethods.Get, HttpMethods.Post];

    private const string Range = "start end since";

    private static readonly (string Path, LokiEndpoint Endpoint, string Parameters, string Summary)[] Endpoints =
    [
        ("/query", LokiEndpoint.Query, "query* time limit direction", "Instant query in the tenant's scope"),
        (
            "/query_range",
            LokiEndpoint.QueryRange,
            "query* limit step interval direction " + Range,
            "Range query in the tenant's scope"
        ),
        ("/labels", LokiEndpoint.Labels, "query " + Range, "Label names in the tenant's scope"),
        ("/label/{name}/values", LokiEndpoint.LabelValues, "query " + Range, "Values of a label in the tenant's scope"),
        ("/series", LokiEndpoint.Series, "match[]* " + Range, "Streams in the tenant's scope"),
        ("/index/stats", LokiEndpoint.IndexStats, "query* " + Range, "How much there is to read in the tenant's scope"),
        (
            "/index/volume",
            LokiEndpoint.IndexVolume,
            "query* limit targetLabels aggregateBy " + Range,
            "Bytes by label in the tenant's scope"
        ),
        (
            "/index/volume_range",
            LokiEndpoint.IndexVolumeRange,
            "query* limit step targetLabels aggregateBy " + Range,
            "Bytes by label over time in the tenant's scope"
        ),
        ("/patterns", LokiEndpoint.Patterns, "query* step " + Range, "Kinds of lines in the tenant's scope"),
        (
            "/detected_fields",
            LokiEndpoint.DetectedFields,
            "query* limit line_limit " + Range,
            "Fields of lines in the tenant's scope"
        ),
        (
            "/detected_field/{name}/values",
            LokiEndpoint.DetectedFieldValues,
            "query* limit line_limit " + Range,
            "Values of a field in the tenant's scope"
        ),
        (
            "/detected_labels",
            LokiEndpoint.DetectedLabels,
            "query " + Range,
            "Labels and how many values they have in the tenant's scope"
        ),
        ("/format_query", LokiEndpoint.FormatQuery, "query*", "A query as Loki lays it out; reads no data"),
        ("/drilldown-limits", LokiEndpoint.DrilldownLimits, "", "Loki's limits for the tenant"),
        ("/status/buildinfo", LokiEndpoint.BuildInfo, "", "Loki's version"),
        ("/rules", LokiEndpoint.Rules, "", "The tenant's rules in Loki's ruler"),
    ];

    /// <summary>
    /// Loki's clients put <c>/loki/api/v1</c> behind the address they are given: whether that ends with <c>/loki</c> or not,
    /// they find it.
    /// </summary>
    private static readonly string[] Prefixes =
    [
        "/api/v1/tenants/{tenant}/loki/api/v1",
        "/api/v1/tenants/{tenant}/loki/loki/api/v1",
    ];

    public static void MapLokiApi(this IEndpointRouteBuilder app)
    {
        foreach (var prefix in Prefixes)
        {
            MapLokiApi(app, prefix);
        }
        app.MapMethods(
                "/api/v1/tenants/{tenant}/loki/{**rest}",
                Verbs,
                (HttpContext context) =>
                    LokiPassage.RefuseAsync(
                        context,
                        StatusCodes.Status404NotFound,
                        "This part of Loki's API knows no tenants, so it is not served here"
                    )
            )
            .RequireAuthorization(Policies.Read)
            .WithMetadata(new PlainRefusal())
            .ReadsAnothersFormat()
            .DisableAntiforgery()
            .ExcludeFromDescription();
    }

    private static void MapLokiApi(IEndpointRouteBuilder app, string prefix)
    {
        var api = app.MapGroup(prefix)
            .RequireAuthorization(Policies.Read)
            .WithMetadata(new PlainRefusal())
            .ReadsAnothersFormat()
            .DisableAntiforgery()
            .WithTags("Logs");
        if (prefix != Prefixes[0])
        {
            api.ExcludeFromDescription();
        }
        foreach (var (path, endpoint, parameters, summary) in Endpoints)
        {
            if (endpoint is LokiEndpoint.LabelValues or LokiEndpoint.DetectedFieldValues)
            {
                api.MapMethods(
                        path,
                        Verbs,
                        (LokiPassage passage, HttpContext context, string tenant, string name) =>
                            passage.PassAsync(context, tenant, endpoint, name)
                    )
                    .Speaks("Loki", parameters, errors: "text/plain")
                    .WithSummary(summary);
                continue;
            }
            api.MapMethods(
                    path,
                    Verbs,
                    (LokiPassage passage, HttpContext context, string tenant) =>
                        passage.PassAsync(context, tenant, endpoint)
                )
                .Speaks("Loki", parameters, errors: "text/plain")
                .WithSummary(summary);
        }
        var carried = app.CreateApplicationBuilder();
        carried.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15) });
        carried.Run(context =>
            context
                .RequestServices.GetRequiredService<TailPassage>()
                .PassAsync(context, (string)context.Request.RouteValues["tenant"]!)
        );
        var tail = carried.Build();
        api.MapMethods("/tail", [HttpMethods.Get], (HttpContext context, string tenant) => tail(context))
            .Speaks("Loki", "query* start limit delay_for ticket", errors: "text/plain")
            .WithMetadata(TakesTickets.Here)
            .WithSummary("Live tail in the tenant's scope: a WebSocket, with a bearer token or ?ticket=");
    }
}

/// <summary>Carries one request through to Loki, scoped, and says what went wrong as Loki says it: a status and plain text.</summary>
internal sealed class LokiPassage(LokiClient loki, ITenantScopes scopes, ICurrentCaller callers)
{
    public async Task PassAsync(HttpContext context, string tenant, LokiEndpoint endpoint, string? label = null)
    {
        var cancellation = context.RequestAborted;
        // Several tenants are written as Loki's header has them: a|b.
        var scope = await scopes.ForSomeAsync(
            await callers.GetAsync(cancellation),
            tenant.Split('|', StringSplitOptions.RemoveEmptyEntries),
            cancellation
        );
        List<KeyValuePair<string, string>> parameters;
        try
        {
            parameters = await ParametersAsync(context);
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            await RefuseAsync(context, 400, $"The form can't be read: {exception.Message}");
            return;
        }
        if (
            endpoint is LokiEndpoint.Query or LokiEndpoint.QueryRange
            && !parameters.Exists(parameter => parameter.Key == "query" && parameter.Value.Length > 0)
        )
        {
            await RefuseAsync(context, 400, "parse error at line 1, col 1: syntax error: unexpected $end");
            return;
        }
        try
        {
            if (endpoint == LokiEndpoint.Rules && !loki.HasRulesOf(scope))
            {
                // As a ruler says it that has none.
                await RefuseAsync(context, 404, "no rule groups found");
                return;
            }
            if (loki.WantsThemOneByOne(scope))
            {
                await MergeAsync(context, scope, endpoint, parameters, label);
                return;
            }
            using var answer = await loki.PassAsync(
                scope,
                endpoint,
                parameters,
                label,
                LokiRequest.WantsCategories(context.Request.Headers),
                cancellation
            );
            if (await loki.RefusesSeveralAsync(scope, answer, cancellation))
            {
                await MergeAsync(context, scope, endpoint, parameters, label);
                return;
            }
            if (!answer.IsSuccessStatusCode && IsOurs(endpoint, (int)answer.StatusCode))
            {
                throw loki.Told(await LokiClient.RefusalAsync(answer, cancellation));
            }
            if ((int)answer.StatusCode >= 500)
            {
                var said = await LokiClient.RefusalAsync(answer, cancellation);
                if (said.Fault == UpstreamFault.Refused)
                {
                    throw said;
                }
                // A page of what stands in front of Loki holds no words of its.
                var isPage = answer.Content.Headers.ContentType?.MediaType == "text/html";
                PassOnPause(context, answer);
                await RefuseAsync(
                    context,
                    (int)answer.StatusCode,
                    isPage ? loki.Told(said).Told : loki.Told(said).Message
                );
                return;
            }
            if ((int)answer.StatusCode == StatusCodes.Status400BadRequest)
            {
                // Its stream is read once, and may have to be passed on as it is.
                await answer.Content.LoadIntoBufferAsync(cancellation);
                var words = await answer.Content.ReadAsStringAsync(cancellation);
                if (LokiException.IsSwitchedOff(words))
                {
                    loki.Answered();
                    await RefuseAsync(
                        context,
                        StatusCodes.Status400BadRequest,
                        LokiException.From(StatusCodes.Status400BadRequest, "text/plain", words).Told
                    );
                    return;
                }
            }
            await CopyAsync(context, endpoint, answer);
        }
        catch (QueryRefusedException refused)
        {
            await RefuseAsync(context, 400, refused.Message);
        }
        catch (LokiException exception) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, exception);
        }
    }

    /// <summary>Whether a status is about this program or its settings (it is not let in, or something else answers there), and not about what was asked.</summary>
    private static bool IsOurs(LokiEndpoint endpoint, int status) =>
        LokiException.Terms.FaultOf(status) switch
        {
            UpstreamFault.Denied => true,
            // Parts of Loki that may not be switched on are not found; that is the answer then.
            // Loki sends nobody elsewhere.
            UpstreamFault.Failed => status < 400
                || (
                    status < 500
                    && endpoint
                        is LokiEndpoint.Query
                            or LokiEndpoint.QueryRange
                            or LokiEndpoint.Labels
                            or LokiEndpoint.LabelValues
                            or LokiEndpoint.Series
                ),
            _ => false,
        };

    private static void PassOnPause(HttpContext context, HttpResponseMessage answer)
    {
        if (answer.Headers.RetryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = pause.ToString();
        }
    }

    private async Task CopyAsync(HttpContext context, LokiEndpoint endpoint, HttpResponseMessage answer)
    {
        var cancellation = context.RequestAborted;
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            if (answer.IsSuccessStatusCode && endpoint == LokiEndpoint.Rules)
            {
                // Small, and YAML: garbage is known as such only once all of it is here.
                var rules = await LokiRules.ReadAsync(body, cancellation);
                loki.Answered();
                await context.Response.WriteAsync(rules, cancellation);
                return;
            }
            if (!answer.IsSuccessStatusCode)
            {
                // Also who refuses a question is there and works.
                loki.Answered();
                PassOnPause(context, answer);
                await body.CopyToAsync(context.Response.Body, cancellation);
                return;
            }
            // The others answer with an object of their own.
            var hasStatus =
                endpoint
                is LokiEndpoint.Query
                    or LokiEndpoint.QueryRange
                    or LokiEndpoint.Labels
                    or LokiEndpoint.LabelValues
                    or LokiEndpoint.Series;
            await JsonInTransit.CarryAsync(body, context.Response, hasStatus, edit: null, loki.Answered, cancellation);
        }
        catch (Exception exception) when (loki.Translated(exception, cancellation) is { } translated)
        {
            loki.Told(translated);
            if (!context.Response.HasStarted)
            {
                throw translated;
            }
            // What was sent so far must not look like the whole answer.
            context.Abort();
        }
    }

    /// <summary>Each tenant is asked by itself, and the caller gets one answer, as from a Loki that takes them together.</summary>
    private async Task MergeAsync(
        HttpContext context,
        TenantScope scope,
        LokiEndpoint endpoint,
        List<KeyValuePair<string, string>> parameters,
        string? label
    )
    {
        var cancellation = context.RequestAborted;
        var write = await loki.MergedAsync(scope, endpoint, parameters, label, cancellation);
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var json = new Utf8JsonWriter(
            context.Response.BodyWriter.AsStream(leaveOpen: true),
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        );
        await write(json, cancellation);
    }

    public static Task RefuseAsync(HttpContext context, LokiException exception) =>
        RefuseAsync(
            context,
            PlatformProblems.StatusOf(exception),
            exception is { Fault: UpstreamFault.Refused, Status: null or < 500 } || exception.Remedy is null
                ? exception.Message
                : $"{exception.Message.TrimEnd('.')}. {exception.Remedy}"
        );

    public static Task RefuseAsync(HttpContext context, int status, string words)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(words + "\n", context.RequestAborted);
    }

    /// <summary>Query string and form body together. What is given twice is refused by the request that is built of it.</summary>
    private static async Task<List<KeyValuePair<string, string>>> ParametersAsync(HttpContext context)
    {
        var parameters = Pairs(context.Request.Query);
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType)
        {
            parameters.AddRange(Pairs(await context.Request.ReadFormAsync(context.RequestAborted)));
        }
        return parameters;
    }

    internal static List<KeyValuePair<string, string>> Pairs(IEnumerable<KeyValuePair<string, StringValues>> given) =>
        [
            .. given.SelectMany(
                pair => pair.Value.ToArray(),
                (pair, value) => KeyValuePair.Create(pair.Key, value ?? "")
            ),
        ];
}
