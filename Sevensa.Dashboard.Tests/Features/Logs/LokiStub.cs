using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>A server on a free port that answers what the test says, and remembers what it was asked.</summary>
internal sealed class LokiStub : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LokiStub(WebApplication app) => _app = app;

    public sealed record Asked(
        string Method,
        string Path,
        IReadOnlyList<(string Name, string Value)> Parameters,
        string? OrgId
    )
    {
        public string? this[string name] => Parameters.FirstOrDefault(parameter => parameter.Name == name).Value;
    }

    public ConcurrentQueue<Asked> Requests { get; } = [];

    public Upstreams Upstreams { get; } = new(TimeProvider.System);

    public string Url { get; private set; } = "";

    public static Task<LokiStub> AnsweringAsync(int status, string contentType, string body) =>
        StartAsync(
            async (context, _) =>
            {
                context.Response.StatusCode = status;
                context.Response.ContentType = contentType;
                await context.Response.WriteAsync(body);
            }
        );

    /// <summary>A tail that sends these frames and then closes with a status and reason.</summary>
    public static Task<LokiStub> TailingAsync(
        IEnumerable<string> frames,
        WebSocketCloseStatus status,
        string reason,
        int pieceSize = int.MaxValue
    ) =>
        StartAsync(
            async (context, _) =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                foreach (var bytes in frames.Select(Encoding.UTF8.GetBytes))
                {
                    foreach (var piece in bytes.Chunk(Math.Min(pieceSize, bytes.Length)).Index())
                    {
                        var isLast = (piece.Index + 1L) * pieceSize >= bytes.Length;
                        await socket.SendAsync(piece.Item, WebSocketMessageType.Text, isLast, context.RequestAborted);
                    }
                }

                await socket.CloseAsync(status, reason, context.RequestAborted);
            }
        );

    public static async Task<LokiStub> StartAsync(Func<HttpContext, Asked, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var stub = new LokiStub(app);
        app.UseWebSockets();
        app.Run(async context =>
        {
            var request = context.Request;
            var parameters = request.Query.SelectMany(pair => pair.Value, (pair, value) => (pair.Key, value!)).ToList();
            if (request.HasFormContentType)
            {
                var form = await request.ReadFormAsync();
                parameters.AddRange(form.SelectMany(pair => pair.Value, (pair, value) => (pair.Key, value!)));
            }

            var asked = new Asked(
                request.Method,
                request.Path,
                parameters,
                request.Headers.TryGetValue("X-Scope-OrgID", out var orgId) ? orgId.ToString() : null
            );
            stub.Requests.Enqueue(asked);
            await answer(context, asked);
        });
        await app.StartAsync();
        stub.Url = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return stub;
    }

    public LokiClient Client(LokiTenancy tenancy = LokiTenancy.Header, string path = "", int timeoutSeconds = 30) =>
        new(
            new HttpClient { Timeout = Timeout.InfiniteTimeSpan },
            Options.Create(
                new LogsOptions
                {
                    Url = Url + path,
                    Tenancy = tenancy,
                    TimeoutSeconds = timeoutSeconds,
                }
            ),
            Upstreams,
            TimeProvider.System
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
