using System.Net.WebSockets;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>A WebSocket on which a tenant's new lines come.</summary>
internal static class OpenTail
{
    public static Uri AddressOf(Uri dashboard, string tenant) =>
        new UriBuilder(dashboard)
        {
            Scheme = "ws",
            Path = $"/api/v1/tenants/{tenant}/loki/api/v1/tail",
            Query = "query=" + Uri.EscapeDataString("{service=\"api\"}"),
        }.Uri;

    /// <summary>Opens one with the token that a client of the API sends.</summary>
    public static async Task<ClientWebSocket> ConnectAsync(
        HttpClient reader,
        string tenant,
        CancellationToken cancellation
    )
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", reader.DefaultRequestHeaders.Authorization!.ToString());
        await socket.ConnectAsync(AddressOf(reader.BaseAddress!, tenant), cancellation);
        return socket;
    }

    /// <summary>Reads until the other side closes it, and returns with which words it did.</summary>
    public static async Task<(WebSocketCloseStatus? Status, string? Reason)> ClosedAsync(
        ClientWebSocket socket,
        CancellationToken cancellation
    )
    {
        var buffer = new byte[64 * 1024];
        while ((await socket.ReceiveAsync(buffer, cancellation)).MessageType != WebSocketMessageType.Close) { }
        return (socket.CloseStatus, socket.CloseStatusDescription);
    }
}
