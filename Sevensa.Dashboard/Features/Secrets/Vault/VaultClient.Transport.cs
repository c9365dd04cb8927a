using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>How requests go out, and how what comes back is told.</summary>
internal sealed partial class VaultClient
{
    /// <summary>How its failures are told.</summary>
    internal static readonly UpstreamTerms Terms = new(
        Name,
        "Vault:Address",
        "Vault:TokenFile, or Vault:RoleIdFile and Vault:SecretIdFile",
        "Vault:TimeoutSeconds",
        // Paths and values are made here: what Vault denies the dashboard is no fault of who asks the dashboard.
        CarriesQuestions: false
    );

    internal const string SealedRemedy =
        "Secrets can't be read or rotated until it is unsealed (`vault operator unseal`).";

    /// <summary>What Vault asks to wait is waited for up to here, once; longer, and the path is told as it is.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Null when there is none.</summary>
    private async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        var look = await LookAsync(path, type, cancellation);
        return look.Refusal is { } refusal ? throw ToldUnlessOfThePath(refusal) : look.Value;
    }

    /// <summary>As <see cref="GetAsync"/>, with a refusal that holds for this path alone told beside.</summary>
    /// <exception cref="UpstreamException">Vault can't be asked at all now, whatever the path.</exception>
    private async Task<VaultLook<T>> LookAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        Reply asked;
        try
        {
            asked = await AskWithTokenAsync(token => Request(HttpMethod.Get, path, token), path, cancellation);
        }
        catch (UpstreamException exception) when (exception.Status == 429)
        {
            return new VaultLook<T>(null, new VaultRefusal(exception, [exception.Message], false));
        }
        using var reply = asked;
        if (reply.Refusal is { } refusal)
        {
            if (refusal.IsNothing)
            {
                upstreams.Good(Name);
                return default;
            }
            return refusal.IsOfThePathAlone ? new VaultLook<T>(null, refusal) : throw Told(refusal.Exception);
        }
        var read = await ReadAsync(reply.Answer, type, cancellation);
        upstreams.Good(Name);
        return new VaultLook<T>(read, null);
    }

    /// <summary>As <see cref="LookAsync"/>, for what can be done without: a proxy may let through no more paths than are needed.</summary>
    private async Task<VaultLook<T>> LookIfLetThroughAsync<T>(
        string path,
        JsonTypeInfo<T> type,
        CancellationToken cancellation
    )
        where T : class
    {
        try
        {
            return await LookAsync(path, type, cancellation);
        }
        catch (ForeignAnswer)
        {
            return default;
        }
    }

    /// <summary>With a token; asked once more with a new one when Vault no longer knows this one.</summary>
    private async Task<Reply> AskWithTokenAsync(
        Func<string?, HttpRequestMessage> request,
        string path,
        CancellationToken cancellation
    )
    {
        RequireAddress();
        var token = await session.TokenAsync(this, cancellation);
        var reply = await ReplyAsync(() => request(token), path, cancellation);
        if (reply.Refusal is { Status: 400 } unread && unread.Says("X-Vault-Index"))
        {
            session.Index.Forget();
            reply.Dispose();
            reply = await ReplyAsync(() => request(token), path, cancellation);
        }
        if (reply.Refusal is not { TokenEnded: true })
        {
            return reply;
        }
        session.Forget(token);
        var renewed = await session.TokenAsync(this, cancellation);
        if (renewed == token)
        {
            return reply;
        }
        reply.Dispose();
        return await ReplyAsync(() => request(renewed), path, cancellation);
    }

    private async Task<Reply> ReplyAsync(Func<HttpRequestMessage> request, string path, CancellationToken cancellation)
    {
        var answer = await AskAsync(request, path, cancellation);
        if (answer.IsSuccessStatusCode)
        {
            return new Reply(answer, null);
        }
        try
        {
            return new Reply(answer, await VaultRefusal.ReadAsync(answer, path, options.Value, cancellation));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            answer.Dispose();
            throw Told(translated);
        }
    }

    /// <summary>Asks, and where Vault wants to be left alone for a moment, asks again after it.</summary>
    private async Task<HttpResponseMessage> AskAsync(
        Func<HttpRequestMessage> request,
        string path,
        CancellationToken cancellation
    )
    {
        var key = path.Split('?')[0];
        var waited = false;
        for (var tries = 0; ; tries++)
        {
            if (session.Pauses.Left(key) is { } left)
            {
                if (waited || left > LongestPause)
                {
                    throw new UpstreamException(
                        Name,
                        UpstreamFault.Busy,
                        "Vault asked to be left alone here for a while.",
                        429,
                        FormattableString.Invariant($"Ask again in {Math.Ceiling(left.TotalSeconds):0} s.")
                    )
                    {
                        RetryAfter = left,
                    };
                }
                await Task.Delay(left, session.Time, cancellation);
                waited = true;
            }
            var answer = await SendAsync(request, cancellation);
            if ((int)answer.StatusCode is not (429 or 412))
            {
                return answer;
            }
            if (session.Pauses.Note(key, answer) > LongestPause || waited || tries > 0)
            {
                return answer;
            }
            answer.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        RequireAddress();
        try
        {
            using var message = request();
            session.Index.Put(message);
            var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (message.Method != HttpMethod.Get)
            {
                session.Index.Note(answer);
            }
            return answer;
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    /// <param name="everywhere">Asked of the server itself, which refuses some paths when a namespace is named.</param>
    private HttpRequestMessage Request(
        HttpMethod method,
        string path,
        string? token,
        HttpContent? body = null,
        bool everywhere = false
    )
    {
        var request = new HttpRequestMessage(method, $"v1/{path}") { Content = body };
        request.Headers.Add("X-Vault-Request", "true");
        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", token);
        }
        if (!everywhere && options.Value.Namespace?.Trim('/') is { Length: > 0 } name)
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

    /// <summary>It holds what Vault always sends: JSON of another server is JSON too.</summary>
    private static bool IsWhole(object answer) =>
        answer switch
        {
            VaultAnswer<VaultMetadata> metadata => metadata.Data is { Versions: { } versions }
                && versions.Values.All(version => version is not null),
            // A sign-in's answer has no data.
            VaultAnswer<VaultKeys> { Auth: null } keys => keys.Data is { Keys: { } names }
                && names.All(name => name is not null),
            VaultAnswer<VaultLease> lease => lease.Data is { Id: not null },
            _ => true,
        };

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            var read = await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw Told(Garbled("null"));
            return IsWhole(read) ? read : throw Told(Garbled("something that is always there is missing in it"));
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

    private UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        Terms.Translate(exception, TimeSpan.FromSeconds(options.Value.TimeoutSeconds), cancellation);

    private UpstreamException Told(UpstreamException exception)
    {
        if (exception.Status >= 500)
        {
            // Its health may say that all is well while nothing is answered, as with a full audit disk: the next look asks more.
            session.Doubt();
        }
        upstreams.Bad(exception);
        return exception;
    }

    /// <summary>What holds for one path says nothing of how Vault is.</summary>
    private UpstreamException ToldUnlessOfThePath(VaultRefusal refusal) =>
        refusal.IsOfThePathAlone && refusal.Status < 500 ? refusal.Exception : Told(refusal.Exception);

    private static UpstreamException Garbled(string what) => Terms.Garbled(what);

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>An answer, with its refusal read when it is one.</summary>
    private sealed record Reply(HttpResponseMessage Answer, VaultRefusal? Refusal) : IDisposable
    {
        public void Dispose() => Answer.Dispose();
    }
}

/// <summary>What a path holds, or why it is not told. Neither: there is nothing.</summary>
internal readonly record struct VaultLook<T>(T? Value, VaultRefusal? Refusal)
    where T : class;
