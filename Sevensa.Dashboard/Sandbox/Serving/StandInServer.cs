using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Sandbox.Serving;

/// <summary>What answers the requests that come to one stand-in's port.</summary>
internal interface IStandIn
{
    Task AnswerAsync(HttpContext context);
}

/// <summary>
/// One small Kestrel with a loopback port for each stand-in. The ports differ because the real servers' paths overlap
/// (three of them answer <c>/api/v1</c> or <c>/ready</c>).
/// </summary>
internal sealed class StandInServer : IAsyncDisposable
{
    private const string Key = "stand-in";
    private readonly WebApplication _app;
    private readonly Dictionary<string, ListenOptions> _listeners;
    private readonly CancellationTokenSource _stopping = new();

    private StandInServer(WebApplication app, Dictionary<string, ListenOptions> listeners)
    {
        _app = app;
        _listeners = listeners;
    }

    public static Task<StandInServer> StartAsync(
        IReadOnlyDictionary<string, IStandIn> standIns,
        CancellationToken cancellation = default
    )
    {
        // A test host takes the first host that the program's own flow builds for the program.
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => BuildAsync(standIns, cancellation), cancellation);
        }
    }

    private static async Task<StandInServer> BuildAsync(
        IReadOnlyDictionary<string, IStandIn> standIns,
        CancellationToken cancellation
    )
    {
        // The empty builder reads no configuration: the program's own addresses must not be taken here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, InnerLifetime>();
        var listeners = new Dictionary<string, ListenOptions>();
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                foreach (var (name, standIn) in standIns)
                {
                    kestrel.Listen(
                        System.Net.IPAddress.Loopback,
                        0,
                        listen =>
                        {
                            listeners[name] = listen;
                            listen.Use(next =>
                                connection =>
                                {
                                    connection.Items[Key] = standIn;
                                    return next(connection);
                                }
                            );
                        }
                    );
                }
            });
        var app = builder.Build();
        var server = new StandInServer(app, listeners);
        app.UseWebSockets();
        app.Run(server.DispatchAsync);
        // With nothing to stand in for it would listen at the server's own default address.
        if (standIns.Count > 0)
        {
            await app.StartAsync(cancellation);
        }
        return server;
    }

    /// <summary>The address of one stand-in, without a slash at its end.</summary>
    public string AddressOf(string name) => $"http://127.0.0.1:{_listeners[name].IPEndPoint!.Port}";

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }
        // Followed logs, events and tails would hold the server for its whole grace period.
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task DispatchAsync(HttpContext context)
    {
        var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        context.RequestAborted = either.Token;
        try
        {
            await ((IStandIn)items[Key]!).AnswerAsync(context);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            context.Abort();
        }
    }
}
