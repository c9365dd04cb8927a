using System.Net.Http.Headers;
using System.Text;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

internal sealed partial class LokiClient
{
    private const string OrgIdHeader = "X-Scope-OrgID";

    // Learnt from the server's first refusal of "a|b".
    private volatile bool _oneTenantAtATime;

    // Until then it is asked whether it still is stopping before it is asked anything else.
    private DateTimeOffset _stoppingUntil = DateTimeOffset.MinValue;

    // An answer that takes longer than this is worth a look whether one will come at all.
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Stop = TimeSpan.FromMinutes(2);

    private LogsOptions Options => options.Value;

    /// <summary>
    /// Loki's own answer, to be passed on as it is: for an endpoint that speaks Loki's language to Loki's clients. An error
    /// status is an answer too. The caller disposes the response, and reads its body as it comes.
    /// </summary>
    /// <param name="parameters">As the caller gave them; known ones are taken over, queries in them are scoped.</param>
    /// <param name="label">The label of <see cref="LokiEndpoint.LabelValues"/>, or the field of <see cref="LokiEndpoint.DetectedFieldValues"/>.</param>
    /// <param name="isCategorized">Each line with its metadata and what was parsed of it beside it, as the caller asked.</param>
    /// <exception cref="QueryRefusedException">A query cannot be read or scoped.</exception>
    /// <exception cref="LokiException">Loki could not be reached.</exception>
    public async Task<HttpResponseMessage> PassAsync(
        TenantScope scope,
        LokiEndpoint endpoint,
        IEnumerable<KeyValuePair<string, string>> parameters,
        string? label = null,
        bool isCategorized = false,
        CancellationToken cancellation = default
    )
    {
        var lokiScope = LokiScope.For(scope, Options);
        var request = LokiRequest.Create(endpoint, lokiScope, parameters, label) with { IsCategorized = isCategorized };
        try
        {
            return await SendAsync(request.ToMessage(Server()), lokiScope, cancellation);
        }
        catch (Exception exception) when (Translated(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    /// <summary>Loki's version.</summary>
    public Task<LokiBuild> BuildInfoAsync(CancellationToken cancellation = default) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Get, At("loki/api/v1/status/buildinfo")),
            null,
            (stream, token) => ReadJsonAsync(stream, LokiJson.Default.LokiBuild, token),
            cancellation
        );

    /// <summary>Returns when Loki is ready to answer.</summary>
    /// <exception cref="LokiException">It is not, with its own reason.</exception>
    public async Task ReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            await AskAsync(
                new HttpRequestMessage(HttpMethod.Get, At("ready")),
                null,
                (_, _) => Task.FromResult(true),
                cancellation
            );
        }
        catch (LokiException exception) when (exception.Status == 404)
        {
            // A gateway in front of Loki often passes its API only.
            await BuildInfoAsync(cancellation);
        }
    }

    private async Task<T> AskAsync<T>(
        TenantScope scope,
        LokiEndpoint endpoint,
        IEnumerable<KeyValuePair<string, string>> parameters,
        Func<Stream, CancellationToken, Task<T>> read,
        Func<IReadOnlyList<LokiShare<T>>, T> merge,
        CancellationToken cancellation,
        string? label = null
    )
    {
        var whole = LokiScope.For(scope, Options);
        var given = parameters.ToList();
        if (whole.OrgIds.Count < 2 || !_oneTenantAtATime)
        {
            try
            {
                return await One(whole);
            }
            catch (LokiException refused) when (whole.OrgIds.Count > 1 && IsTooManyTenants(refused.Message))
            {
                _oneTenantAtATime = true;
            }
        }

        var shares = await Task.WhenAll(
            whole.Each.Select(async each => new LokiShare<T>(each.OrgId ?? "", await One(each)))
        );
        return merge(shares);

        Task<T> One(LokiScope part) =>
            AskAsync(LokiRequest.Create(endpoint, part, given, label).ToMessage(Server()), part, read, cancellation);
    }

    private async Task<T> AskAsync<T>(
        HttpRequestMessage message,
        LokiScope? scope,
        Func<Stream, CancellationToken, Task<T>> read,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(Options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await SendAsync(message, scope, either.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw await RefusalAsync(response, either.Token);
            }

            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            var answer = await read(stream, either.Token);
            upstreams.Good(LokiException.Loki);
            return answer;
        }
        catch (Exception exception) when (Translated(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage message,
        LokiScope? scope,
        CancellationToken cancellation
    )
    {
        if (scope?.OrgId is { } orgId)
        {
            message.Headers.Add(OrgIdHeader, orgId);
        }

        message.Options.Set(UpstreamClients.MayRepeat, true);
        message.Headers.Authorization = await CredentialsAsync(cancellation);
        if (time.GetUtcNow() < _stoppingUntil && await IsStoppingAsync(cancellation))
        {
            throw Stopping();
        }

        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, given.Token);
        for (var patience = FirstLook; ; patience = NextLook)
        {
            try
            {
                return await answer.WaitAsync(patience, time, CancellationToken.None);
            }
            catch (TimeoutException) when (!answer.IsCompleted)
            {
                if (!await IsStoppingAsync(cancellation))
                {
                    continue;
                }
            }

            _stoppingUntil = time.GetUtcNow() + Stop;
            await given.CancelAsync();
            _ = DropAsync(answer);
            throw Stopping();
        }
    }

    private static async Task DropAsync(Task<HttpResponseMessage> answer)
    {
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompletedSuccessfully)
        {
            (await answer).Dispose();
        }
    }

    /// <summary>
    /// A Loki that is told to end takes questions for as long as somebody asks, and answers none of them. It says so where it
    /// is asked whether it is ready.
    /// </summary>
    private async Task<bool> IsStoppingAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(FirstLook, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, At("ready"));
            message.Headers.Authorization = await CredentialsAsync(either.Token);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return !response.IsSuccessStatusCode
                && (await RefusalAsync(response, either.Token)).Message.Contains(
                    "stopping",
                    StringComparison.OrdinalIgnoreCase
                );
        }
        catch (Exception exception) when (Translated(exception, cancellation) is not null)
        {
            // Then the question itself will say what is wrong.
            return false;
        }
    }

    private static LokiException Stopping() =>
        new(
            UpstreamFault.Unreachable,
            "Application is stopping",
            503,
            "Loki is shutting down: it takes questions and answers none. Wait until it is back."
        );

    private async Task<AuthenticationHeaderValue?> CredentialsAsync(CancellationToken cancellation)
    {
        if (Options.TokenFile is { Length: > 0 } file)
        {
            return new("Bearer", (await File.ReadAllTextAsync(file, cancellation)).Trim());
        }

        if (Options.Username is not { Length: > 0 } name)
        {
            return null;
        }

        var password = Options.PasswordFile is { Length: > 0 } secret
            ? (await File.ReadAllTextAsync(secret, cancellation)).Trim()
            : "";
        return new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
    }

    internal static async Task<LokiException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        return LokiException.From(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            await UpstreamTerms.BodyAsync(response, cancellation)
        );
    }

    private Uri Server() => Options.Server ?? throw LokiException.NotConfigured();

    private Uri At(string path)
    {
        var address = new UriBuilder(Server()) { Query = "" };
        address.Path = address.Path.TrimEnd('/') + "/" + path;
        return address.Uri;
    }

    // Null for what is not Loki's fault: the caller gave up, or the query was refused here.
    internal LokiException? Translated(Exception exception, CancellationToken cancellation) =>
        exception switch
        {
            LokiException known => known,
            _ => LokiException.Terms.Translate(exception, Options.Timeout, cancellation) is { } told
                ? LokiException.Of(told)
                : null,
        };

    /// <summary>A good answer that was passed on: what could not be reached before can be.</summary>
    internal void Answered() => upstreams.Good(LokiException.Loki);

    internal LokiException Told(LokiException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }
}
