using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>
/// Typed client of the Prometheus HTTP API (v1). It takes scoped queries only, so that nothing unscoped can be sent.
/// Every failure is an <see cref="UpstreamException"/> that keeps the status and the server's own words.
/// </summary>
public sealed partial class PrometheusClient(HttpClient http, IOptions<PrometheusOptions> options, Upstreams upstreams)
{
    public const string Name = "Prometheus";

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Value.Url);

    public Task<QueryAnswer> QueryAsync(ScopedQuery query, DateTimeOffset? at, CancellationToken cancellation) =>
        AskAsync(
            "api/v1/query",
            query.Scope,
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
            query.Scope,
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
            upstreams.Bad(translated);
            throw translated;
        }
    }

    private async Task<QueryAnswer> AskAsync(
        string path,
        TenantScope scope,
        IEnumerable<(string Key, string? Value)> parameters,
        CancellationToken cancellation
    )
    {
        // A form body: a long scoped query does not fit a URL.
        using var response = await SendAsync(HttpMethod.Post, path, scope, parameters, cancellation);
        var parser = new QueryAnswerParser();
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            using var pieces = new JsonPieces(body);
            await pieces.ReadAsync(parser.Token, cancellation);
        }
        catch (JsonException exception)
        {
            throw Told(Garbled(exception));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
        if (parser.Status != "success")
        {
            throw Told(
                new UpstreamException(
                    Name,
                    UpstreamFault.Garbled,
                    parser.Error ?? "The answer has no status.",
                    (int)response.StatusCode
                )
            );
        }
        upstreams.Good(Name);
        return parser.Answer;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        TenantScope? scope,
        IEnumerable<(string Key, string? Value)> parameters,
        CancellationToken cancellation
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
                throw Told(await RefusalAsync(response, cancellation));
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
            throw new UpstreamException(
                Name,
                UpstreamFault.NotConfigured,
                "Prometheus has no address.",
                remedy: "Set Prometheus:Url."
            );
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

    private static async Task<UpstreamException> RefusalAsync(
        HttpResponseMessage response,
        CancellationToken cancellation
    )
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        var message = text.Trim();
        try
        {
            using var json = JsonDocument.Parse(text);
            if (
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out var error)
            )
            {
                message = error.GetString() ?? message;
            }
        }
        catch (JsonException)
        {
            // Proxies in between answer in plain text or HTML; their words are kept as they are, shortened.
            message = message.Length > 300 ? message[..300] + "…" : message;
        }
        var status = (int)response.StatusCode;
        return new UpstreamException(
            Name,
            status is 503 or 422 or >= 400 and < 500 ? UpstreamFault.Refused : UpstreamFault.Failed,
            message.Length > 0 ? message : $"HTTP {status} {response.ReasonPhrase}",
            status,
            response.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                    "Check Prometheus:TokenFile or Prometheus:Username.",
                _ => null,
            }
        );
    }

    private UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        exception switch
        {
            UpstreamException => null,
            OperationCanceledException when cancellation.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException or Polly.Timeout.TimeoutRejectedException =>
                new UpstreamException(
                    Name,
                    UpstreamFault.TimedOut,
                    $"Prometheus gave no answer within {options.Value.TimeoutSeconds} s.",
                    remedy: "Ask for a shorter range or a larger step, or raise Prometheus:TimeoutSeconds.",
                    inner: exception
                ),
            Polly.CircuitBreaker.BrokenCircuitException broken => new UpstreamException(
                Name,
                UpstreamFault.Unreachable,
                UpstreamClients.LeftAlone(broken),
                remedy: "Check that it runs and that Prometheus:Url is right.",
                inner: exception
            ),
            HttpRequestException or IOException => new UpstreamException(
                Name,
                UpstreamFault.Unreachable,
                exception.InnerException?.Message ?? exception.Message,
                remedy: "Check that it runs and that Prometheus:Url is right.",
                inner: exception
            ),
            _ => null,
        };

    private UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }

    private static UpstreamException Garbled(Exception exception) =>
        new(
            Name,
            UpstreamFault.Garbled,
            $"The answer is not what Prometheus sends: {exception.Message}",
            inner: exception
        );

    internal static string Seconds(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
}
