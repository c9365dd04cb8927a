using Sevensa.Dashboard.Features.Assistant.Story;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What the client is told after an action: no more than the figures say.</summary>
public sealed class ClosingTextTests
{
    private const double Step = 300;
    private static readonly DateTimeOffset begun = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Fifty values: as usual, in trouble from the thirtieth on, and after the action, which is at the fortieth.</summary>
    private static StoryFigure Latency(double after, int count = 10)
    {
        double?[] values =
        [
            .. Enumerable.Repeat<double?>(0.12, 30),
            .. Enumerable.Repeat<double?>(0.9, 10),
            .. Enumerable.Repeat<double?>(after, count),
        ];
        double[] times = [.. values.Select((_, at) => begun.ToUnixTimeSeconds() + (at * Step))];
        return new StoryFigure("latencyP95", "p95 latency", "seconds", 0.12, after, after, times, values, "q", "/l");
    }

    private (string Text, bool IsOver, string Note, DateTimeOffset? Since) Of(
        string kind,
        params StoryFigure[] figures
    ) => ClosingText.Of("RentGuy", "api", kind, begun.AddSeconds(40 * Step), figures, ringing, _ => 0.02);

    private string[] ringing = [];

    [Fact]
    public void What_one_figure_says_is_not_over_while_another_or_an_alert_says_otherwise()
    {
        var errors = Latency(0.8) with { Metric = "errorShare", Figure = "error share", Unit = "share" };
        var (text, isOver, _, _) = Of("container.restart", Latency(0.13), errors);
        Assert.False(isOver);
        Assert.Contains("answered some requests with errors", text, StringComparison.Ordinal);
        ringing = ["HighErrors"];
        var told = Of("container.restart", Latency(0.13));
        Assert.False(told.IsOver);
        Assert.Contains("HighErrors still fires", told.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_back_is_said_to_be_over_with_when_and_what_was_done()
    {
        var (text, isOver, _, since) = Of("service.rollback", Latency(0.13));
        Assert.True(isOver);
        Assert.Equal(begun.AddSeconds(30 * Step), since);
        Assert.StartsWith(
            "From 25 November 14:30 UTC, RentGuy's api answered more slowly than usual: p95 latency went from ",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "We went back to the version that ran before at 15:20 UTC. Since then it is as before (p95 latency ",
            text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0.8, 10, "it is not said to be over")]
    [InlineData(0.13, 1, "too few values")]
    public void What_is_not_back_yet_is_not_said_to_be(double after, int count, string note)
    {
        var (text, isOver, why, _) = Of("container.restart", Latency(after, count));
        Assert.False(isOver);
        Assert.Contains("We restarted it at 15:20 UTC. We are watching", text, StringComparison.Ordinal);
        Assert.DoesNotContain("as before", text, StringComparison.Ordinal);
        Assert.Contains(note, why, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_figure_took_a_step_only_what_was_done_is_told()
    {
        var (text, isOver, note, since) = Of("service.scale");
        Assert.Equal(
            ("RentGuy's api: we changed how much of it runs at 15:20 UTC.", false, null),
            (text, isOver, since)
        );
        Assert.Contains("for you to say", note, StringComparison.Ordinal);
    }
}
