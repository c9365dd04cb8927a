using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.E2E.Load;

/// <summary>A render batch as it came: its bytes are those that a browser would apply to its page.</summary>
/// <param name="Number">Given by the server, from 2 on.</param>
/// <param name="Arrived">In ticks of <see cref="Stopwatch"/>.</param>
/// <param name="Data">Blazor's binary format; the texts in it are plain UTF-8.</param>
public sealed record RenderBatch(long Number, long Arrived, byte[] Data)
{
    /// <summary>Whether one of its texts or attribute values holds this.</summary>
    public bool Holds(string text) => Data.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}

/// <summary>
/// One open page of the dashboard, at protocol level: it does over the circuit what <c>blazor.web.js</c> does (start, take and
/// acknowledge render batches, answer the calls to scripts, follow navigation), and draws nothing. Two hundred of them cost
/// less than one browser.
/// </summary>
/// <remarks>
/// Calls to scripts are answered by <see cref="ScriptAnswers"/>; what it does not know is answered with null, and its name is
/// in <see cref="Unknown"/>. Events of the page (clicks) can't be sent, since nothing knows which element has which handler.
/// </remarks>
/// <example><code>
/// using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
/// await using var circuit = await Circuit.OpenAsync(session, "/tenants/rentguy/metrics");
/// await circuit.SeesAsync("rentguy-api");
/// await circuit.NavigateAsync("/tenants/rentguy/logs");
/// </code></example>
public sealed partial class Circuit : IAsyncDisposable
{
    private readonly LoadSession session;
    private readonly CircuitOptions options;
    private readonly ScriptAnswers scripts = new();
    private readonly Lock turn = new();
    private readonly LinkedList<RenderBatch> kept = [];
    private readonly List<(Func<RenderBatch, bool> Test, TaskCompletionSource<RenderBatch> Seen)> waiting = [];
    private readonly Dictionary<long, TaskCompletionSource<string>> calls = [];
    private readonly CancellationTokenSource ending = new();
    private HubConnection? connection;
    private CancellationTokenSource link = null!;
    private WebSocket? socket;
    private string id = "";
    private long keptBytes;
    private long nextCall;
    private bool disposed;

    private Circuit(LoadSession session, CircuitOptions options)
    {
        this.session = session;
        this.options = options;
    }

    /// <summary>Path and query of the page that is shown.</summary>
    public string Location { get; private set; } = "/";

    /// <summary>How many batches have come.</summary>
    public long Batches { get; private set; }

    /// <summary>Their bytes, before the WebSocket's compression.</summary>
    public long BatchBytes { get; private set; }

    /// <summary>Bytes that went to scripts beside the batches, as byte arrays and streams: charts' series.</summary>
    public long ScriptBytes { get; private set; }

    /// <summary>How many calls to scripts were answered.</summary>
    public long ScriptCalls { get; private set; }

    /// <summary>When the last batch came, in ticks of <see cref="Stopwatch"/>; 0 before the first.</summary>
    public long LastArrived { get; private set; }

    /// <summary>What broke the circuit, in the server's words, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Names of scripts that were called and are not known here.</summary>
    public IReadOnlyCollection<string> Unknown => scripts.Unknown;

    /// <summary>Each batch as it comes, on the connection's thread: be quick.</summary>
    public event Action<Circuit, RenderBatch>? Arrived;

    /// <summary>Fetches the page and starts its circuit; done when the server has rendered the page's first state.</summary>
    /// <param name="session">Who opens it.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="options">How much it remembers, whether it compresses.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<Circuit> OpenAsync(
        LoadSession session,
        string path,
        CircuitOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        var circuit = new Circuit(session, options ?? new());
        try
        {
            await circuit.StartAsync(path, cancellation);
            return circuit;
        }
        catch
        {
            await circuit.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a batch holds the text: one of those remembered since the last navigation, or one to come.</summary>
    /// <exception cref="TimeoutException">It did not come; says how many batches did.</exception>
    public Task<RenderBatch> SeesAsync(string text, TimeSpan? patience = null) =>
        AwaitAsync(batch => batch.Holds(text), true, $"“{text}”", patience);

    /// <summary>Waits for the next batch (that holds the text), whatever came before.</summary>
    public Task<RenderBatch> NextAsync(string? text = null, TimeSpan? patience = null) =>
        AwaitAsync(batch => text is null || batch.Holds(text), false, text is null ? "a batch" : $"“{text}”", patience);

    /// <summary>Whether one of the batches remembered since the last navigation holds the text.</summary>
    public bool Saw(string text)
    {
        lock (turn)
            return kept.Any(batch => batch.Holds(text));
    }

    /// <summary>Follows a link to another page of the dashboard, as a click on it does.</summary>
    public async Task NavigateAsync(string path)
    {
        lock (turn)
        {
            kept.Clear();
            keptBytes = 0;
        }
        await LocatedAsync(path, intercepted: true);
    }

    /// <summary>Calls a .NET object that the page gave to a script, and returns what it answered, as JSON.</summary>
    /// <param name="target">Its number, as it stood in the call's arguments.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="arguments">Its arguments, as JSON will write them.</param>
    public async Task<string> CallAsync(long target, string method, params object?[] arguments)
    {
        var call = Interlocked.Increment(ref nextCall);
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (turn)
            calls[call] = answered;
        await Connection.SendAsync(
            "BeginInvokeDotNetFromJS",
            call.ToString(CultureInfo.InvariantCulture),
            null,
            method,
            target,
            JsonSerializer.Serialize(arguments),
            link.Token
        );
        return await answered.Task.WaitAsync(options.Patience, ending.Token);
    }

    /// <summary>Loses the connection as a closed laptop does; the server keeps the circuit for a while.</summary>
    public async Task DropAsync()
    {
        if (connection is not { } open)
            return;
        connection = null;
        // What still wants to send would wait for the connection's lock, which its end holds while it waits for what is sent.
        await link.CancelAsync();
        socket?.Abort();
        await open.DisposeAsync();
        link.Dispose();
    }

    /// <summary>Connects again to the same circuit.</summary>
    /// <returns>False when the server does not have it any more.</returns>
    public async Task<bool> ReconnectAsync()
    {
        await DropAsync();
        await ConnectAsync(ending.Token);
        return await Connection.InvokeAsync<bool>("ConnectCircuit", id, link.Token);
    }

    /// <summary>Leaves the page: the server is told, as a browser that closes a tab tells it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await ending.CancelAsync();
        if (id.Length > 0)
            await TellAsync();
        await DropAsync();
        lock (turn)
        {
            foreach (var (_, seen) in waiting)
                seen.TrySetCanceled();
            foreach (var call in calls.Values)
                call.TrySetCanceled();
        }
        ending.Dispose();
    }

