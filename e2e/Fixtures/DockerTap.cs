using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// Stands between a runner and its engine and notes every change that is asked for, so that what was really done is known
/// whatever anybody says of it. It lives with the test: neither side's death ends it.
/// </summary>
public sealed partial class DockerTap : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("tap");
    private readonly string engine;
    private readonly Socket listener;
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentQueue<EngineCall> calls = new();
    private readonly Task accepting;

    /// <param name="engine">Where it all goes.</param>
    /// <param name="port">Listens there on loopback, as an engine at <c>tcp://</c>; else at a socket of its own.</param>
    public DockerTap(DockerEngine engine, int? port = null)
    {
        this.engine = engine.SocketPath;
        listener = port is null
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(
            port is null
                ? new UnixDomainSocketEndPoint(Path.Combine(folder, "t.sock"))
                : new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port.Value)
        );
        Endpoint = port is null ? $"unix://{Path.Combine(folder, "t.sock")}" : $"tcp://127.0.0.1:{port}";
        listener.Listen(64);
        accepting = AcceptAsync();
    }

    /// <summary>What a runner is given.</summary>
    public string Endpoint { get; }

    /// <summary>Called with every request, reading ones too, as it passes.</summary>
    public Action<EngineCall>? OnRequest { get; set; }

    public IReadOnlyList<EngineCall> Calls => [.. calls];

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        await accepting;
        ending.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await listener.AcceptAsync(ending.Token));
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task PassAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(engine), ending.Token);
                await Task.WhenAny(CopyAsync(client, server, Note), CopyAsync(server, client, null));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The engine is away: the runner sees a broken line, as it would without us.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Action<ReadOnlyMemory<byte>>? note)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, ending.Token) is > 0 and var length)
            {
                note?.Invoke(buffer.AsMemory(0, length));
                for (var sent = 0; sent < length; )
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), ending.Token);
            }
        }
        catch (Exception exception)
            when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side hung up; the other is hung up on.
        }
    }

    private void Note(ReadOnlyMemory<byte> bytes)
    {
        foreach (Match match in Request().Matches(Encoding.Latin1.GetString(bytes.Span)))
        {
            var call = new EngineCall(
                match.Groups["method"].Value,
                match.Groups["path"].Value,
                match.Groups["query"].Value
            );
            OnRequest?.Invoke(call);
            if (call.Method is not ("GET" or "HEAD"))
                calls.Enqueue(call);
        }
    }

    [GeneratedRegex(
        @"(?<method>GET|HEAD|POST|DELETE|PUT) (/v[0-9.]+)?/(?<path>[^ ?]+)(\?(?<query>[^ ]*))? HTTP/1\.1\r\n"
    )]
    private static partial Regex Request();
}

/// <summary>A request to change something: <c>POST containers/ID/restart</c>.</summary>
/// <param name="Query">As it was written, without the question mark.</param>
public sealed record EngineCall(string Method, string Path, string Query = "");
