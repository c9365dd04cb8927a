using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

public class EngineVersionsTests
{
    [Theory]
    [InlineData("1.41", "1.12", "1.41")]
    [InlineData("1.47", "1.24", "1.47")]
    [InlineData("1.52", "1.44", "1.52")]
    [InlineData("1.60", "1.44", "1.52")]
    [InlineData("1.43", null, "1.43")]
    public void The_newest_that_both_know_is_spoken(string newest, string? oldest, string agreed) =>
        Assert.Equal(System.Version.Parse(agreed), EngineVersions.Agree("27.0", newest, oldest));

    [Theory]
    [InlineData("1.40", "1.12", "Upgrade Docker")]
    [InlineData("1.70", "1.60", "Upgrade the runner")]
    [InlineData("newest", "1.12", "no version")]
    public void Without_one_it_is_said_which_side_to_upgrade(string newest, string oldest, string words) =>
        Assert.Contains(
            words,
            Assert.Throws<EngineException>(() => EngineVersions.Agree("27.0", newest, oldest)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("")]
    [InlineData("{\"ID\":\"x\",\"NCPU\":")]
    public async Task An_answer_that_breaks_off_is_said_to_be_one(string cut)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(
                context.Request.Path.Value!.EndsWith("/version", StringComparison.Ordinal)
                    ? """{"Version":"29.0","ApiVersion":"1.44","MinAPIVersion":"1.44"}"""
                    : cut
            );
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var engine = new DockerEngine(
            new Uri(app.Urls.First()),
            new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null))
        );
        var failed = await Assert.ThrowsAsync<EngineException>(() => engine.InfoAsync(CancellationToken.None));
        Assert.Contains("can't be read", failed.Message);
    }

    [Fact]
    public async Task An_engine_is_asked_in_its_own_version_and_again_after_its_upgrade()
    {
        var asked = new ConcurrentQueue<string>();
        var newest = "1.44";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var path = context.Request.Path.Value!;
            asked.Enqueue(path);
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(
                Encoding.UTF8.GetBytes(
                    path.EndsWith("/version", StringComparison.Ordinal)
                        ? $$"""{"Version":"29.0","ApiVersion":"{{newest}}","MinAPIVersion":"1.44"}"""
                        : """{"ID":"x","NCPU":2,"MemTotal":1}"""
                )
            );
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var engine = new DockerEngine(
            new Uri(app.Urls.First()),
            new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null))
        );
        Assert.Equal("1.44", (await engine.InfoAsync(CancellationToken.None)).ApiVersion);
        newest = "1.47";
        Assert.Equal("1.47", (await engine.InfoAsync(CancellationToken.None)).ApiVersion);
        Assert.Equal(
            ["/version", "/v1.44/info", "/version", "/v1.47/info"],
            asked.Where(path => !path.EndsWith("/networks/bridge", StringComparison.Ordinal))
        );
    }
}
