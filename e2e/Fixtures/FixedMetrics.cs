using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A scrape target that says what the test wants it to say.</summary>
public sealed class FixedMetrics : IAsyncDisposable
{
    private readonly WebApplication app;

    private FixedMetrics(WebApplication app) => this.app = app;

    /// <summary>host:port.</summary>
    public string Address => new Uri(app.Urls.Single()).Authority;

    public static async Task<FixedMetrics> StartAsync(string text)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/metrics", () => Results.Text(text, "text/plain; version=0.0.4"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new FixedMetrics(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
