using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>An engine that takes every question and never answers, as one does whose daemon has hung.</summary>
public sealed class HungEngineTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly SemaphoreSlim asked = new(0);
    private WebApplication app = null!;
    private Uri address = null!;

    /// <summary>What is answered before it hangs: the first part of a body, or null for nothing at all.</summary>
    private string? begins;

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
            if (begins is not null)
            {
                await context.Response.WriteAsync(begins);
                await context.Response.Body.FlushAsync();
            }
            asked.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await app.StartAsync();
        address = new Uri(app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        asked.Dispose();
    }

    private DockerWorks Works() => new(address, new RegistryCredentials(null), time);

    public static TheoryData<string> Changes => ["create", "rename", "remove", "update", "connect", "tag", "volume"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_that_is_never_answered_is_given_up(string which)
    {
        using var works = Works();
        var cancellation = TestContext.Current.CancellationToken;
        await GivenUpAsync(
            which switch
            {
                "create" => works.CreateAsync("x", [], cancellation),
                "rename" => works.RenameAsync("x", "y", cancellation),
                "remove" => works.RemoveAsync("x", false, cancellation),
                "update" => works.UpdateAsync("x", [], cancellation),
                "connect" => works.ConnectAsync("n", "x", new JsonObject(), cancellation),
                "tag" => works.TagAsync("x", "y", "z", cancellation),
                _ => works.CreateVolumeAsync("x", new Dictionary<string, string>(), cancellation),
            },
            EnginePatience.Change
        );
    }

    [Theory]
    [InlineData("start", 0)]
    [InlineData("stop", 30)]
    [InlineData("restart", 600)]
    public async Task A_lifecycle_call_is_given_up_after_the_containers_own_grace(string which, int grace)
    {
        using var engine = new DockerEngine(address, Facts(), time);
        var cancellation = TestContext.Current.CancellationToken;
        await GivenUpAsync(
            which switch
            {
                "start" => engine.StartAsync("x", cancellation),
                "stop" => engine.StopAsync("x", grace, cancellation),
                _ => engine.RestartAsync("x", grace, cancellation),
            },
            EnginePatience.Stop(grace)
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{\"Id\":")]
    public async Task A_question_is_given_up_whether_or_not_an_answer_began(string? first)
    {
        begins = first;
        using var works = Works();
        await GivenUpAsync(works.DescribeAsync("x", TestContext.Current.CancellationToken), EnginePatience.Question);
    }

    [Fact]
    public async Task A_pull_that_falls_silent_is_given_up()
    {
        begins = "{\"status\":\"Downloading\",\"id\":\"a\"}\n";
        using var works = Works();
        await GivenUpAsync(
            works.PullAsync("x:1", _ => { }, TestContext.Current.CancellationToken),
            EnginePatience.Silence
        );
    }

    [Fact]
    public async Task Files_that_stop_coming_are_given_up_as_the_engines_silence()
    {
        begins = "part of a tar";
        using var works = Works();
        await GivenUpAsync(
            works.ReadFilesAsync(
                "x",
                "/v",
                files => files.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken
            ),
            EnginePatience.Silence
        );
    }

    [Fact]
    public async Task Files_that_are_not_taken_are_given_up()
    {
        using var works = Works();
        await GivenUpAsync(
            works.WriteFilesAsync("x", "/", new MemoryStream(new byte[100]), TestContext.Current.CancellationToken),
            EnginePatience.Silence
        );
    }

    private static FactsReader Facts() =>
        new(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null));

    private async Task GivenUpAsync(Task asking, TimeSpan patience)
    {
        await asked.WaitAsync(TestContext.Current.CancellationToken);
        // Nobody gives up early.
        time.Advance(patience - TimeSpan.FromSeconds(1));
        Assert.False(asking.IsCompleted);
        while (!asking.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(asking, Task.Delay(10, TestContext.Current.CancellationToken));
        }
        var silent = await Assert.ThrowsAsync<EngineException>(() => asking);
        Assert.Null(silent.Status);
        Assert.Contains("gave no answer in time", silent.Message, StringComparison.Ordinal);
    }
}
