using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Metrics;

/// <summary>
/// <c>/metrics</c> on an address of its own, with a bearer token when one is set; and <c>/healthz</c>, which says that the runner is
/// alive and nothing else.
/// </summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const string HealthPath = "/healthz";

    private readonly WebApplication app;

    private MetricsServer(WebApplication app, string address)
    {
        this.app = app;
        Address = address;
    }

    /// <summary>Host and port it listens on.</summary>
    public string Address { get; }

    /// <exception cref="RunnerException">The address is taken.</exception>
    public static async Task<MetricsServer> StartAsync(
        RunnerOptions options,
        HostBook book,
        UsagePace pace,
        TimeProvider time
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(options.MetricsEndPoint()!));
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, InnerLifetime>();
        var app = builder.Build();
        var metrics = new ContainerMetrics(options.HostName, book);
        var token = options.MetricsTokenFile is { Length: > 0 } file
            ? SHA256.HashData(Encoding.UTF8.GetBytes((await File.ReadAllTextAsync(file)).Trim()))
            : null;
        app.Run(async context =>
        {
            var response = context.Response;
            if (context.Request.Path == HealthPath)
            {
                response.ContentType = "text/plain; charset=utf-8";
                await response.WriteAsync("ok", context.RequestAborted);
            }
            else if (context.Request.Path != "/metrics")
            {
                response.StatusCode = StatusCodes.Status404NotFound;
            }
            else if (token is not null && !Bears(context.Request, token))
            {
                response.StatusCode = StatusCodes.Status401Unauthorized;
                response.Headers.WWWAuthenticate = "Bearer";
            }
            else
            {
                await pace.FreshAsync(context.RequestAborted);
                response.ContentType = MetricsText.ContentType;
                await response.WriteAsync(metrics.Text(), context.RequestAborted);
            }
        });
        try
        {
            await app.StartAsync();
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new RunnerException(
                $"Runner:Metrics: {options.Metrics} can't be listened on: {exception.Message}",
                exception
            );
        }
        var bound = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return new MetricsServer(app, new Uri(bound).Authority);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    // Hashes are compared, so that neither content nor length shows in the time it takes.
    private static bool Bears(HttpRequest request, byte[] expected) =>
        request.Headers.Authorization.ToString().Split(' ', 2) is [var scheme, var token]
        && scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token.Trim())), expected);
}
