using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// Docker's API as it is, in its own JSON: the one way to it. What a container is made of is not read through a typed client,
/// which would drop every member it does not know: a restored container would lack what a newer engine had given it.
/// A path without a version is answered in the newest that the engine knows.
/// </summary>
internal sealed class EngineHttp : IDisposable
{
    private readonly Uri endpoint;
    private readonly TimeProvider time;
    private readonly HttpClient http;

    public EngineHttp(Uri endpoint, TimeProvider? time = null)
    {
        this.endpoint = endpoint;
        this.time = time ?? TimeProvider.System;
        var handler = new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) };
        if (endpoint.Scheme == "unix")
        {
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.LocalPath), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }
        http = new HttpClient(handler)
        {
            BaseAddress = endpoint.Scheme switch
            {
                "unix" => new Uri("http://docker/"),
                "tcp" => new Uri($"http://{endpoint.Authority}/"),
                _ => new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/"),
            },
            // Each question has an end of its own: EnginePatience.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Null for what is not there.</summary>
    /// <param name="registryAuth">For what the engine asks of a registry.</param>
    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellation, string? registryAuth = null)
    {
        try
        {
            return await JsonAsync(HttpMethod.Get, path, null, EnginePatience.Question, cancellation, registryAuth);
        }
        catch (EngineException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Read as it comes, into what is needed of it; null for what is not there.</summary>
    public async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await AskAsync(
                async asked =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, path);
                    using var answer = await SendAsync(request, null, asked);
                    await using var body = await answer.Content.ReadAsStreamAsync(asked);
                    return await JsonSerializer.DeserializeAsync(body, type, asked);
                },
                EnginePatience.Question,
                cancellation
            );
        }
        catch (EngineException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The body as it is; null for what is not there.</summary>
    public async Task<string?> TextAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(
                async asked =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, path);
                    using var answer = await SendAsync(request, null, asked);
                    return await answer.Content.ReadAsStringAsync(asked);
                },
                EnginePatience.Question,
                cancellation
            );
        }
        catch (EngineException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Asks for a change of state; false when it was so already.</summary>
    public async Task<bool> ChangeAsync(string path, TimeSpan within, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        using var answer = await SendAsync(request, within, cancellation);
        return answer.StatusCode != HttpStatusCode.NotModified;
    }

    /// <summary>Null where Docker answers with nothing.</summary>
    public Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellation) =>
        JsonAsync(HttpMethod.Post, path, body, EnginePatience.Change, cancellation);

    /// <summary>False when it was gone already.</summary>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await JsonAsync(HttpMethod.Delete, path, null, EnginePatience.Change, cancellation);
            return true;
        }
        catch (EngineException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>One JSON document per line, as they come. A line that is none is passed over.</summary>
    /// <param name="within">The longest silence before a line; null where one may be waited for as long as it takes.</param>
    public async IAsyncEnumerable<JsonNode> LinesAsync(
        HttpMethod method,
        string path,
        string? registryAuth,
        TimeSpan? within,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, path);
        Add(request, registryAuth);
        using var answer = await SendAsync(request, within, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (await AskAsync(async asked => await reader.ReadLineAsync(asked), within, cancellation) is { } line)
        {
            if (Parsed(line) is { } told)
            {
                yield return told;
            }
        }
    }

    /// <summary>A body as it comes; dispose of the answer to end it.</summary>
    public Task<HttpResponseMessage> ReadAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), EnginePatience.Question, cancellation);

    /// <summary>A body that is long, and of which something comes all the time.</summary>
    public async Task CopyAsync(string path, Func<Stream, Task> take, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await SendAsync(request, EnginePatience.Change, cancellation);
        using var silence = new CancellationTokenSource(EnginePatience.Silence, time);
        await using var body = new PatientStream(
            await answer.Content.ReadAsStreamAsync(cancellation),
            silence,
            endpoint
        );
        await take(body);
    }

    /// <summary>Asks with the same words for all that can go wrong on the way, an engine that never answers among them.</summary>
    /// <param name="within">When it is given up; null where nobody but the asker ends it.</param>
    public Task<T> AskAsync<T>(
        Func<CancellationToken, Task<T>> ask,
        TimeSpan? within,
        CancellationToken cancellation
    ) => EngineWords.AskAsync(endpoint, ask, within, time, cancellation);

    private static JsonNode? Parsed(string line)
    {
        try
        {
            return string.IsNullOrWhiteSpace(line) ? null : JsonNode.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public async Task PutAsync(string path, Stream tar, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(EnginePatience.Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        var content = new StreamContent(new PatientStream(tar, silence, endpoint));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = content };
        using var answer = await EngineWords.AskAsync(
            endpoint,
            () => SendAsync(request, null, either.Token),
            cancellation
        );
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonNode?> JsonAsync(
        HttpMethod method,
        string path,
        JsonNode? body,
        TimeSpan within,
        CancellationToken cancellation,
        string? registryAuth = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        Add(request, registryAuth);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }
        return await AskAsync(
            async asked =>
            {
                using var answer = await SendAsync(request, null, asked);
                var text = await answer.Content.ReadAsStringAsync(asked);
                return string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text);
            },
            within,
            cancellation
        );
    }

    private static void Add(HttpRequestMessage request, string? registryAuth)
    {
        if (registryAuth is not null)
        {
            request.Headers.Add("X-Registry-Auth", registryAuth);
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        TimeSpan? within,
        CancellationToken cancellation
    ) =>
        AskAsync(
            async asked =>
            {
                var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, asked);
                if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotModified)
                {
                    return answer;
                }
                using (answer)
                {
                    throw new EngineException(
                        answer.StatusCode,
                        EngineWords.Of(await answer.Content.ReadAsStringAsync(asked))
                    );
                }
            },
            within,
            cancellation
        );
}

