using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LogPagingTests
{
    private static readonly TenantScope Tenant = new(["a"]);

    // 7 lines at each of 30 moments, so that pages of 10 always end inside one.
    private static IEnumerable<(long, string)> Crowd() =>
        from moment in Enumerable.Range(1, 30)
        from line in Enumerable.Range(0, 7)
        select ((long)moment, $"{moment}.{line}");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_meet_without_doubles_or_losses_where_lines_share_a_moment(bool forward)
    {
        var direction = forward ? LokiDirection.Forward : LokiDirection.Backward;
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Crowd());
        var pager = new LogPager(loki.Stub.Client(), Tenant, null, 1, 31, direction);
        var pages = await pager.AllAsync(10).ToListAsync(TestContext.Current.CancellationToken);
        var lines = pages.SelectMany(page => page.Lines).Select(line => line.Text).ToList();
        Assert.Equal(210, lines.Count);
        Assert.Equal(210, lines.Distinct().Count());
        var times = pages.SelectMany(page => page.Lines).Select(line => line.TimeUnixNs).ToList();
        Assert.Equal(forward ? times.Order() : times.OrderDescending(), times);
        Assert.All(pages, page => Assert.Null(page.Crowded));
    }

    [Fact]
    public async Task A_moment_with_more_lines_than_a_page_is_paged_through()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Enumerable.Range(0, 95).Select(line => (5L, $"same {line}")));
        loki.Log(false, (4, "before"), (6, "after"));
        var pager = new LogPager(loki.Stub.Client(), Tenant, null, 1, 10, LokiDirection.Backward);
        var pages = await pager.AllAsync(10).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(97, pages.SelectMany(page => page.Lines).Select(line => line.Text).Distinct().Count());
        Assert.Equal(97, pages.Sum(page => page.Lines.Count));
    }

    [Fact]
    public async Task A_moment_with_more_lines_than_Loki_gives_is_named_and_left_behind()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Enumerable.Range(0, LogPager.Most + 1).Select(line => (5L, $"same {line}")));
        loki.Log(false, (4, "before"));
        var pager = new LogPager(loki.Stub.Client(), Tenant, null, 1, 10, LokiDirection.Backward);
        var pages = await pager.AllAsync(LogPager.Most).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, Assert.Single(pages, page => page.Crowded is not null).Crowded);
        Assert.Equal("before", pages.SelectMany(page => page.Lines).Last().Text);
    }

    [Fact]
    public async Task A_window_grows_both_ways_and_lets_go_of_its_far_end()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Crowd());
        var window = new LogWindow(loki.Stub.Client(), Tenant, "{a=\"b\"}", 1, () => 40, most: 50);
        for (var turn = 0; window.HasOlder && turn < 100; turn++)
        {
            await window.OlderAsync(TestContext.Current.CancellationToken, 10);
        }
        Assert.Equal(50, window.Rows.Count);
        Assert.True(window.HasNewer);
        Assert.Equal(1, window.Lines[^1].TimeUnixNs);
        var seen = window.Lines.Select(line => line.Text).ToHashSet();
        for (var turn = 0; window.HasNewer && turn < 100; turn++)
        {
            await window.NewerAsync(TestContext.Current.CancellationToken, 10);
            seen.UnionWith(window.Lines.Select(line => line.Text));
            Assert.Equal(window.Rows.Count, window.Rows.Select(row => row.Id).Distinct().Count());
            Assert.Equal(window.Lines.OrderByDescending(line => line.TimeUnixNs), window.Lines);
        }
        Assert.Equal(210, seen.Count);
        loki.Log(false, (30, "late"));
        Assert.Equal(1, await window.NewerAsync(TestContext.Current.CancellationToken));
        Assert.Equal("late", window.Lines[0].Text);
    }

    [Fact]
    public async Task A_window_is_bounded_by_the_size_of_its_lines_too_and_pages_on_from_there()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Enumerable.Range(1, 40).Select(line => ((long)line, new string((char)('a' + line % 26), 100))));
        var window = new LogWindow(loki.Stub.Client(), Tenant, "{a=\"b\"}", 1, () => 41, mostCharacters: 1000);
        // Of the first page the newest are kept.
        await window.OlderAsync(TestContext.Current.CancellationToken, 20);
        Assert.Equal(
            Enumerable.Range(31, 10).Reverse().Select(at => (long)at),
            window.Lines.Select(line => line.TimeUnixNs)
        );
        Assert.True(window.HasOlder);
        // Further on, those that were asked for: five new ones, and the edge again.
        await window.OlderAsync(TestContext.Current.CancellationToken, 6);
        Assert.Equal(
            Enumerable.Range(26, 10).Reverse().Select(at => (long)at),
            window.Lines.Select(line => line.TimeUnixNs)
        );
        Assert.True(window.HasNewer);
        await window.NewerAsync(TestContext.Current.CancellationToken, 6);
        Assert.Equal(
            Enumerable.Range(31, 10).Reverse().Select(at => (long)at),
            window.Lines.Select(line => line.TimeUnixNs)
        );
    }

    [Fact]
    public async Task A_line_is_shown_among_its_neighbours()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, Crowd());
        var client = loki.Stub.Client();
        var page = await new LogPager(client, Tenant, null, 10, 11, LokiDirection.Forward).NextAsync(
            100,
            TestContext.Current.CancellationToken
        );
        var line = page.Lines[3];
        var row = line.Row();
        Assert.Equal(10, LogRows.TimeOf(row.Id));
        Assert.NotEqual(row.Id, page.Lines[4].Row().Id);
    }

    [Fact]
    public void A_form_and_its_query_mean_the_same()
    {
        var form = new LogQuestion(
            "rentguy-api",
            "critical,error",
            "time\"out",
            "status",
            "500",
            Dashboard.Platform.Query.LogQl.LogFieldParser.Json
        );
        Assert.Null(form.Wrong);
        Assert.Equal(form, LogQuestion.TryRead(form.LogQl));
        Assert.Null(LogQuestion.TryRead("{service=~\"a|b\"}"));
        Assert.Null(LogQuestion.TryRead("sum(count_over_time({a=\"b\"}[1m]))"));
        Assert.NotNull((form with { Field = "no name" }).Wrong);
    }
}
