using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Tail;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>What tells a line from one that came before, and that it stays small.</summary>
public sealed class SeenLinesTests
{
    private const long Second = 1_000_000_000;
    private const long Start = 1_790_000_000 * Second;

    private static LogLine Line(long at, string text, params (string Name, string Value)[] labels) =>
        new(at, text, new LokiLabels(labels.Select(label => KeyValuePair.Create(label.Name, label.Value))));

    private static SeenLines Seen() => new(30 * Second, Start);

    [Fact]
    public void A_line_is_its_moment_its_labels_and_its_text()
    {
        var seen = Seen();
        Assert.True(seen.Add(Line(Start, "x", ("a", "b")), Start));
        Assert.False(seen.Add(Line(Start, "x", ("a", "b")), Start));
        Assert.True(seen.Add(Line(Start + 1, "x", ("a", "b")), Start));
        Assert.True(seen.Add(Line(Start, "y", ("a", "b")), Start));
        // Names, values and text that read alike when they are written one after the other.
        Assert.True(seen.Add(Line(Start, "x", ("ab", "")), Start));
        Assert.True(seen.Add(Line(Start, "bx", ("a", "")), Start));
        Assert.True(seen.Add(Line(Start, "x", ("a", "b"), ("c", "d")), Start));
        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public void A_line_that_came_with_its_streams_labels_alone_is_known_when_the_store_shows_more_of_it()
    {
        var seen = Seen();
        Assert.True(seen.Add(Line(Start, "x", ("service", "api")), Start, isBare: true));
        Assert.False(seen.Add(Line(Start, "x", ("service", "api"), ("trace", "1")), Start));
        // Another stream's is another line, and so is another moment's.
        Assert.True(seen.Add(Line(Start, "x", ("service", "web"), ("trace", "1")), Start));
        Assert.True(seen.Add(Line(Start + 1, "x", ("service", "api"), ("trace", "1")), Start));
        // The other way round: the store had it first.
        Assert.False(seen.Add(Line(Start + 1, "x", ("service", "api")), Start, isBare: true));
    }

    [Fact]
    public void Under_a_flood_the_time_that_is_remembered_gets_shorter_and_nothing_in_it_doubles()
    {
        var seen = Seen();
        var at = Start;
        for (var n = 0; n < SeenLines.Most * 4; n++)
        {
            at += Second / 50_000;
            Assert.True(seen.Add(Line(at, "x"), at));
            Assert.InRange(seen.Count, 0, SeenLines.Most);
        }
        Assert.InRange(seen.Since, at - 30 * Second, at);
        for (var back = seen.Since; back <= at; back += Second / 50_000)
        {
            Assert.False(seen.Add(Line(back, "x"), at));
        }
    }

    [Fact]
    public void Old_lines_are_forgotten_with_time()
    {
        var seen = Seen();
        for (var n = 0; n < 20_000; n++)
        {
            seen.Add(Line(Start + n * Second / 10, "x"), Start + n * Second / 10);
        }
        Assert.InRange(seen.Count, 300, 1024);
    }

    [Fact]
    public void A_flood_from_a_clock_that_is_ahead_does_not_move_what_is_remembered_past_now()
    {
        var seen = Seen();
        var now = Start + Second;
        Assert.True(seen.Add(Line(now, "ours"), now));
        for (var n = 0; n < SeenLines.Most * 3; n++)
        {
            Assert.True(seen.Add(Line(now + 300 * Second + n, "ahead"), now));
            Assert.InRange(seen.Count, 0, SeenLines.Most);
        }
        Assert.InRange(seen.Since, Start, now);
        Assert.False(seen.Add(Line(now, "ours"), now));
        Assert.InRange(seen.Until, now + 300 * Second, now + 301 * Second);
        // When that time has come, it is remembered as any other; what was forgotten of it is not asked for again.
        var later = now + 302 * Second;
        Assert.True(seen.Add(Line(later, "ours"), later));
        Assert.Equal(long.MaxValue, seen.Until);
        Assert.False(seen.Add(Line(later, "ours"), later));
        Assert.True(seen.Since > now + 300 * Second);
    }

    [Fact]
    public void More_lines_of_one_moment_than_are_remembered_are_given_up_together()
    {
        var seen = Seen();
        for (var n = 0; n < SeenLines.Most * 2; n++)
        {
            Assert.True(seen.Add(Line(Start + 5, $"{n}"), Start + 5));
            Assert.InRange(seen.Count, 0, SeenLines.Most);
        }
        Assert.True(seen.Since > Start + 5);
    }

    [Fact]
    public void What_waits_for_a_viewer_is_bounded_by_its_size_too()
    {
        var newest = new Newest<string>(10, 1000, text => text.Length);
        newest.Add(Enumerable.Range(0, 100).Select(n => $"{n}"));
        Assert.Equal(Enumerable.Range(90, 10).Select(n => $"{n}"), newest);
        newest.Add(new string('x', 985));
        Assert.Equal(["93", "94", "95", "96", "97", "98", "99", new string('x', 985)], newest);
        newest.Add(new string('y', 5000));
        Assert.Equal([new string('y', 5000)], newest.Take());
        Assert.Empty(newest);
        Assert.Equal(0, newest.Characters);
    }
}
