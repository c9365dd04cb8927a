using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>How requests go out, and how what comes back is told.</summary>
public sealed partial class VaultClient
{
    private const string SealedRemedy =
        "Secrets can't be read or rotated until it is unsealed (`vault operator unseal`).";

    private async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        using var answer = await AskWithTokenAsync(token => Request(HttpMethod.Get, path, token), cancellation);
        if ((int)answer.StatusCode == 404)
        {
            // A path that no engine serves is answered 404 as well, but with words.
            var missing = await RefusalAsync(answer, cancellation);
            if (missing.Message.StartsWith("no handler", StringComparison.Ordinal))
            {
                throw Told(missing);
            }
            upstreams.Good(Name);
            return null;
        }
        if (!answer.IsSuccessStatusCode)
        {
            throw Told(await RefusalAsync(answer, cancellation));
        }
        var read = await ReadAsync(answer, type, cancellation);
        upstreams.Good(Name);
        return read;
    }

    /// <summary>With a token; asked once more with a new one when Vault no longer knows the token of a login.</summary>
    private async Task<HttpResponseMessage> AskWithTokenAsync(
        Func<string?, HttpRequestMessage> request,
        CancellationToken cancellation
    )
    {
        RequireAddress();
        var token = await session.TokenAsync(this, cancellation);
        var answer = await AskAsync(() => request(token), cancellation);
        if ((int)answer.StatusCode != 403 || !session.LogsIn)
        {
            return answer;
        }
        session.Forget(token);
        var renewed = await session.TokenAsync(this, cancellation);
        answer.Dispose();
        return await AskAsync(() => request(renewed), cancellation);
    }

    private async Task<HttpResponseMessage> AskAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        RequireAddress();
        try
        {
            using var message = request();
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? token, HttpContent? body = null)
    {
        var request = new HttpRequestMessage(method, $"v1/{path}") { Content = body };
        request.Headers.Add("X-Vault-Request", "true");
        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", token);
        }
        if (options.Value.Namespace is { Length: > 0 } name)
        {
            request.Headers.Add("X-Vault-Namespace", name);
        }
        return request;
    }

    private void RequireAddress()
    {
        if (!IsConfigured)
        {
            throw new UpstreamException(
                Name,
                UpstreamFault.NotConfigured,
                "Vault has no address.",
                remedy: "Set Vault:Address, and Vault:TokenFile or an AppRole."
            );
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw Told(Garbled("null"));
        }
        catch (JsonException)
        {
            // Its words could quote the answer, and the answer may hold values.
            throw Told(Garbled("no JSON of the expected form"));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task<UpstreamException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var status = (int)answer.StatusCode;
        var words = "";
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            var errors = await JsonSerializer.DeserializeAsync(body, VaultJson.Default.VaultErrors, cancellation);
            words = string.Join("; ", (errors?.Errors ?? []).Select(OneLine));
        }
        catch (JsonException)
        {
            // A proxy in between answers in its own form; the status says what can be said.
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            return translated;
        }
        var isSealed = words.Contains("Vault is sealed", StringComparison.Ordinal);
        return new UpstreamException(
            Name,
            // What Vault denies the dashboard is no fault of who asks the dashboard, so never their 4xx.
            UpstreamFault.Failed,
            words.Length > 0 ? words : $"HTTP {status} {answer.ReasonPhrase}",
            status,
            isSealed ? SealedRemedy
                : status == 403
                    ? $"Give the dashboard's Vault policy read and list on {options.Value.Mount}/metadata/*, and read and update on {options.Value.Mount}/data/* for rotation."
                : status == 400 && words.Contains("client token", StringComparison.Ordinal)
                    ? "Set Vault:TokenFile, or Vault:RoleIdFile and Vault:SecretIdFile."
                : words.Contains("invalid secret id", StringComparison.Ordinal)
                || words.Contains("invalid role", StringComparison.Ordinal)
                    ? "Make a new secret id for the AppRole and put it into Vault:SecretIdFile."
                : null
        );
    }

    /// <summary>Vault sends some errors as a bulleted list of one.</summary>
    private static string OneLine(string error) =>
        string.Join(
            ' ',
            error
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.EndsWith("error occurred:", StringComparison.Ordinal))
                .Select(line => line.TrimStart('*', ' '))
        );

    private UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        exception switch
        {
            UpstreamException => null,
            OperationCanceledException when cancellation.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException or Polly.Timeout.TimeoutRejectedException =>
                new UpstreamException(
                    Name,
                    UpstreamFault.TimedOut,
                    $"Vault gave no answer within {options.Value.TimeoutSeconds} s.",
                    remedy: "Look at its load and storage, or raise Vault:TimeoutSeconds.",
                    inner: exception
                ),
            Polly.CircuitBreaker.BrokenCircuitException broken => new UpstreamException(
                Name,
                UpstreamFault.Unreachable,
                UpstreamClients.LeftAlone(broken),
                remedy: "Check that it runs and that Vault:Address is right.",
                inner: exception
            ),
            HttpRequestException or IOException => new UpstreamException(
                Name,
                UpstreamFault.Unreachable,
                exception.InnerException?.Message ?? exception.Message,
                remedy: "Check that it runs and that Vault:Address is right.",
                inner: exception
            ),
            _ => null,
        };

    private UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }

    private static UpstreamException Garbled(string what) =>
        new(Name, UpstreamFault.Garbled, $"The answer is not what Vault sends: {what}.");

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
