using System.Net.WebSockets;
using System.Text.Json;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Tail;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class FrameTailsTests
{
    private const string Query = "{service=\"api\"}";
    private static readonly TenantScope Tenant = new(["a"]);

    private static FrameTails Tails(MemoryLoki loki) => new(loki.Stub.Client(), TimeProvider.System);

    private static Task<FrameFollower> FollowAsync(FrameTails tails, string query = Query, int? limit = null) =>
        tails.FollowAsync(Tenant, new TailRequest(query, null, limit, null), TestContext.Current.CancellationToken);

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixNs();

    /// <summary>Its lines until there are so many, and how many were named as left out.</summary>
    private static async Task<(List<string> Lines, int Dropped)> ReadAsync(FrameFollower follower, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Usual);
        var lines = new List<string>();
        var dropped = 0;
        await foreach (var frame in follower.ReadAsync(patience.Token))
        {
            using var json = JsonDocument.Parse(frame);
            foreach (var stream in json.RootElement.GetProperty("streams").EnumerateArray())
            {
                Assert.Equal("api", stream.GetProperty("stream").GetProperty("service").GetString());
                lines.AddRange(stream.GetProperty("values").EnumerateArray().Select(value => value[1].GetString()!));
            }
            if (json.RootElement.TryGetProperty("dropped_entries", out var missed))
            {
                dropped += missed.GetArrayLength();
            }
            if (lines.Count + dropped >= count)
            {
                break;
            }
        }
        return (lines, dropped);
    }

    [Fact]
    public async Task Who_follows_the_same_shares_one_of_Lokis_tails_that_ends_with_the_last()
    {
        await using var loki = await MemoryLoki.StartAsync();
        var tails = Tails(loki);
        var followers = await Task.WhenAll(
            FollowAsync(tails),
            FollowAsync(tails),
            FollowAsync(tails, "{ service = \"api\" }")
        );
        await loki.OpenedAsync();
        loki.Log(true, (Now, "one"), (Now + 1, "two"));
        foreach (var follower in followers)
        {
            Assert.Equal(["one", "two"], (await ReadAsync(follower, 2)).Lines);
        }
        Assert.Equal(1, loki.TailsOpened);
        followers[0].Dispose();
        followers[1].Dispose();
        loki.Log(true, (Now, "three"));
        Assert.Equal(["three"], (await ReadAsync(followers[2], 1)).Lines);
        followers[2].Dispose();
        followers[2].Dispose();
        await loki.ClosedAsync().AsTask().WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);

        using var next = await FollowAsync(tails);
        Assert.Equal(2, loki.TailsOpened);
    }

    [Fact]
    public async Task Who_asks_for_categorized_lines_gets_them_beside_others_who_do_not()
    {
        await using var loki = await MemoryLoki.StartAsync(hasMetadata: true);
        var tails = Tails(loki);
        using var plain = await FollowAsync(tails);
        await loki.OpenedAsync();
        using var categorized = await tails.FollowAsync(
            Tenant,
            new TailRequest(Query, null, null, null, IsCategorized: true),
            TestContext.Current.CancellationToken
        );
        await loki.OpenedAsync();
        loki.Log(true, (Now, "one"));
        Assert.Equal((2, "one"), await FirstAsync(plain));
        Assert.Equal((3, "one"), await FirstAsync(categorized));

        static async Task<(int Elements, string Line)> FirstAsync(FrameFollower follower)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience.Usual);
            await foreach (var frame in follower.ReadAsync(patience.Token))
            {
                using var json = JsonDocument.Parse(frame);
                var value = json.RootElement.GetProperty("streams")[0].GetProperty("values")[0];
                return (value.GetArrayLength(), value[1].GetString()!);
            }
            throw new InvalidOperationException("It ended without a line.");
        }
    }

    [Fact]
    public async Task Who_comes_later_gets_what_was_before_oldest_first_and_each_line_once()
    {
        await using var loki = await MemoryLoki.StartAsync();
        var tails = Tails(loki);
        using var early = await FollowAsync(tails);
        await loki.OpenedAsync();
        var moment = Now;
        loki.Log(false, Enumerable.Range(0, 5).Select(line => (moment - 5_000_000_000 + line, $"before {line}")));
        using var late = await FollowAsync(tails, limit: 3);
        // In the store when it was read, and in the tail after that.
        loki.Log(true, (moment - 5_000_000_000 + 4, "before 4"), (Now, "after"));

        Assert.Equal(["before 2", "before 3", "before 4", "after"], (await ReadAsync(late, 4)).Lines);
        Assert.Equal(["before 4", "after"], (await ReadAsync(early, 2)).Lines);
    }

    [Fact]
    public async Task Who_comes_later_gets_each_line_once_where_the_tail_leaves_out_metadata()
    {
        await using var loki = await MemoryLoki.StartAsync(hasMetadata: true);
        var tails = Tails(loki);
        using var early = await FollowAsync(tails);
        await loki.OpenedAsync();
        var moment = Now;
        loki.Log(false, Enumerable.Range(0, 5).Select(line => (moment - 5_000_000_000 + line, $"before {line}")));
        using var late = await FollowAsync(tails);
        loki.Log(true, Enumerable.Range(0, 5).Select(line => (moment - 5_000_000_000 + line, $"before {line}")));
        loki.Log(true, (Now, "after"));
        Assert.Equal(
            ["before 0", "before 1", "before 2", "before 3", "before 4", "after"],
            (await ReadAsync(late, 6)).Lines
        );
    }

    [Fact]
    public async Task When_Loki_breaks_off_all_end_and_the_next_is_opened_anew()
    {
        await using var loki = await MemoryLoki.StartAsync();
        var tails = Tails(loki);
        using var one = await FollowAsync(tails);
        using var other = await FollowAsync(tails);
        await loki.OpenedAsync();
        loki.CutTails();

        foreach (var follower in new[] { one, other })
        {
            Assert.Empty((await ReadAsync(follower, 1)).Lines);
            Assert.Equal(WebSocketCloseStatus.InternalServerError, follower.End.Status);
            Assert.Contains("broke", follower.End.Reason);
        }
        using var next = await FollowAsync(tails);
        await loki.OpenedAsync();
        loki.Log(true, (Now, "again"));
        Assert.Equal(["again"], (await ReadAsync(next, 1)).Lines);
    }

    [Fact]
    public async Task A_slow_reader_beside_a_quick_one_is_told_what_it_missed()
    {
        await using var loki = await MemoryLoki.StartAsync();
        var tails = Tails(loki);
        using var quick = await FollowAsync(tails);
        using var slow = await FollowAsync(tails);
        await loki.OpenedAsync();
        const int Lines = 12;
        var text = new string('x', FrameFollower.Room / 8);
        for (var line = 0; line < Lines; line++)
        {
            loki.Log(true, (Now, text));
            Assert.Equal((1, 0), Counted(await ReadAsync(quick, 1)));
        }

        var (got, missed) = Counted(await ReadAsync(slow, Lines));
        Assert.Equal(Lines, got + missed);
        Assert.InRange(got, 7, 8);

        static (int Lines, int Dropped) Counted((List<string> Lines, int Dropped) read) =>
            (read.Lines.Count, read.Dropped);
    }

    [Fact]
    public async Task A_refusal_reaches_everybody_who_asked_and_is_not_kept()
    {
        await using var loki = await MemoryLoki.StartAsync();
        var tails = Tails(loki);
        for (var time = 0; time < 2; time++)
        {
            var refused = await Assert.ThrowsAsync<QueryRefusedException>(() => FollowAsync(tails, "{service="));
            Assert.Contains("parse error", refused.Message);
        }
        Assert.Equal(0, loki.TailsOpened);
    }
}
