using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Polly.CircuitBreaker;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>
/// Begins runs: by a workflow's webhook, or by <c>execute_workflow</c> of n8n's MCP server. Each call is sent once and never
/// repeated; what is not known for sure to have begun nothing may have begun something.
/// </summary>
internal sealed class N8nStart(HttpClient http, N8nKeys keys, N8nOptions set)
{
    /// <summary>Carries the action's mark to a webhook, so that its run is found again.</summary>
    public const string MarkHeader = "X-Sevensa-Run";

    private const string Mcp = "mcp-server/http";

    private readonly UpstreamTerms terms = new(
        set.Upstream,
        set.Setting("Url"),
        set.Setting("McpKeyFile"),
        set.Setting("TimeoutSeconds")
    );

    /// <param name="path">As n8n has it, of plain letters.</param>
    /// <param name="mark">What the run is found by afterwards.</param>
    public async Task<StartAnswer> ByWebhookAsync(
        string path,
        bool withHeader,
        JsonElement input,
        string mark,
        CancellationToken cancellation
    )
    {
        var address = (set.WebhookUrl is { Length: > 0 } own ? own : set.Url)!.TrimEnd('/');
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{address}/webhook/{path}"));
        request.Headers.Add(MarkHeader, mark);
        if (withHeader)
        {
            try
            {
                var secret = await keys.WebhookAsync(cancellation);
                request.Headers.TryAddWithoutValidation(set.WebhookHeader, secret);
                request.Options.Set(UnsaidSecrets.Own, secret);
            }
            catch (UpstreamException exception)
            {
                return new StartAnswer(StartState.NotStarted, exception.Told);
            }
        }
        request.Content = Json(input);
        return await SendAsync(
            request,
            async answer =>
            {
                var status = (int)answer.StatusCode;
                if (answer.IsSuccessStatusCode)
                {
                    return new StartAnswer(StartState.Started, "");
                }
                var words = UpstreamTerms.Words(await UpstreamTerms.BodyAsync(answer, cancellation));
                return new StartAnswer(
                    StateOf(answer, path, words),
                    $"n8n answered {status}: {UpstreamTerms.OneLine(words)}"
                );
            },
            cancellation
        );
    }

    /// <param name="input">What a webhook would be called with; null for a trigger that takes nothing.</param>
    public async Task<StartAnswer> ByMcpAsync(
        string workflow,
        string trigger,
        JsonElement? input,
        string mark,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Mcp);
        try
        {
            var key = await keys.McpAsync(cancellation);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
        catch (UpstreamException exception)
        {
            return new StartAnswer(StartState.NotStarted, exception.Told);
        }
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Content = Json(ExecuteCall.Of(workflow, trigger, input, mark));
        return await SendAsync(
            request,
            async answer =>
            {
                if (answer.IsSuccessStatusCode)
                {
                    return ExecuteCall.Read(await UpstreamTerms.BodyAsync(answer, cancellation));
                }
                var refused = await terms.RefusalAsync(answer, cancellation);
                // 404 while the server is off, 401 for a key that is none of its own: neither comes as far as a workflow.
                return new StartAnswer(
                    answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized
                        ? StartState.NotStarted
                        : StartState.MayHaveStarted,
                    refused.Told
                );
            },
            cancellation
        );
    }

    /// <summary>
    /// A status by itself says little: a workflow may answer its webhook with any, and with words such as "Customer 7 is not
    /// registered". What only n8n says so is known.
    /// </summary>
    private static StartState StateOf(HttpResponseMessage answer, string path, string words) =>
        (int)answer.StatusCode switch
        {
            404 when words == $"The requested webhook \"POST {path}\" is not registered." => StartState.NotRegistered,
            404 when words.StartsWith("This webhook is not registered for POST requests.", StringComparison.Ordinal) =>
                StartState.NotStarted,
            401 or 403 when answer.Headers.WwwAuthenticate.Count > 0 => StartState.NotStarted,
            422 when words.StartsWith("Failed to parse request body", StringComparison.Ordinal) =>
                StartState.NotStarted,
            500 when answer.Content.Headers.ContentType?.MediaType == "application/json" => StartState.Failed,
            _ => StartState.MayHaveStarted,
        };

    private async Task<StartAnswer> SendAsync(
        HttpRequestMessage request,
        Func<HttpResponseMessage, Task<StartAnswer>> read,
        CancellationToken cancellation
    )
    {
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return await read(answer);
        }
        catch (Exception exception)
            when (terms.Translate(exception, TimeSpan.FromSeconds(set.TimeoutSeconds), cancellation) is { } told)
        {
            return new StartAnswer(
                NeverArrived(exception) ? StartState.NotStarted : StartState.MayHaveStarted,
                told.Told
            );
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new StartAnswer(StartState.MayHaveStarted, "It was cancelled while n8n was asked.");
        }
    }

    /// <summary>No connection was made, so that nothing was sent.</summary>
    private static bool NeverArrived(Exception exception) =>
        exception is BrokenCircuitException
        || exception
            is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
            };

    private static ByteArrayContent Json(JsonElement body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.GetRawText()));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
