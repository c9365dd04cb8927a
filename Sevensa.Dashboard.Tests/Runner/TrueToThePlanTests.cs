using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What the runner does where a plan can't know all, and what it calls an undo.</summary>
public sealed class TrueToThePlanTests
{
    private static ContainerSettings Plain { get; } = new(false, "default", "", "private", [], [], [], 0, 0, 0, []);

    [Fact]
    public async Task A_plan_that_leaves_out_who_lives_in_the_network_is_refused()
    {
        await using var desk = new Desk();
        var vpn = desk.Engine.Add("vpn", facts => facts with { Settings = Plain });
        var child = desk.Engine.Add(
            "child",
            facts => facts with { Settings = Plain with { NetworkMode = $"container:{vpn.Id}" } }
        );

        var refused = await desk.DeliverAsync(Samples.Restart("p1", vpn));
        Assert.Equal((false, "neededByOthers"), (refused.Accepted, refused.RefusalCode));
        Assert.Contains("child shares the network of vpn", refused.Refusal, StringComparison.Ordinal);
        Assert.Empty(desk.Engine.Calls);

        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(Samples.Restart("p2", vpn, child))).State);
        Assert.Equal([$"restart {vpn.Id} 7", $"restart {child.Id} 7"], desk.Engine.Calls);
    }

    [Theory]
    [InlineData(VerificationKinds.Gone, ProposalState.Succeeded)]
    [InlineData(VerificationKinds.Stopped, ProposalState.Failed)]
    public async Task One_that_removes_itself_is_well_when_it_is_gone_if_the_plan_says_so(
        string verification,
        ProposalState state
    )
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.OnDone = _ =>
        {
            desk.Engine.Containers.TryRemove(container.Id, out var _);
            return Task.CompletedTask;
        };
        var plan = Samples.Stop("p1", container) with
        {
            Verification = new PlanVerification(verification, 0, "stopped, and gone"),
            Undo = PlanUndo.None("It is gone."),
        };

        var outcome = await desk.RunAsync(plan);

        Assert.Equal(state, outcome.State);
        Assert.Equal(state == ProposalState.Failed ? "none" : null, outcome.Undo);
    }

    private static ActionPlan Limits(ContainerFacts container, double cpus) =>
        Samples.Plan(
            "p1",
            StepVerbs.ContainerResources,
            [
                new PlanStep(
                    1,
                    StepVerbs.ContainerResources,
                    container.Id,
                    "Set the limits",
                    StepJson.Of(new ResourcesArguments(Cpus: cpus))
                ),
            ],
            new PlanVerification(VerificationKinds.None, 0, "Docker's answer"),
            new PlanUndo(UndoKinds.Reverse, "The former limits are set again."),
            container
        );

    [Theory]
    [InlineData(50_000, 100_000, 100_000)]
    [InlineData(50_000, 0, 100_000)]
    [InlineData(0, 50_000, 50_000)]
    public async Task A_quota_is_changed_as_a_quota(long quota, long period, long set)
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("cpu");
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Config"] = new JsonObject(),
                ["HostConfig"] = new JsonObject
                {
                    ["CpuQuota"] = quota,
                    ["CpuPeriod"] = period,
                    ["NanoCpus"] = 0L,
                },
            }
        );

        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(Limits(container, 1))).State);

        var host = desk.Works.BodyOf(container.Id)["HostConfig"]!;
        Assert.Equal((set, 0L), (host["CpuQuota"]!.GetValue<long>(), host["NanoCpus"]!.GetValue<long>()));
    }

    [Fact]
    public async Task Where_docker_refused_there_was_nothing_to_undo_and_no_undo_failed()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("cpu");
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Config"] = new JsonObject(),
                ["HostConfig"] = new JsonObject { ["NanoCpus"] = 0L },
            }
        );
        desk.Engine.OnCall = _ => throw FakeEngine.Refusal("Conflicting options");

        var outcome = await desk.RunAsync(Limits(container, 1));

        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains("Conflicting options", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("nothing to undo", outcome.Text, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, Exception> Troubles = new()
    {
        ["told"] = new EngineException(null, "Docker at tcp://127.0.0.1:1 can't be asked: Connection refused."),
        ["http"] = new HttpRequestException("Connection refused"),
        ["socket"] = new System.Net.Sockets.SocketException(111),
        ["late"] = new TimeoutException(),
        ["cancelled by itself"] = new TaskCanceledException(),
        ["unforeseen"] = new InvalidOperationException("what nobody thought of"),
    };

    [Theory]
    [InlineData("told")]
    [InlineData("http")]
    [InlineData("socket")]
    [InlineData("late")]
    [InlineData("cancelled by itself")]
    [InlineData("unforeseen")]
    public async Task Whatever_an_engine_is_away_by_the_watch_looks_again(string which)
    {
        var trouble = Troubles[which];
        var time = new FakeTimeProvider();
        using var fake = new FakeEngine(time);
        fake.Add("rentguy-api-1");
        using var engine = new Moody(fake) { Trouble = trouble };
        var book = new HostBook();
        var watch = new HostWatch(
            engine,
            book,
            new HostNews(),
            new ContainerSignals(),
            new UsagePace(time),
            time,
            NullLogger.Instance
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = watch.RunAsync(ending.Token);
        await watch.Looked.WaitAsync(ending.Token);
        Assert.Null(watch.Engine);
        engine.Trouble = null;
        while (watch.Engine is null || book.Containers.Count == 0)
        {
            Assert.False(running.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await ending.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("reading")]
    [InlineData("inventory")]
    public async Task A_call_that_docker_never_answers_neither_ends_the_watch_nor_hangs_it(string which)
    {
        var time = new FakeTimeProvider();
        using var fake = new FakeEngine(time);
        var api = fake.Add("rentguy-api-1");
        using var engine = new Moody(fake);
        var (book, news) = (new HostBook(), new HostNews());
        var feed = news.Open();
        var watch = new HostWatch(
            engine,
            book,
            news,
            new ContainerSignals(),
            new UsagePace(time) { Always = true },
            time,
            NullLogger.Instance
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ending.CancelAfter(Patience.Usual);
        engine.Stuck = which == "inventory" ? which : null;
        var running = watch.RunAsync(ending.Token);
        if (which != "inventory")
        {
            await watch.Looked.WaitAsync(ending.Token);
            engine.Stuck = which;
            fake.Tell(api with { Health = "unhealthy" }, "health_status");
        }
        while (engine.StuckCalls == 0)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, ending.Token);
        }
        engine.Stuck = null;
        // The call before never comes back; what happens next is told all the same.
        var (seen, used) = (false, false);
        while (!seen || !used)
        {
            Assert.False(running.IsCompleted);
            if (!seen)
            {
                fake.Tell(api with { Health = "healthy" }, "health_status");
            }
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, ending.Token);
            while (feed.TryRead(out var told))
            {
                seen |= (told.Changed ?? told.Inventory ?? []).Any(one => one.Health == "healthy");
                used |= told.Usage is { Count: > 0 };
            }
        }
        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Told_to_end_before_docker_has_answered_the_watch_ends()
    {
        var time = new FakeTimeProvider();
        using var fake = new FakeEngine(time);
        using var engine = new Moody(fake) { Hangs = true };
        var watch = new HostWatch(
            engine,
            new HostBook(),
            new HostNews(),
            new ContainerSignals(),
            new UsagePace(time),
            time,
            NullLogger.Instance
        );
        using var ending = new CancellationTokenSource();
        var running = watch.RunAsync(ending.Token);
        await ending.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:1", "Runner:Docker")]
    [InlineData("unix:///nowhere/docker.sock", "systemctl status docker")]
    public async Task An_engine_that_is_not_there_is_told_in_words_with_what_to_do(string endpoint, string what)
    {
        using var engine = new DockerEngine(
            new Uri(endpoint),
            new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null))
        );
        var away = await Assert.ThrowsAsync<EngineException>(() => engine.InfoAsync(CancellationToken.None));
        Assert.Null(away.Status);
        Assert.Contains(what, away.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", away.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", away.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EngineException>(() => engine.ContainersAsync(CancellationToken.None));
        await Assert.ThrowsAsync<EngineException>(() => engine.InspectAsync("x", CancellationToken.None));
        await Assert.ThrowsAsync<EngineException>(() => engine.StopAsync("x", 1, CancellationToken.None));
        await Assert.ThrowsAsync<EngineException>(() => engine.ReadAsync("x", CancellationToken.None));
        await Assert.ThrowsAsync<EngineException>(() => engine.LogsAsync("x", 1, 0, CancellationToken.None));
        await Assert.ThrowsAsync<EngineException>(async () =>
            await engine.EventsAsync(0, CancellationToken.None).AnyAsync()
        );
    }

    /// <summary>An engine that fails, or says nothing, as long as it is told to.</summary>
    private sealed class Moody(IDockerEngine inner) : IDockerEngine
    {
        public volatile Exception? Trouble;

        /// <summary>The question that is never answered, not even when it is taken back: inventory, inspect or reading.</summary>
        public volatile string? Stuck;
        public volatile int StuckCalls;

        public bool Hangs { get; init; }

        private Task<T> Answer<T>(string which, Func<Task<T>> answer)
        {
            if (Stuck != which)
            {
                return answer();
            }
            StuckCalls++;
            return new TaskCompletionSource<T>().Task;
        }

        public async Task<EngineInfo> InfoAsync(CancellationToken cancellation)
        {
            if (Hangs)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            return Trouble is { } trouble ? throw trouble : await inner.InfoAsync(cancellation);
        }

        public Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation) =>
            Answer("inventory", () => inner.ContainersAsync(cancellation));

        public Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation) =>
            Answer("inspect", () => inner.InspectAsync(containerId, cancellation));

        public Task<bool> StartAsync(string containerId, CancellationToken cancellation) =>
            inner.StartAsync(containerId, cancellation);

        public Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
            inner.StopAsync(containerId, graceSeconds, cancellation);

        public Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
            inner.RestartAsync(containerId, graceSeconds, cancellation);

        public Task SignalAsync(string containerId, string signal, CancellationToken cancellation) =>
            inner.SignalAsync(containerId, signal, cancellation);

        public IAsyncEnumerable<EngineEvent> EventsAsync(long sinceUnixMs, CancellationToken cancellation) =>
            inner.EventsAsync(sinceUnixMs, cancellation);

        public Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation) =>
            Answer("reading", () => inner.ReadAsync(containerId, cancellation));

        public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
            string containerId,
            int tail,
            long sinceUnixMs,
            CancellationToken cancellation
        ) => inner.LogsAsync(containerId, tail, sinceUnixMs, cancellation);

        public IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
            string containerId,
            int tail,
            long sinceUnixNs,
            bool follow,
            CancellationToken cancellation
        ) => inner.FollowLogsAsync(containerId, tail, sinceUnixNs, follow, cancellation);

        public void Dispose() { }
    }
}
