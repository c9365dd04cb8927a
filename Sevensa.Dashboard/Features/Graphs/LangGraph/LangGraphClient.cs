using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Graphs.LangGraph;

/// <summary>
/// Typed client of one LangGraph server, the Python one or the JavaScript one: what differs between them is evened out here. Every
/// failure is an <see cref="UpstreamException"/> with the server's own words.
/// </summary>
internal sealed class LangGraphClient(
    IHttpClientFactory clients,
    GraphServerOptions server,
    Upstreams upstreams,
    TimeProvider time
)
{
    /// <summary>Member of a run's metadata that says what it was started for, so that it is found again.</summary>
    public const string Sign = "sevensa";

    private readonly UpstreamTerms terms = TermsOf(server.Name);

    public GraphServerOptions Server { get; } = server;

    /// <summary>Names and ids of graphs and assistants that it had at the last look; null before.</summary>
    public IReadOnlySet<string>? Known { get; private set; }

    /// <summary>As its state is shown.</summary>
    public string Upstream => terms.Name;

    public static string UpstreamOf(string server) => $"LangGraph {server}";

    /// <summary>Name of the <see cref="HttpClient"/> for what is asked and answered.</summary>
    public static string ClientOf(string server) => $"langgraph-{server}";

    /// <summary>Name of the one for streams, which are silent as long as a node works.</summary>
    public static string StreamsOf(string server) => $"langgraph-stream-{server}";

    /// <summary>Asks for its version, and tells its state.</summary>
    public async Task<string> VersionAsync(CancellationToken cancellation)
    {
        var told = await AskAsync(HttpMethod.Get, "info", null, cancellation);
        return told.Status == 200 && GraphJson.Text(told.Json(terms), "version") is { } version
            ? version
            : throw Bad(told);
    }

    /// <summary>Looks which graphs and assistants it has: <see cref="Known"/>.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var told = await AskAsync(
            HttpMethod.Post,
            "assistants/search",
            new JsonObject { ["limit"] = 100 },
            cancellation
        );
        Known = Shaped(
            told,
            json =>
                json.ValueKind == JsonValueKind.Array
                    ? json.EnumerateArray()
                        .SelectMany(one =>
                            new[] { GraphJson.Text(one, "assistant_id"), GraphJson.Text(one, "graph_id") }
                        )
                        .OfType<string>()
                        .ToHashSet(StringComparer.Ordinal)
                    : throw new JsonException("there is no list of assistants")
        );
    }

    /// <summary>Makes a thread of this id; one that is there already is left as it is.</summary>
    public async Task CreateThreadAsync(string id, string tenant, CancellationToken cancellation) =>
        Good(
            await AskAsync(
                HttpMethod.Post,
                "threads",
                new JsonObject
                {
                    ["thread_id"] = id,
                    ["if_exists"] = "do_nothing",
                    ["metadata"] = new JsonObject { ["tenant"] = tenant },
                },
                cancellation
            )
        );

    /// <summary>Null when the server does not know it.</summary>
    public async Task<RemoteThread?> ThreadAsync(string id, CancellationToken cancellation)
    {
        var told = await AskAsync(HttpMethod.Get, $"threads/{Escaped(id)}", null, cancellation);
        return told.Status == 404 && !IsNoServer(told) ? null : Shaped(told, RemoteThread.Of);
    }

    public async Task<RemoteState> StateAsync(string id, CancellationToken cancellation) =>
        Shaped(await AskAsync(HttpMethod.Get, $"threads/{Escaped(id)}/state", null, cancellation), RemoteState.Of);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RemoteRun>> RunsAsync(string thread, CancellationToken cancellation)
    {
        var told = await AskAsync(HttpMethod.Get, $"threads/{Escaped(thread)}/runs?limit=50", null, cancellation);
        return Shaped(
            told,
            json =>
                json.ValueKind == JsonValueKind.Array
                    ? (IReadOnlyList<RemoteRun>)[.. json.EnumerateArray().Select(RemoteRun.Of)]
                    : throw new JsonException("there is no list of runs")
        );
    }

    /// <summary>Starts a graph on a thread. It goes on whoever listens.</summary>
    /// <param name="sign">What for, once; see <see cref="RemoteRun.Sign"/>.</param>
    /// <returns>Null when another run is under way on the thread.</returns>
    public Task<RemoteRun?> StartAsync(
        string thread,
        string graph,
        string tenant,
        JsonObject input,
        string sign,
        CancellationToken cancellation
    ) => RunAsync(thread, graph, tenant, sign, body => body["input"] = input, cancellation);

    /// <summary>Hands answers back, each to the question of its id: a bare value would answer whatever is asked at the time.</summary>
    /// <returns>Null when a run is under way on the thread.</returns>
    public Task<RemoteRun?> ResumeAsync(
        string thread,
        string graph,
        string tenant,
        IReadOnlyDictionary<string, JsonNode?> answers,
        string sign,
        CancellationToken cancellation
    ) =>
        RunAsync(
            thread,
            graph,
            tenant,
            sign,
            body =>
                body["command"] = new JsonObject
                {
                    ["resume"] = new JsonObject(answers.Select(one => KeyValuePair.Create(one.Key, one.Value))),
                },
            cancellation
        );

    /// <summary>Ends a run; one that has ended already is let be.</summary>
    public async Task CancelAsync(string thread, string run, CancellationToken cancellation)
    {
        var told = await AskAsync(
            HttpMethod.Post,
            $"threads/{Escaped(thread)}/runs/{Escaped(run)}/cancel?wait=true&action=interrupt",
            null,
            cancellation
        );
        if (told.Status is not (>= 200 and < 300 or 404 or 409))
        {
            throw Bad(told);
        }
    }

    /// <summary>What a run tells, from its beginning where the server keeps it, and on until it ends.</summary>
    /// <param name="silence">The longest that nothing comes; then it ends without an error.</param>
    public async IAsyncEnumerable<GraphEvent> StreamAsync(
        string thread,
        string run,
        TimeSpan silence,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var quiet = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, quiet.Token);
        using var answer = await OpenStreamAsync(thread, run, either.Token, cancellation);
        if (answer is null)
        {
            yield break;
        }
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        await using var events = GraphStream.ReadAsync(body, either.Token).GetAsyncEnumerator(either.Token);
        while (true)
        {
            bool isMore;
            try
            {
                isMore = await events.MoveNextAsync();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                isMore = false;
            }
            catch (Exception exception) when (terms.Translate(exception, silence, cancellation) is { } told)
            {
                throw Told(told);
            }
            if (!isMore)
            {
                yield break;
            }
            quiet.CancelAfter(silence);
            yield return events.Current;
        }
    }

    private async Task<HttpResponseMessage?> OpenStreamAsync(
        string thread,
        string run,
        CancellationToken either,
        CancellationToken cancellation
    )
    {
        var http = clients.CreateClient(StreamsOf(Server.Name));
        using var request = Request(
            HttpMethod.Get,
            $"threads/{Escaped(thread)}/runs/{Escaped(run)}/stream?stream_mode=updates"
        );
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add("Last-Event-ID", "-1");
        try
        {
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }
            using (answer)
            {
                throw Bad(new Reply((int)answer.StatusCode, await UpstreamTerms.BodyAsync(answer, either)));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A run that was lost is listened to without an answer.
            return null;
        }
        catch (Exception exception) when (terms.Translate(exception, Server.Patience, cancellation) is { } told)
        {
            throw Told(told);
        }
    }

    private async Task<RemoteRun?> RunAsync(
        string thread,
        string graph,
        string tenant,
        string sign,
        Action<JsonObject> what,
        CancellationToken cancellation
    )
    {
        var body = new JsonObject
        {
            ["assistant_id"] = graph,
            // Their defaults differ: one queues and the other refuses.
            ["multitask_strategy"] = "reject",
            ["stream_mode"] = new JsonArray("updates"),
            ["stream_resumable"] = true,
            ["metadata"] = new JsonObject { ["tenant"] = tenant, [Sign] = sign },
            ["config"] = new JsonObject { ["configurable"] = new JsonObject { ["tenant"] = tenant } },
        };
        what(body);
        var told = await AskAsync(HttpMethod.Post, $"threads/{Escaped(thread)}/runs", body, cancellation);
        if (
            told.Status is 409 or 422
            && LangGraphWords.Of(told.Body).Contains("already running", StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }
        return told.Status is 400 or 404 or 422 && !IsNoServer(told)
            ? throw Told(
                new UpstreamException(
                    Upstream,
                    UpstreamFault.Refused,
                    LangGraphWords.Of(told.Body),
                    told.Status,
                    $"Check Graphs:Servers ({Server.Name}): its graphs are named there as its server names them."
                )
            )
            : Shaped(told, RemoteRun.Of);
    }

    /// <summary>Something else answers at its address: both servers say what they do not have.</summary>
    private static bool IsNoServer(Reply told) =>
        told.Status == 404
        && !told.Body.Contains("not found", StringComparison.OrdinalIgnoreCase)
        && !told.Body.Contains("No assistant", StringComparison.OrdinalIgnoreCase);

    private T Shaped<T>(Reply told, Func<JsonElement, T> read)
    {
        var json = Read(told);
        try
        {
            var shaped = read(json);
            upstreams.Good(Upstream);
            return shaped;
        }
        catch (JsonException exception)
        {
            throw Told(terms.Garbled(exception.Message));
        }
    }

    private void Good(Reply told)
    {
        _ = Read(told);
        upstreams.Good(Upstream);
    }

    private JsonElement Read(Reply told)
    {
        if (told.Status is < 200 or >= 300)
        {
            throw Bad(told);
        }
        try
        {
            return told.Json(terms);
        }
        catch (UpstreamException garbled)
        {
            throw Told(garbled);
        }
    }

    private UpstreamException Bad(Reply told) => Told(terms.Refusal(told.Status, LangGraphWords.Of(told.Body)));

    private UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }

    private async Task<Reply> AskAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var http = clients.CreateClient(ClientOf(Server.Name));
        using var request = Request(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var said = await BoundedAnswer.ReadAsync(answer, cancellation);
            return new Reply((int)answer.StatusCode, Encoding.UTF8.GetString(said.Span));
        }
        catch (Exception exception) when (terms.Translate(exception, Server.Patience, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri($"{Server.Url.TrimEnd('/')}/{path}"));
        if (Server.KeyFile is { Length: > 0 } file)
        {
            var key = Key(file);
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
            request.Options.Set(UnsaidSecrets.Own, key);
        }
        return request;
    }

    private string Key(string file)
    {
        try
        {
            return CredentialFile.Read(file);
        }
        catch (IOException exception)
        {
            throw Told(
                new UpstreamException(
                    Upstream,
                    UpstreamFault.NotConfigured,
                    "The file with its key can't be read, or holds none.",
                    remedy: $"Check KeyFile of {Server.Name} in Graphs:Servers.",
                    inner: exception
                )
            );
        }
    }

    private static string Escaped(string id) => Uri.EscapeDataString(id);

    private static UpstreamTerms TermsOf(string name) =>
        new(
            UpstreamOf(name),
            $"Url of {name} in Graphs:Servers",
            $"KeyFile of {name} in Graphs:Servers",
            $"TimeoutSeconds of {name} in Graphs:Servers"
        );

    /// <summary>An answer; one of the servers sends JSON as plain text, so what it says it is tells nothing.</summary>
    private sealed record Reply(int Status, string Body)
    {
        public JsonElement Json(UpstreamTerms terms)
        {
            try
            {
                return JsonElement.Parse(JsonReading.Whole(Body));
            }
            catch (JsonException exception)
            {
                throw terms.Garbled(UpstreamTerms.Place(exception), Status, exception);
            }
        }
    }
}
