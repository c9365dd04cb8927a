using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>
/// Typed client of the Prometheus HTTP API (v1). It takes scoped queries only, so that nothing unscoped can be sent.
/// Every failure is an <see cref="UpstreamException"/> that keeps the status and the server's own words.
/// </summary>
internal sealed partial class PrometheusClient(
    HttpClient http,
    IOptions<PrometheusOptions> options,
    Upstreams upstreams
)
{
    public const string Name = "Prometheus";

    /// <summary>How its failures are told.</summary>
    internal static readonly UpstreamTerms Terms = new(
        Name,
        "Prometheus:Url",
        "Prometheus:TokenFile, or Prometheus:Username and Prometheus:PasswordFile",
        "Prometheus:TimeoutSeconds"
    );

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Value.Url);

    public Task<QueryAnswer> QueryAsync(ScopedQuery query, DateTimeOffset? at, CancellationToken cancellation) =>
        AskAsync(
            "api/v1/query",
            query,
            [("query", query.Text), ("time", at is { } time ? Seconds(time) : null)],
            cancellation
        );

    public Task<QueryAnswer> RangeAsync(
        ScopedQuery query,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    ) =>
        AskAsync(
            "api/v1/query_range",
            query,
            [
                ("query", query.Text),
                ("start", Seconds(from)),
                ("end", Seconds(to)),
                ("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
            ],
            cancellation
        );

    /// <summary>Sends a request that was built from scoped parts and gives the answer as it comes, whatever its status. For the API's pass-through.</summary>
    /// <param name="parameters">Read once from the caller and rebuilt; nulls are left out.</param>
    public async Task<HttpResponseMessage> PassAsync(
        HttpMethod method,
        string path,
        TenantScope scope,
        IEnumerable<(string Key, string? Value)> parameters,
        CancellationToken cancellation
    )
    {
        RequireAddress();
        try
        {
            return await http.SendAsync(
                Request(method, path, scope, parameters),
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task<QueryAnswer> AskAsync(
        string path,
        ScopedQuery query,
        IEnumerable<(string Key, string? Value)> parameters,
        CancellationToken cancellation
    )
    {
        // A form body: a long scoped query does not fit a URL.
        using var response = await SendAsync(HttpMethod.Post, path, query.Scope, parameters, cancellation);
        var parser = new QueryAnswerParser();
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            using var pieces = new JsonPieces(body);
            await pieces.ReadAsync(parser.Token, cancellation);
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
        if (parser.Status != "success" || parser.ResultType is null)
        {
            var lack = parser.Status is null ? "it has no status" : "it has no result";
            throw Told(Terms.Garbled(parser.Error ?? lack, (int)response.StatusCode));
        }
        upstreams.Good(Name);
        return parser.Answer with
        {
            Warnings = [.. parser.Answer.Warnings.Select(query.InAskersText)],
            Infos = [.. parser.Answer.Infos.Select(query.InAskersText)],
        };
    }

    /// <param name="mayLack">The server may not have this path.</param>
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        TenantScope? scope,
        IEnumerable<(string Key, string? Value)> parameters,
        CancellationToken cancellation,
        bool mayLack = false
    )
    {
        RequireAddress();
        try
        {
            var response = await http.SendAsync(
                Request(method, path, scope, parameters),
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using (response)
            {
                var status = (int)response.StatusCode;
                var refusal = await RefusalAsync(response, cancellation);
                // A part of the API that a server may lack says nothing of its state.
                throw mayLack && status is 404 or 405 or 501 ? refusal : Told(refusal);
            }
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private void RequireAddress()
    {
        if (!IsConfigured)
        {
            throw Terms.NotConfigured();
        }
    }

    private HttpRequestMessage Request(
        HttpMethod method,
        string path,
        TenantScope? scope,
        IEnumerable<(string Key, string? Value)> parameters
    )
    {
        var form = parameters
            .Where(pair => pair.Value is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value!))
            .ToList();
        var request =
            method == HttpMethod.Post
                ? new HttpRequestMessage(method, path) { Content = new FormUrlEncodedContent(form) }
                : new HttpRequestMessage(
                    method,
                    form.Count == 0
                        ? path
                        : $"{path}?{string.Join('&', form.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"))}"
                );
        // Reads all, whatever the verb: the form body is only for length.
        request.Options.Set(UpstreamClients.MayRepeat, true);
        if (options.Value.OrgIdHeader && scope is not null)
        {
            request.Headers.Add("X-Scope-OrgID", scope.OrgId);
        }
        return request;
    }

    /// <summary>An answer that is no success, told to the upstreams' states: what Prometheus says of itself in its own envelope comes first.</summary>
    internal static async Task<UpstreamException> RefusalAsync(
        HttpResponseMessage answer,
        CancellationToken cancellation
    ) =>
        Refusal(
            (int)answer.StatusCode,
            await UpstreamTerms.BodyAsync(answer, cancellation),
            UpstreamTerms.RetryAfter(answer, TimeProvider.System)
        );

    /// <inheritdoc cref="RefusalAsync"/>
    internal static UpstreamException Refusal(int status, string body, TimeSpan? retryAfter = null)
    {
        var words = UpstreamTerms.Words(body);
        // Its own time limit: the server works, and the question was too large for it.
        return status == 503 && ErrorType(body) is "timeout" or "canceled"
            ? new UpstreamException(
                Name,
                UpstreamFault.TimedOut,
                words,
                status,
                "Ask for a shorter range or a larger step, or raise Prometheus' --query.timeout."
            )
            : Terms.Refusal(status, words, retryAfter: retryAfter);
    }

    /// <summary><c>errorType</c> of an error in Prometheus' envelope; null when the body is none.</summary>
    internal static string? ErrorType(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("status", out var status)
                && status.ValueEquals("error")
                && json.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty("errorType", out var type)
                ? type.ToString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A good answer by any path: what could not be reached before can be.</summary>
    internal void Answered() => upstreams.Good(Name);

    internal UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        Terms.Translate(exception, TimeSpan.FromSeconds(options.Value.TimeoutSeconds), cancellation);

    internal UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }

    internal static string Seconds(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
}
