using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Somebody who issues keys and answers whether one is right.</summary>
internal sealed class ProbedProvider : IAsyncDisposable
{
    private readonly WebApplication app;

    private ProbedProvider(WebApplication app) => this.app = app;

    /// <summary>What it answers, by the request.</summary>
    public Func<HttpRequest, int> Answer { get; set; } = _ => 200;

    /// <summary>Paths that were asked.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public string Url => app.Urls.Single();

    public static async Task<ProbedProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new ProbedProvider(builder.Build());
        provider.app.Run(context =>
        {
            provider.Asked.Enqueue(context.Request.Path);
            context.Response.StatusCode = provider.Answer(context.Request);
            if (context.Response.StatusCode is >= 300 and < 400)
            {
                context.Response.Headers.Location = "/elsewhere";
            }
            // Who repeats what it was asked with is not repeated here.
            return context.Response.WriteAsync(context.Request.Headers.Authorization.ToString());
        });
        await provider.app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