/// <summary>Docker's errors are <c>{"message": "…"}</c>.</summary>
internal static class EngineWords
{
    /// <summary>
    /// Whatever goes wrong between here and an engine, is one thing: it gave no answer that can
    /// be read. Only who asked may end it otherwise.
    /// </summary>
    /// <exception cref="EngineException">Without a status when there was no answer.</exception>
    public static async Task<T> AskAsync<T>(Uri endpoint, Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception)
            when (exception is not EngineException
                && !(exception is OperationCanceledException && cancellation.IsCancellationRequested)
            )
        {
            throw Unasked(endpoint, exception);
        }
    }

    /// <summary>The same of an engine that may never answer.</summary>
    /// <param name="endpoint">Who is asked.</param>
    /// <param name="ask">Ends when its token does.</param>
    /// <param name="within">When it is given up; null where nobody but the asker ends it.</param>
    /// <param name="time">What the end is counted by.</param>
    /// <param name="cancellation">The asker's own.</param>
    public static async Task<T> AskAsync<T>(
        Uri endpoint,
        Func<CancellationToken, Task<T>> ask,
        TimeSpan? within,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(within ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        return await AskAsync(endpoint, () => ask(either.Token), cancellation);
    }

    /// <summary>Who was asked gave no answer, or one that breaks off: an engine that ends has both.</summary>
    public static EngineException Unasked(Uri endpoint, Exception exception)
    {
        // What was given up has the connection that was broken off as its cause.
        var cause = exception is OperationCanceledException ? exception : exception.GetBaseException();
        return new EngineException(
            null,
            cause switch
            {
                JsonException => Unread(endpoint).Message,
                OperationCanceledException or TimeoutException =>
                    $"Docker at {endpoint} gave no answer in time. {WhatToDo(endpoint, SocketError.TimedOut)}",
                // As the framework calls it when no file is at the path.
                SocketException { SocketErrorCode: SocketError.AddressNotAvailable } when endpoint.Scheme == "unix" =>
                    $"Docker at {endpoint} can't be asked: there is no such socket. {WhatToDo(endpoint, SocketError.AddressNotAvailable)}",
                SocketException socket =>
                    $"Docker at {endpoint} can't be asked: {socket.Message.TrimEnd('.')}. {WhatToDo(endpoint, socket.SocketErrorCode)}",
                _ => $"Docker at {endpoint} can't be asked: {Plain(cause)}. {WhatToDo(endpoint, SocketError.Success)}",
            },
            exception
        );
    }

    public static EngineException Unread(Uri endpoint) =>
        new(null, $"Docker at {endpoint} gave an answer that can't be read; it may have been cut short.");

    private static string WhatToDo(Uri endpoint, SocketError error) =>
        error == SocketError.AccessDenied
            ? "This runner's user may not use it: add it to the group that owns the socket, usually docker."
        : endpoint.Scheme == "unix"
            ? $"Check on the host that Docker runs (systemctl status docker) and that {endpoint.LocalPath} is its socket."
        : "Check that an engine listens at this address and that Runner:Docker names it; nothing else needs to be done once it is back.";

    /// <summary>What was thrown says why in its first line, or its kind does; never by the name of a type.</summary>
    private static string Plain(Exception exception)
    {
        var line = exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.');
        return
            line.Length == 0
            || line.Contains("Exception", StringComparison.Ordinal)
            || line.Contains("System.", StringComparison.Ordinal)
            ? "the connection failed"
            : line;
    }

    public static string Of(string? body)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? "");
            return document.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return string.IsNullOrWhiteSpace(body) ? "Docker said nothing." : body.Trim();
        }
    }
}
