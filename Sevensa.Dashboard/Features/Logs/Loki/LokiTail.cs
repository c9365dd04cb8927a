using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

internal sealed partial class LokiClient
{
    // RFC 6455, 1.3.
    private const string HandshakeKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>
    /// Opens a live tail. Reconnecting is the caller's: Loki closes a tail after an hour, allows ten at a time for a
    /// tenant, and drops lines for slow readers (<see cref="LokiTailFrame.Dropped"/>); ask
    /// <see cref="QueryRangeAsync"/> from the time of the last line seen for what was missed, and leave out doubles.
    /// With a Loki that takes one tenant at a time, open one tail for each tenant.
    /// </summary>
    /// <param name="logQl">A log query; null for every line in the scope.</param>
    /// <param name="startUnixNs">Lines since then come first; null for Loki's default, the last hour.</param>
    /// <param name="limit">How many of the lines since start.</param>
    /// <param name="delaySeconds">How long Loki holds lines back so that late ones come in order; at most 5.</param>
    /// <param name="isCategorized">Each line with all that a search shows of it; Loki writes its frames in another form then.</param>
    /// <param name="cancellation">Gives up opening; a tail that is open ends by being disposed.</param>
    public async Task<LokiTail> TailAsync(
        TenantScope scope,
        string? logQl,
        long? startUnixNs = null,
        int? limit = null,
        int? delaySeconds = null,
        bool isCategorized = false,
        CancellationToken cancellation = default
    )
    {
        var lokiScope = LokiScope.For(scope, Options);
        var request = LokiRequest.Create(
            LokiEndpoint.Tail,
            lokiScope,
            [
                .. Text(logQl),
                .. Optional("start", startUnixNs),
                .. Optional("limit", limit),
                .. Optional("delay_for", delaySeconds),
            ]
        ) with
        {
            IsCategorized = isCategorized,
        };
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        using var deadline = new CancellationTokenSource(Options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        HttpResponseMessage? response = null;
        try
        {
            // The handshake is an ordinary request, so that a refusal keeps Loki's words, which ClientWebSocket drops.
            var message = request.ToMessage(Server());
            message.Version = HttpVersion.Version11;
            message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            message.Headers.Connection.Add("Upgrade");
            message.Headers.Upgrade.Add(new("websocket"));
            message.Headers.Add("Sec-WebSocket-Version", "13");
            message.Headers.Add("Sec-WebSocket-Key", key);
            response = await SendAsync(message, lokiScope, either.Token);
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            {
                throw response.IsSuccessStatusCode
                    ? new LokiException(
                        UpstreamFault.Garbled,
                        "Loki answered the tail without a WebSocket.",
                        (int)response.StatusCode,
                        "Let the proxy in front of Loki pass WebSockets."
                    )
                    : await RefusalAsync(response, either.Token);
            }

            if (!Accepts(response, key))
            {
                throw new LokiException(UpstreamFault.Garbled, "Loki answered the WebSocket handshake wrongly.", 101);
            }

            var socket = WebSocket.CreateFromStream(
                await response.Content.ReadAsStreamAsync(either.Token),
                new WebSocketCreationOptions
                {
                    KeepAliveInterval = TimeSpan.FromSeconds(15),
                    KeepAliveTimeout = TimeSpan.FromSeconds(15),
                }
            );
            upstreams.Good(LokiException.Loki);
            var tail = new LokiTail(socket, response);
            response = null;
            return tail;
        }
        catch (Exception exception) when (Translated(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
        finally
        {
            response?.Dispose();
        }
    }

    private static bool Accepts(HttpResponseMessage response, string key)
    {
#pragma warning disable CA5350 // The WebSocket protocol asks for SHA-1 here; nothing secret hangs on it.
        var expected = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + HandshakeKey)));
#pragma warning restore CA5350
        return response.Headers.TryGetValues("Sec-WebSocket-Accept", out var values) && values.Contains(expected);
    }
}

/// <summary>An open live tail. One reader at a time.</summary>
internal sealed class LokiTail : IAsyncDisposable
{
    private const int LargestFrame = 128 * 1024 * 1024;
    private const int Piece = 16 * 1024;

    private readonly WebSocket _socket;
    private readonly HttpResponseMessage _response;

    internal LokiTail(WebSocket socket, HttpResponseMessage response)
    {
        _socket = socket;
        _response = response;
    }

    /// <summary>Why Loki closed the tail, e.g. that its longest duration is over; null while it is open.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>
    /// The frames as they come; ends when Loki closes the tail in good order (see <see cref="CloseReason"/>).
    /// </summary>
    /// <exception cref="LokiException">The connection broke, or Loki closed it with an error, such as too many tails.</exception>
    public async IAsyncEnumerable<LokiTailFrame> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        var message = new ArrayBufferWriter<byte>(Piece);
        while (await ReceiveAsync(message, cancellation))
        {
            LokiTailFrame frame;
            try
            {
                var result = new LokiResultReader(isTail: true);
                LokiStreaming.Read(message.WrittenSpan, result);
                frame = result.Frame();
            }
            catch (JsonException exception)
            {
                throw new LokiException(
                    UpstreamFault.Garbled,
                    $"A frame of the tail could not be read: {exception.Message}",
                    inner: exception
                );
            }

            yield return frame;
            if (message.Capacity > 64 * Piece)
            {
                message = new ArrayBufferWriter<byte>(Piece);
            }
        }
    }

    /// <summary>The frames as Loki wrote them, for passing on. Each is valid until the next is asked for.</summary>
    /// <exception cref="LokiException">As for <see cref="ReadAsync"/>.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadRawAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        var message = new ArrayBufferWriter<byte>(Piece);
        while (await ReceiveAsync(message, cancellation))
        {
            yield return message.WrittenMemory;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            // Says goodbye without waiting for the answer; a peer that is gone must not hold us.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            }
            catch (Exception exception)
                when (exception is WebSocketException or OperationCanceledException or IOException)
            {
                // It was gone already.
            }
        }

        _socket.Dispose();
        _response.Dispose();
    }

    // False when the tail ended in good order.
    private async Task<bool> ReceiveAsync(ArrayBufferWriter<byte> message, CancellationToken cancellation)
    {
        message.ResetWrittenCount();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(message.GetMemory(Piece), cancellation);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return Closed();
                }

                message.Advance(received.Count);
                if (received.EndOfMessage)
                {
                    return true;
                }

                if (message.WrittenCount > LargestFrame)
                {
                    throw new LokiException(
                        UpstreamFault.Garbled,
                        $"A frame of the tail is larger than {LargestFrame / 1024 / 1024} MB."
                    );
                }
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or IOException
                || (exception is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            throw new LokiException(
                UpstreamFault.Unreachable,
                $"The live tail broke: {exception.Message}",
                remedy: "It is opened again; lines in between are read from Loki's store.",
                inner: exception
            );
        }
    }

    private bool Closed()
    {
        CloseReason = _socket.CloseStatusDescription ?? "";
        return
            _socket.CloseStatus
                is WebSocketCloseStatus.NormalClosure
                    or WebSocketCloseStatus.EndpointUnavailable
                    or null
            ? false
            : throw new LokiException(
                UpstreamFault.Refused,
                CloseReason.Length > 0 ? CloseReason : $"Loki closed the tail ({_socket.CloseStatus}).",
                remedy: LokiException.RemedyFor(CloseReason, null)
            );
    }
}
