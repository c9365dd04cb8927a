using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Tail;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LiveTailTests
{
    private static readonly TenantScope Tenant = new(["a"]);

    private static LiveTails Tails(MemoryLoki loki) =>
        new(
            loki.Stub.Client(),
            Options.Create(new LogsOptions { Url = loki.Stub.Url }),
            TimeProvider.System,
            NullLogger<LiveTails>.Instance
        );

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixNs();

    /// <summary>What a viewer got by the time that so many lines were counted.</summary>
    private static async Task<List<string>> ReadAsync(TailSubscription viewer, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        var lines = new List<string>();
        var received = 0;
        while (received < count)
        {
            var batch = await viewer.NextAsync(patience.Token);
            received += batch.Received;
            lines.AddRange(batch.Lines.Select(line => line.Text));
        }
        Assert.Equal(count, received);
        return lines;
    }

    private static async Task<TailState> StateAsync(TailSubscription viewer, Func<TailState, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        while (true)
        {
            var batch = await viewer.NextAsync(patience.Token);
            if (wanted(batch.State))
            {
                return batch.State;
            }
        }
    }

    [Fact]
    public async Task Many_viewers_share_one_tail_that_ends_with_the_last()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        var viewers = Enumerable.Range(0, 5).Select(_ => tails.Subscribe(Tenant, "{service=\"api\"}")).ToList();
        await StateAsync(viewers[0], state => state.IsOpen);
        loki.Log(true, (Now, "one"), (Now, "two"));
        foreach (var viewer in viewers)
        {
            Assert.Equal(["one", "two"], await ReadAsync(viewer, 2));
        }
        Assert.Equal(1, loki.TailsOpened);
        foreach (var viewer in viewers.Skip(1))
        {
            viewer.Dispose();
        }
        Assert.Equal(1, tails.Count);
        loki.Log(true, (Now, "three"));
        Assert.Equal(["three"], await ReadAsync(viewers[0], 1));
        viewers[0].Dispose();
        viewers[0].Dispose();
        Assert.Equal(0, tails.Count);
        await loki.ClosedAsync().AsTask().WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_whose_metadata_the_tail_leaves_out_and_the_store_shows_comes_once(bool categorizes)
    {
        await using var loki = await MemoryLoki.StartAsync(hasMetadata: true, categorizes);
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        loki.Log(true, Enumerable.Range(0, 18).Select(line => (moment + line, $"line {line}")));
        Assert.Equal(18, (await ReadAsync(viewer, 18)).Count);
        loki.CutTails();
        loki.Log(false, (Now, "missed"));
        Assert.Equal(["missed"], await ReadAsync(viewer, 1));
        loki.Log(true, (Now, "after"));
        Assert.Equal(["after"], await ReadAsync(viewer, 1));
    }

    [Fact]
    public async Task A_live_line_shows_what_a_search_shows_of_it()
    {
        await using var loki = await MemoryLoki.StartAsync(hasMetadata: true);
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        loki.Log(true, (moment, "line"));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        TailBatch batch;
        do
        {
            batch = await viewer.NextAsync(patience.Token);
        } while (batch.Lines.Count == 0);
        var found = await loki
            .Stub.Client()
            .QueryRangeAsync(Tenant, new LokiRangeQuery("{service=\"api\"}", moment, moment + 1));
        Assert.Equal(found.Streams.Single().Labels, new LokiLabels(batch.Lines.Single().Labels));
        Assert.Equal("abc", batch.Lines.Single().Labels["trace_id"]);
    }

    [Fact]
    public async Task What_was_logged_while_the_tail_was_cut_is_caught_up_with_once_each()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        loki.Log(true, Enumerable.Range(0, 40).Select(line => (moment, $"before {line}")));
        var got = await ReadAsync(viewer, 40);
        // Lines of the very moment that was seen last, and later ones, that no tail was told of; then the cut.
        loki.Log(false, Enumerable.Range(0, 25).Select(line => (moment, $"gap {line}")));
        loki.Log(false, Enumerable.Range(1, 6000).Select(line => (moment + line, $"later {line}")));
        loki.CutTails();
        await loki.OpenedAsync();
        await loki.OpenedAsync();
        var caught = await ReadAsync(viewer, 6025);
        // All 6,025 were counted; how many of them were shown depends on how often the viewer looked: one buffer at least, none twice.
        var shown = caught
            .Where(line =>
                line.StartsWith("later", StringComparison.Ordinal) || line.StartsWith("gap", StringComparison.Ordinal)
            )
            .ToList();
        Assert.InRange(shown.Count, 2000, 6025);
        Assert.Equal(shown.Count, shown.Distinct().Count());
        loki.Log(true, (Now, "after"));
        Assert.Equal(["after"], await ReadAsync(viewer, 1));
        Assert.Equal(40, got.Distinct().Count());
        Assert.Equal(2, loki.TailsOpened);
    }

    [Fact]
    public async Task Dropped_lines_are_read_from_the_store()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        loki.Log(true, (moment, "seen"));
        loki.Log(false, (moment, "dropped 1"), (moment + 100, "dropped 2"));
        loki.Drop(moment);
        Assert.Equal(["dropped 1", "dropped 2", "seen"], (await ReadAsync(viewer, 3)).Order());
    }

    [Fact]
    public async Task A_broken_tail_says_since_when_lines_are_missing()
    {
        var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, null);
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        loki.Log(true, (moment, "last"));
        await ReadAsync(viewer, 1);
        await loki.DisposeAsync();
        var state = await StateAsync(viewer, state => state.MissingSince is not null);
        Assert.False(state.IsOpen);
        Assert.Equal(LokiTime.FromUnixNs(moment), state.MissingSince);
        Assert.NotEmpty(state.Words!);
    }

    [Fact]
    public async Task Where_no_tail_is_free_the_store_is_looked_at_until_one_is()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Full = true;
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, null);
        var state = await StateAsync(viewer, state => state.Words is not null);
        Assert.Contains("max concurrent tail requests", state.Words);
        var moment = Now;
        loki.Log(false, Enumerable.Range(0, 30).Select(line => (moment + line, $"stored {line}")));
        Assert.Equal(30, (await ReadAsync(viewer, 30)).Distinct().Count());
        loki.Full = false;
        await StateAsync(viewer, state => state.IsOpen);
        loki.Log(true, (Now, "told"));
        Assert.Equal(["told"], await ReadAsync(viewer, 1));
    }

    [Fact]
    public async Task Under_a_flood_the_newest_are_kept_and_all_are_counted()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(Tenant, "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        var moment = Now;
        var flood = TailSubscription.Room * 3;
        loki.Log(true, Enumerable.Range(0, flood).Select(line => (moment + line, $"{line}")));
        loki.Log(true, (moment + flood, "end"));
        var lines = await ReadAsync(viewer, flood + 1);
        Assert.Equal("end", lines[^1]);
    }

    [Fact]
    public async Task Several_tenants_are_tailed_one_by_one_and_named()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        using var viewer = tails.Subscribe(new TenantScope(["a", "b"]), "{service=\"api\"}");
        await StateAsync(viewer, state => state.IsOpen);
        Assert.Equal(
            ["a", "b"],
            loki.Stub.Requests.Where(asked => asked.Path.EndsWith("/tail", StringComparison.Ordinal))
                .Select(asked => asked.OrgId!)
                .Order()
        );
    }

    [Fact]
    public async Task What_is_no_query_for_lines_opens_nothing()
    {
        await using var loki = await MemoryLoki.StartAsync();
        await using var tails = Tails(loki);
        Assert.Throws<QueryRefusedException>(() => tails.Subscribe(Tenant, "sum(count_over_time({a=\"b\"}[1m]))"));
        Assert.Throws<QueryRefusedException>(() => tails.Subscribe(Tenant, "{__tenant_id__=\"b\"}"));
        Assert.Equal(0, tails.Count);
        Assert.Empty(loki.Stub.Requests);
    }
}