    private HubConnection Connection =>
        connection ?? throw new InvalidOperationException("The circuit is not connected");

    // A browser does not wait for the answer. Here it means that the circuit is gone, unless it waits for a script that was
    // called on a connection since lost.
    private async Task TellAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            using var form = new MultipartFormDataContent { { new StringContent(id), "circuitId" } };
            var address = new Uri("/_blazor/disconnect", UriKind.Relative);
            using var told = await session.Http.PostAsync(address, form, patience.Token);
        }
        catch (HttpRequestException)
        {
            // The dashboard is gone, and the circuit with it.
        }
        catch (OperationCanceledException)
        {
            // It closes when the script's time is over.
        }
    }

    private async Task StartAsync(string path, CancellationToken cancellation)
    {
        var page = await session.PageAsync(path);
        Location = path;
        var operations = new JsonArray();
        foreach (Match marker in Marker().Matches(page))
        {
            operations.Add(
                new JsonObject
                {
                    ["type"] = "add",
                    ["ssrComponentId"] = operations.Count + 1,
                    ["marker"] = JsonNode.Parse(marker.Groups[1].Value),
                }
            );
        }
        if (operations.Count == 0)
            throw new InvalidOperationException($"{path} has nothing interactive for {session.Person}");
        await ConnectAsync(cancellation);
        var shown = NextAsync();
        id =
            await Connection.InvokeAsync<string?>(
                "StartCircuit",
                session.Dashboard.ToString(),
                new Uri(session.Dashboard, path).ToString(),
                "[]",
                "",
                cancellation
            ) ?? throw new InvalidOperationException($"No circuit was started for {path}: {Error}");
        await Connection.SendAsync(
            "UpdateRootComponents",
            new JsonObject { ["batchId"] = 0, ["operations"] = operations }.ToJsonString(),
            State().Match(page) is { Success: true } state ? state.Groups[1].Value : "",
            cancellation
        );
        await shown.WaitAsync(cancellation);
    }

    private async Task ConnectAsync(CancellationToken cancellation)
    {
        var builder = new HubConnectionBuilder().WithUrl(
            new Uri(session.Dashboard, "/_blazor"),
            HttpTransportType.WebSockets,
            http =>
            {
                http.SkipNegotiation = true;
                http.WebSocketFactory = async (context, token) =>
                {
                    var client = new ClientWebSocket();
                    client.Options.Cookies = session.Cookies;
                    if (options.Compressed)
                        client.Options.DangerousDeflateOptions = new();
                    await client.ConnectAsync(context.Uri, token);
                    return socket = client;
                };
            }
        );
        builder.Services.AddSingleton<IHubProtocol>(new BlazorPack());
        var opened = builder.Build();
        opened.On<long, byte[]>("JS.RenderBatch", RenderedAsync);
        opened.On<long, string, string?, int, long, int>("JS.BeginInvokeJS", ScriptAsync);
        opened.On<string?, bool, string?>("JS.EndInvokeDotNet", Answered);
        opened.On<int, byte[]>("JS.ReceiveByteArray", (_, data) => ScriptBytes += data.Length);
        opened.On<long>("JS.BeginTransmitStream", stream => _ = StreamAsync(opened, stream));
        opened.On<string>("JS.Error", Fail);
        opened.Closed += reason =>
        {
            if (reason is not null && connection == opened)
                Fail(reason.Message);
            return Task.CompletedTask;
        };
        connection = opened;
        link = new CancellationTokenSource();
        await opened.StartAsync(cancellation);
    }

    private async Task RenderedAsync(long number, byte[] data)
    {
        var batch = new RenderBatch(number, Stopwatch.GetTimestamp(), data);
        List<TaskCompletionSource<RenderBatch>> fulfilled = [];
        lock (turn)
        {
            Batches++;
            BatchBytes += data.Length;
            LastArrived = batch.Arrived;
            kept.AddLast(batch);
            keptBytes += data.Length;
            while (keptBytes > options.Remember && kept.First is { } oldest)
            {
                keptBytes -= oldest.Value.Data.Length;
                kept.RemoveFirst();
            }
            for (var at = waiting.Count - 1; at >= 0; at--)
            {
                if (!waiting[at].Test(batch))
                    continue;
                fulfilled.Add(waiting[at].Seen);
                waiting.RemoveAt(at);
            }
        }
        Arrived?.Invoke(this, batch);
        foreach (var seen in fulfilled)
            seen.TrySetResult(batch);
        if (!disposed && connection is { } open)
            await open.SendAsync("OnRenderCompleted", number, null, link.Token);
    }

    private async Task ScriptAsync(long call, string name, string? arguments, int wanted, long target, int kind)
    {
        ScriptCalls++;
        var given = JsonNode.Parse(arguments is { Length: > 0 } ? arguments : "[]")!.AsArray();
        if (name == "Blazor._internal.navigationManager.navigateTo" && given[0]?.GetValue<string>() is { } uri)
        {
            // To be fetched anew is to leave this circuit; the place is noted, and nothing else comes of it.
            if (given.Count > 1 && given[1]?["forceLoad"]?.GetValue<bool>() == true)
                Location = uri;
            else
                await LocatedAsync(uri, intercepted: false);
        }
        if (call != 0)
        {
            var answer = new JsonArray(call, true, scripts.Answer(name, wanted)).ToJsonString();
            await Connection.SendAsync("EndInvokeJSFromDotNet", call, true, answer, link.Token);
        }
    }

    private async Task LocatedAsync(string uri, bool intercepted)
    {
        var place = new Uri(session.Dashboard, uri);
        Location = place.PathAndQuery;
        await Connection.SendAsync("OnLocationChanged", place.ToString(), null, intercepted, link.Token);
    }

    private async Task StreamAsync(HubConnection open, long stream)
    {
        try
        {
            await foreach (var piece in open.StreamAsync<byte[]>("SendDotNetStreamToJS", stream, link.Token))
                ScriptBytes += piece.Length;
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (Exception broken) when (!disposed)
        {
            Fail(broken.Message);
        }
    }

    private void Answered(string? call, bool succeeded, string? answer)
    {
        TaskCompletionSource<string>? answered;
        lock (turn)
        {
            if (!calls.Remove(long.Parse(call!, CultureInfo.InvariantCulture), out answered))
                return;
        }
        if (succeeded)
            answered.TrySetResult(answer ?? "null");
        else
            answered.TrySetException(new InvalidOperationException(answer));
    }

    private void Fail(string reason)
    {
        List<TaskCompletionSource<RenderBatch>> left;
        lock (turn)
        {
            Error ??= reason;
            left = [.. waiting.Select(one => one.Seen)];
            waiting.Clear();
        }
        foreach (var seen in left)
            seen.TrySetException(new InvalidOperationException($"The circuit of {Location} broke: {reason}"));
    }

    private async Task<RenderBatch> AwaitAsync(Func<RenderBatch, bool> test, bool back, string what, TimeSpan? patience)
    {
        var seen = new TaskCompletionSource<RenderBatch>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (turn)
        {
            if (Error is { } error)
                throw new InvalidOperationException($"The circuit of {Location} broke: {error}");
            if (back && kept.FirstOrDefault(test) is { } found)
                return found;
            waiting.Add((test, seen));
        }
        try
        {
            return await seen.Task.WaitAsync(patience ?? options.Patience);
        }
        catch (TimeoutException)
        {
            lock (turn)
                waiting.RemoveAll(one => one.Seen == seen);
            throw new TimeoutException(
                $"{Location} did not show {what} to {session.Person} in time; {Batches} batches, {BatchBytes} bytes came"
            );
        }
    }

    [GeneratedRegex("<!--Blazor:(\\{\"type\":\"server\".*?\\})-->")]
    private static partial Regex Marker();

    [GeneratedRegex("<!--Blazor-Server-Component-State:([a-zA-Z0-9+/=]+)-->")]
    private static partial Regex State();
}

/// <summary>How a circuit is driven.</summary>
public sealed record CircuitOptions
{
    /// <summary>How many bytes of the latest batches are kept to be searched; 512 KiB unless told.</summary>
    public long Remember { get; init; } = 512 * 1024;

    /// <summary>Whether the WebSocket is compressed, as browsers ask for it; it costs the server what browsers cost it.</summary>
    public bool Compressed { get; init; } = true;

    /// <summary>How long is waited for a text or an answer unless the call says otherwise.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);
}
