using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Tail;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>
/// Carries a live tail of Loki's through, scoped, frame by frame as Loki wrote them; who follow the same share one. A slow reader
/// misses lines and is told which; one that takes nothing at all is let go.
/// </summary>
internal sealed class TailPassage(
    FrameTails tails,
    ITenantScopes scopes,
    ICurrentCaller callers,
    LiveStreams streams,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>How long one frame may wait for its reader.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // RFC 6455, 5.5: a control frame holds 125 bytes, two of them the status.
    private const int LongestReason = 123;

    public async Task PassAsync(HttpContext context, string tenant)
    {
        var aborted = context.RequestAborted;
        var scope = await scopes.ForSomeAsync(
            await callers.GetAsync(aborted),
            tenant.Split('|', StringSplitOptions.RemoveEmptyEntries),
            aborted
        );
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await LokiPassage.RefuseAsync(
                context,
                400,
                "Bad Request: websocket: the client is not using the websocket protocol"
            );
            return;
        }
        FrameFollower tail;
        using var place = streams.Open(context, StreamKind.Tail);
        try
        {
            tail = await tails.FollowAsync(scope, Asked(context.Request), aborted);
        }
        catch (QueryRefusedException refused)
        {
            await LokiPassage.RefuseAsync(context, 400, refused.Message);
            return;
        }
        catch (LokiException exception)
        {
            await LokiPassage.RefuseAsync(context, exception);
            return;
        }
        using (tail)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            using var over = context.UntilTheEnd();
            using var hearing = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            var reader = HearAsync(socket, over, hearing.Token);
            var (status, reason) = await PumpAsync(tail, socket, over.Token);
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                (status, reason) = (WebSocketCloseStatus.EndpointUnavailable, "The dashboard is stopping.");
            }
            else if (context.Features.Get<CallerRight>()?.Ended.IsCancellationRequested == true)
            {
                (status, reason) = (WebSocketCloseStatus.PolicyViolation, "Your access ended.");
            }
            await CloseAsync(socket, status, reason);
            // Their goodbye is awaited for a moment, so that ours arrives before the connection ends.
            hearing.CancelAfter(TimeSpan.FromSeconds(1));
            await reader;
        }
    }

    private static TailRequest Asked(HttpRequest request)
    {
        var parameters = LokiPassage.Pairs(request.Query);
        string? One(string name)
        {
            var values = parameters.Where(parameter => parameter.Key == name && parameter.Value.Length > 0).ToList();
            return values.Count < 2
                ? values.Select(parameter => parameter.Value).FirstOrDefault()
                : throw new QueryRefusedException($"The parameter \"{name}\" is given {values.Count} times.");
        }

        int? Number(string name) =>
            One(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new QueryRefusedException($"\"{name}\" is no number: {text}");

        var logQl =
            One("query")
            ?? throw new QueryRefusedException("parse error at line 1, col 1: syntax error: unexpected $end");
        var start = One("start") is not { } given
            ? (long?)null
            : LokiTimeText.Read(given)
                ?? throw new QueryRefusedException($"could not parse 'start' parameter: {given}");
        var delay = Number("delay_for");
        if (delay is > 5)
        {
            throw new QueryRefusedException("delay_for can't be greater than 5");
        }
        return new TailRequest(logQl, start, Number("limit"), delay, LokiRequest.WantsCategories(request.Headers));
    }

    private async Task<(WebSocketCloseStatus Status, string Reason)> PumpAsync(
        FrameFollower tail,
        WebSocket socket,
        CancellationToken over
    )
    {
        try
        {
            await foreach (var frame in tail.ReadAsync(over))
            {
                // A frame under way when its reader says goodbye is written to its end: to cancel it would reset the connection,
                // and their goodbye would stay without an answer.
                using var patience = new CancellationTokenSource(Patience, time);
                using var last = new CancellationTokenSource();
                using var ending = over.Register(() => last.CancelAfter(TimeSpan.FromSeconds(2)));
                using var either = CancellationTokenSource.CreateLinkedTokenSource(last.Token, patience.Token);
                try
                {
                    await socket.SendAsync(frame, WebSocketMessageType.Text, true, either.Token);
                }
                catch (OperationCanceledException)
                {
                    socket.Abort();
                    return (WebSocketCloseStatus.PolicyViolation, "");
                }
            }
            return (tail.End.Status, tail.End.Reason);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            return (WebSocketCloseStatus.NormalClosure, "");
        }
    }

    /// <summary>A reader has nothing to say but goodbye.</summary>
    private static async Task HearAsync(WebSocket socket, CancellationTokenSource over, CancellationToken hearing)
    {
        var buffer = new byte[1024];
        try
        {
            while ((await socket.ReceiveAsync(buffer, hearing)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // Gone without a word.
        }
        await over.CancelAsync();
    }

    private static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }
        var bytes = Encoding.UTF8.GetBytes(reason);
        if (bytes.Length > LongestReason)
        {
            reason = Encoding.UTF8.GetString(bytes, 0, LongestReason - 3).TrimEnd('\uFFFD');
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await socket.CloseOutputAsync(status, reason, patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // It was gone already.
        }
    }
}

/// <summary>Times as Loki's parameters have them.</summary>
internal static class LokiTimeText
{
    /// <summary>Nanoseconds since 1970, from seconds (up to ten digits, or with a fraction), nanoseconds or RFC 3339; null when it is none.</summary>
    public static long? Read(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return text.Length <= 10 ? whole * 1_000_000_000 : whole;
        }
        if (
            text.Contains('.', StringComparison.Ordinal)
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        )
        {
            return Math.Abs(seconds) < 9_000_000_000 ? (long)(seconds * 1_000_000_000) : null;
        }
        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var moment
        )
            ? moment.ToUnixNs()
            : null;
    }
}
