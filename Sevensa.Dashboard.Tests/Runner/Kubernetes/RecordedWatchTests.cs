using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>The recorded watches of a real control plane, told line by line.</summary>
public sealed class RecordedWatchTests : IAsyncLifetime
{
    private const string Path = "apis/apps/v1/deployments";

    private readonly WebApplication app;
    private string[] lines = [];
    private int lists;
    private string? list;
    private KubeApi api = null!;

    public RecordedWatchTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.StartAsync(Stop);
        api = new KubeApi(new KubeAddress(new Uri(app.Urls.First())), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData("watch-list-stream", 9)]
    [InlineData("watch-list-stream-no-bookmarks", 9)]
    [InlineData("watch-from-list", 2)]
    // A label that goes is told as DELETED, and comes back: what it was told of is there.
    [InlineData("watch-by-label", 1)]
    [InlineData("watch-no-version", 2)]
    [InlineData("watch-old-remembered", 1)]
    public async Task Every_line_is_taken_and_bookmarks_are_no_workloads(string file, int workloads)
    {
        Tell(file);
        var state = State();
        using var ending = new CancellationTokenSource();
        var watch = new KindWatch(api, WatchedKind.OfNamespaces[0], null, state, TimeProvider.System, _ => { });

        var work = watch.RunAsync(ending.Token);
        await UntilAsync(() => state.Keys(WorkloadKinds.Deployment, null).Count == workloads);

        Assert.Equal(1, watch.Lists);
        Assert.Null(watch.Trouble);
        await ending.CancelAsync();
        await work;
    }

    [Fact]
    public async Task A_line_that_says_too_old_asks_for_a_new_list()
    {
        Tell("watch-too-old");
        var state = State();
        using var ending = new CancellationTokenSource();
        var watch = new KindWatch(api, WatchedKind.OfNamespaces[0], null, state, TimeProvider.System, _ => { });

        var work = watch.RunAsync(ending.Token);
        await UntilAsync(() => Volatile.Read(ref lists) > 1);

        Assert.Null(watch.Trouble);
        await ending.CancelAsync();
        await work;
    }

    [Theory]
    [InlineData("{}", "it is no list")]
    [InlineData("null", "it is no list")]
    [InlineData("[]", "it is no list")]
    [InlineData("""{"ok":true}""", "it is no list")]
    [InlineData("""{"kind":"Deployment","metadata":{"name":"web"}}""", "it is no list")]
    [InlineData("""{"kind":"DeploymentList","items":{}}""", "it is no list")]
    [InlineData("<html>Sign in</html>", "it is no JSON, or was cut")]
    [InlineData("", "it is no JSON, or was cut")]
    [InlineData("""{"kind":"DeploymentList","items":[""", "it is no JSON, or was cut")]
    public async Task An_answer_that_is_no_list_empties_nothing_and_is_told(string body, string why)
    {
        list = body;
        var state = State();
        using var known = JsonDocument.Parse(
            """{"metadata":{"name":"web","namespace":"rentguy","uid":"1"},"spec":{"replicas":1}}"""
        );
        state.Put(WorkloadKinds.Deployment, known.RootElement);
        using var ending = new CancellationTokenSource();
        var told = new TaskCompletionSource<string?>();
        var watch = new KindWatch(
            api,
            WatchedKind.OfNamespaces[0],
            null,
            state,
            TimeProvider.System,
            now => told.TrySetResult(now.Trouble)
        );

        var work = watch.RunAsync(ending.Token);
        var trouble = await told.Task.WaitAsync(TimeSpan.FromSeconds(60), Stop);

        Assert.Equal(
            $"The answer is not what an API server sends: {why}. See what else answers at the address of the cluster.",
            trouble
        );
        Assert.Single(state.Keys(WorkloadKinds.Deployment, null));
        Assert.Equal(0, watch.Lists);
        await ending.CancelAsync();
        await work;
    }

    [Fact]
    public async Task A_list_of_no_items_is_one_however_it_says_so()
    {
        list = """{"kind":"DeploymentList","metadata":{"resourceVersion":"7"},"items":null}""";
        var pages = new List<JsonElement>();

        await foreach (var page in api.ListAsync(Path, KindWatch.PageSize, Stop))
        {
            pages.Add(page);
        }

        Assert.Empty(Assert.Single(pages).Items("items"));
    }

    [Fact]
    public async Task A_watch_from_the_future_is_given_up_for_its_silence()
    {
        Tell("watch-future");
        var clock = new FakeTimeProvider();
        using var own = new KubeApi(new KubeAddress(new Uri(app.Urls.First())), clock);
        var opened = new TaskCompletionSource();

        var reading = AllAsync(own, opened.SetResult);
        await opened.Task.WaitAsync(TimeSpan.FromSeconds(60), Stop);
        clock.Advance(KindWatch.Silence);

        var silent = await Assert.ThrowsAsync<KubeException>(() => reading);
        Assert.Equal(KubeApi.Silent, silent.Reason);
    }

    [Fact]
    public async Task Lines_of_another_form_are_told_as_they_are()
    {
        Tell("watch-table");

        Assert.All(await AllAsync(api, () => { }, lines.Length), one => Assert.Equal("ADDED", one));
    }

    private static async Task<List<string>> AllAsync(KubeApi from, Action opened, int most = int.MaxValue)
    {
        var told = new List<string>();
        await foreach (var (type, _) in from.WatchAsync(Path, "1", 290, KindWatch.Silence, opened, Stop))
        {
            told.Add(type);
            if (told.Count == most)
            {
                break;
            }
        }
        return told;
    }

    private static ClusterState State() =>
        new(new[] { "rentguy", "rentguy-test", "sevensa", "witcom" }.ToDictionary(name => name));

    private void Tell(string file) =>
        lines = File.ReadAllLines(System.IO.Path.Combine(Recorded.Folder(), "kubernetes", $"{file}.jsonl"));

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        if (!context.Request.Query.ContainsKey("watch"))
        {
            var number = Interlocked.Increment(ref lists);
            if (list is not null)
            {
                await context.Response.WriteAsync(list, context.RequestAborted);
                return;
            }
            await context.Response.WriteAsync(
                $$"""{"kind":"DeploymentList","metadata":{"resourceVersion":"{{number.ToString(
                    CultureInfo.InvariantCulture
                )}}"},"items":[]}""",
                context.RequestAborted
            );
            return;
        }
        await context.Response.StartAsync(context.RequestAborted);
        foreach (var line in lines)
        {
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
        }
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone.
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
