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
    public Task<JsonNode?> GetAsync(string path, CancellationToken cancellation, string? registryAuth = null) =>
        FoundAsync(path, registryAuth, JsonAsync, cancellation);

    /// <summary>Read as it comes, into what is needed of it; null for what is not there.</summary>
    public Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class =>
        FoundAsync(
            path,
            null,
            async (answer, asked) =>
                await JsonSerializer.DeserializeAsync(await answer.Content.ReadAsStreamAsync(asked), type, asked),
            cancellation
        );

    /// <summary>The body as it is, for who tells one that can't be read from none; null for what is not there.</summary>
    public Task<string?> TextAsync(string path, CancellationToken cancellation) =>
        FoundAsync<string>(
            path,
            null,
            async (answer, asked) => await answer.Content.ReadAsStringAsync(asked),
            cancellation
        );

    /// <summary>Asks for a change of state; false when it was so already.</summary>
    public Task<bool> ChangeAsync(string path, TimeSpan within, CancellationToken cancellation) =>
        WholeAsync(
            new HttpRequestMessage(HttpMethod.Post, path),
            within,
            (answer, _) => Task.FromResult(answer.StatusCode != HttpStatusCode.NotModified),
            cancellation
        );

    /// <summary>Null where Docker answers with nothing.</summary>
    public Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellation) =>
        WholeAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = body is null
                    ? null
                    : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            },
            EnginePatience.Change,
            JsonAsync,
            cancellation
        );

    /// <summary>False when it was gone already.</summary>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await WholeAsync(
                new HttpRequestMessage(HttpMethod.Delete, path),
                EnginePatience.Change,
                JsonAsync,
                cancellation
            );
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
        using var request = Request(method, path, registryAuth);
        using var answer = await AskAsync(asked => SendAsync(request, asked), within, cancellation);
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
        AskAsync(
            asked => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), asked),
            EnginePatience.Question,
            cancellation
        );

    /// <summary>A body that is long, and of which something comes all the time.</summary>
    public async Task CopyAsync(string path, Func<Stream, Task> take, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await AskAsync(asked => SendAsync(request, asked), EnginePatience.Change, cancellation);
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

    /// <summary>Sends a tar, of which something is taken all the time.</summary>
    public async Task PutAsync(string path, Stream tar, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(EnginePatience.Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        var content = new StreamContent(new PatientStream(tar, silence, endpoint));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = content };
        using var answer = await EngineWords.AskAsync(endpoint, () => SendAsync(request, either.Token), cancellation);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Null for what is not there.</summary>
    private async Task<T?> FoundAsync<T>(
        string path,
        string? registryAuth,
        Func<HttpResponseMessage, CancellationToken, Task<T?>> read,
        CancellationToken cancellation
    )
        where T : class
    {
        try
        {
            return await WholeAsync(
                Request(HttpMethod.Get, path, registryAuth),
                EnginePatience.Question,
                read,
                cancellation
            );
        }
        catch (EngineException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Asks, and reads the answer, both before the same end.</summary>
    private Task<T> WholeAsync<T>(
        HttpRequestMessage request,
        TimeSpan within,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellation
    ) =>
        AskAsync(
            async asked =>
            {
                using (request)
                {
                    using var answer = await SendAsync(request, asked);
                    return await read(answer, asked);
                }
            },
            within,
            cancellation
        );

    /// <summary>Null where Docker answers with nothing.</summary>
    private static async Task<JsonNode?> JsonAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        await answer.Content.ReadAsStringAsync(cancellation) is var text && string.IsNullOrWhiteSpace(text)
            ? null
            : JsonNode.Parse(text);

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

    private static HttpRequestMessage Request(HttpMethod method, string path, string? registryAuth)
    {
        var request = new HttpRequestMessage(method, path);
        if (registryAuth is not null)
        {
            request.Headers.Add("X-Registry-Auth", registryAuth);
        }
        return request;
    }

    /// <returns>An answer whose body is still to be read.</returns>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotModified)
        {
            return answer;
        }
        using (answer)
        {
            throw new EngineException(
                answer.StatusCode,
                EngineWords.Of(await answer.Content.ReadAsStringAsync(cancellation))
            );
        }
    }
}
