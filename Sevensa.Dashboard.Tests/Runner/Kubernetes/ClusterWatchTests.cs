using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Sandbox.Kubernetes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>A cluster's runner against an API server whose watches are cut, silent, too old, or of another past.</summary>
public sealed class ClusterWatchTests : IAsyncLifetime
{
    private const string Web = "Deployment/rentguy/web";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 28, 16, 46, 0, TimeSpan.Zero));
    private readonly KubernetesStandIn cluster;
    private readonly ClusterState state = new(new Dictionary<string, string> { ["rentguy"] = "rentguy" });
    private readonly HostBook book = new();
    private readonly CancellationTokenSource ending = new();
    private StandInServer server = null!;
    private KubeApi api = null!;
    private ClusterWatch watch = null!;
    private Task running = Task.CompletedTask;

    public ClusterWatchTests() =>
        cluster = new KubernetesStandIn(TimeProvider.System) { Anonymous = KubeRights.Runner };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        cluster.World.Fill(new Dictionary<string, string> { ["rentguy"] = "rentguy", ["witcom"] = "witcom" });
        cluster.Rights.Give(KubeRights.Runner, KubeRights.Least(["rentguy"]));
        cluster.World.Deploy("rentguy", "rentguy", "web", 2);
        cluster.World.Deploy("witcom", "witcom", "shop", 1);
        cluster.World.Settle();
        server = await StandInServer.StartAsync(new Dictionary<string, IStandIn> { ["cluster"] = cluster }, Stop);
        api = new KubeApi(new KubeAddress(new Uri(server.AddressOf("cluster"))), TimeProvider.System);
        watch = new ClusterWatch(
            api,
            ClusterSettings.Parse("http://cluster", null, null, null, "rentguy"),
            state,
            book,
            new HostNews(),
            new UsagePace(clock),
            TimeProvider.System,
            NullLogger.Instance
        );
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await running;
        await server.DisposeAsync();
        api.Dispose();
        ending.Dispose();
        cluster.Dispose();
    }

    [Fact]
    public async Task Begins_with_all_there_is_and_nothing_of_others()
    {
        await BeginAsync();

        Assert.Equal(2, state.Workload(Web)!.Ready);
        Assert.Single(state.Workload(Web)!.Digests);
        Assert.Equal(2, book.Containers.Count);
        Assert.All(
            book.Containers,
            pod => Assert.Equal(("web", "rentguy", "healthy"), (pod.Service, pod.Tenant, pod.Health))
        );
        Assert.Null(state.Workload("Deployment/witcom/shop"));
        Assert.Equal("v1.37.2", watch.Version);
        Assert.Contains(watch.Summary!.Missing, right => right.Right == "list cronjobs.batch");
    }

    [Fact]
    public async Task Tells_a_change_that_comes_by_the_watch()
    {
        await BeginAsync();

        cluster.World.Deploy("rentguy", "rentguy", "api", 1);

        await UntilAsync(() => state.Workload("Deployment/rentguy/api") is { Ready: 1 });
        await UntilAsync(() => book.Containers.Count == 3);
    }

    [Fact]
    public async Task Goes_on_after_its_watches_were_cut()
    {
        await BeginAsync();
        var lists = Deployments.Lists;

        cluster.CutWatches();
        cluster.World.Deploy("rentguy", "rentguy", "api", 1);

        await UntilAsync(() => state.Workload("Deployment/rentguy/api") is not null);
        Assert.Equal(lists, Deployments.Lists);
    }

    [Fact]
    public async Task Lists_anew_when_its_version_is_too_old()
    {
        await BeginAsync();
        var lists = Deployments.Lists;

        cluster.Away = true;
        cluster.CutWatches();
        cluster.Store.Remove("deployments.apps", "rentguy", "web");
        cluster.Store.Compact();
        cluster.World.Deploy("rentguy", "rentguy", "api", 1);
        cluster.Store.Compact();
        cluster.Away = false;

        await UntilAsync(() => state.Workload("Deployment/rentguy/api") is not null && state.Workload(Web) is null);
        Assert.True(Deployments.Lists > lists);
    }

    [Fact]
    public async Task A_server_that_says_it_has_no_share_left_is_waited_for()
    {
        cluster.Throttled = 2;

        await BeginAsync();

        Assert.Equal(2, state.Workload(Web)!.Wanted);
    }

    [Fact]
    public async Task A_server_that_is_away_is_trouble_in_words_and_its_last_picture_stays()
    {
        await BeginAsync();

        cluster.Away = true;
        cluster.CutWatches();

        await UntilAsync(() => watch.Version.Length == 0);
        Assert.NotNull(watch.Summary!.Trouble);
        Assert.NotNull(state.Workload(Web));

        cluster.Away = false;
        await UntilAsync(() => watch.Version.Length > 0);
    }

    [Fact]
    public async Task Taken_for_nobody_it_says_so_and_keeps_its_last_picture()
    {
        await BeginAsync();

        cluster.Anonymous = KubeRights.Anonymous;
        cluster.CutWatches();

        await UntilAsync(() => watch.Version.Length == 0);
        // The connection that was cut may be told first.
        await UntilAsync(() =>
            watch.Summary!.Trouble?.Contains("came without a token", StringComparison.Ordinal) == true
        );
        Assert.False(Deployments.IsForbidden);
        Assert.NotNull(state.Workload(Web));
        Assert.Equal(2, book.Containers.Count);

        cluster.Anonymous = KubeRights.Runner;
        await UntilAsync(() => watch.Version.Length > 0);
    }

    [Fact]
    public async Task A_token_that_is_not_taken_is_said_and_costs_nothing_of_what_is_known()
    {
        await BeginAsync();
        using var own = new KubeApi(
            new KubeAddress(new Uri(server.AddressOf("cluster")), Token: "of-yesterday"),
            TimeProvider.System
        );
        var one = new KindWatch(own, WatchedKind.OfNamespaces[0], "rentguy", state, TimeProvider.System, _ => { });
        using var stop = new CancellationTokenSource();
        var work = one.RunAsync(stop.Token);

        await UntilAsync(() => one.HasLooked);

        Assert.StartsWith("Unauthorized.", one.Trouble, StringComparison.Ordinal);
        Assert.Contains("Give the runner a new one", one.Trouble, StringComparison.Ordinal);
        Assert.DoesNotContain("of-yesterday", one.Trouble, StringComparison.Ordinal);
        Assert.False(one.IsForbidden);
        Assert.NotNull(state.Workload(Web));
        await stop.CancelAsync();
        await work;
    }

    [Fact]
    public async Task A_namespace_whose_label_names_another_tenant_is_not_told()
    {
        var space = cluster.Store.Find("namespaces", "", "rentguy")!;
        space["metadata"]!["labels"]!["sevensa.tenant"] = "witcom";
        cluster.Store.Put("namespaces", space);

        await BeginAsync();

        Assert.Null(state.Workload(Web));
        Assert.Contains("says witcom", watch.Summary!.Namespaces[0].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_of_a_lost_node_is_told_as_unhealthy()
    {
        await BeginAsync();

        cluster.World.NodeIsLost = true;

        await UntilAsync(() => book.Containers.Count == 2 && book.Containers.All(pod => pod.Health == "unhealthy"));
        Assert.All(state.Pods, pod => Assert.Equal(PodReasons.NodeLost, pod.Reason));
    }

    [Fact]
    public async Task Pages_are_gone_on_with_after_they_expired()
    {
        var names = new List<string>();
        for (var more = 0; more < 5; more++)
        {
            cluster.World.Deploy("rentguy", "rentguy", $"more-{more}", 0);
        }
        cluster.World.Settle();

        await foreach (var page in api.ListAsync("apis/apps/v1/namespaces/rentguy/deployments", 2, Stop))
        {
            names.AddRange(page.Items("items").Select(one => one.Text("metadata", "name")));
            cluster.World.Deploy("rentguy", "rentguy", "web", 2, $"1.0.{names.Count}");
            cluster.Store.Compact();
        }

        Assert.Equal(["more-0", "more-1", "more-2", "more-3", "more-4", "web"], names);
    }

    [Fact]
    public async Task A_server_that_was_put_back_is_seen_as_it_is_now()
    {
        var time = new FakeTimeProvider(clock.GetUtcNow());
        var back = cluster.Store.Copy();
        cluster.World.Deploy("rentguy", "rentguy", "api", 1);
        cluster.World.Settle();
        using var own = new KubeApi(new KubeAddress(new Uri(server.AddressOf("cluster"))), time);
        var one = new KindWatch(own, WatchedKind.OfNamespaces[0], "rentguy", state, time, _ => { });
        using var stop = new CancellationTokenSource();
        var work = one.RunAsync(stop.Token);
        await UntilAsync(() => state.Workload("Deployment/rentguy/api") is not null);

        back();
        // A watch from what is now the future tells nothing: only the silence shows it.
        cluster.CutWatches();
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return state.Workload("Deployment/rentguy/api") is null;
        });

        Assert.NotNull(state.Workload(Web));
        Assert.Equal(1, one.Restored);
        await stop.CancelAsync();
        await work;
    }

    private KindWatch Deployments => watch.Watches.Single(one => one.Kind.Kind == WorkloadKinds.Deployment);

    private async Task BeginAsync()
    {
        running = watch.RunAsync(ending.Token);
        await watch.Looked.WaitAsync(TimeSpan.FromSeconds(60), Stop);
        await UntilAsync(() => watch.Watches.Count > 0 && watch.Watches.All(one => one.HasLooked));
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
