using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>When the door was last called, since this program was started.</summary>
internal sealed class McpNews(TimeProvider time)
{
    private long at;

    public DateTimeOffset? CalledAt =>
        Volatile.Read(ref at) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Called() => Volatile.Write(ref at, time.GetUtcNow().UtcTicks);
}

/// <summary>The door for programs and models, among the connections.</summary>
internal sealed class McpConnections(McpNews news) : IConnections
{
    public Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Connection>>(
            caller.IsStaff
                ?
                [
                    new Connection(
                        "Programs and models in",
                        "MCP",
                        news.CalledAt is null ? ConnectionState.Waits : ConnectionState.Works,
                        news.CalledAt,
                        null,
                        news.CalledAt is null
                            ? "Nothing called /mcp since this dashboard was started. It takes a token with the scope read."
                            : null,
                        null
                    ),
                ]
                : []
        );
}
