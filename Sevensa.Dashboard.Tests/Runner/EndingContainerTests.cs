using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A container that ends while it is changed: running for the engine, and not for what runs it.</summary>
public sealed class EndingContainerTests : IAsyncLifetime
{
    private const string Ended = "Cannot update container 72fc: cannot update a stopped container: unknown";

    private readonly List<string> asked = [];
    private WebApplication app = null!;
    private DockerWorks works = null!;

    /// <summary>How often a change is refused, and how.</summary>
    private (int Times, string Words) refuses;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path == "/version")
            {
                await context.Response.WriteAsync(
                    """{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"""
                );
                return;
            }
            asked.Add($"{context.Request.Method} {context.Request.Path}");
            var isRefused = asked.Count <= refuses.Times;
            context.Response.StatusCode = isRefused ? 500 : 200;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                isRefused ? new JsonObject { ["message"] = refuses.Words }.ToJsonString() : """{"Warnings":null}"""
            );
        });
        await app.StartAsync();
        works = new DockerWorks(new Uri(app.Urls.First()), new RegistryCredentials(null));
    }

    public async ValueTask DisposeAsync()
    {
        works.Dispose();
        await app.DisposeAsync();
    }

    private Task ChangeAsync() =>
        works.UpdateAsync(
            "72fc",
            new JsonObject { ["RestartPolicy"] = new JsonObject { ["Name"] = "no" } },
            TestContext.Current.CancellationToken
        );

    [Fact]
    public async Task The_change_is_asked_for_again_until_the_engine_knows()
    {
        refuses = (3, Ended);
        await ChangeAsync();
        Assert.Equal(4, asked.Count);
        Assert.Single(asked.Distinct());
    }

    [Fact]
    public async Task An_engine_that_goes_on_refusing_it_is_told()
    {
        refuses = (int.MaxValue, Ended);
        var refused = await Assert.ThrowsAsync<EngineException>(ChangeAsync);
        Assert.Contains("stopped container", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_refusal_is_told_at_once()
    {
        refuses = (1, "Minimum memory limit allowed is 6MB");
        await Assert.ThrowsAsync<EngineException>(ChangeAsync);
        Assert.Single(asked);
    }
}
