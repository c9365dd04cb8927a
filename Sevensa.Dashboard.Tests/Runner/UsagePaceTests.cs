using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>When use is measured: a matter of who pace.</summary>
public class UsagePaceTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly UsagePace pace;

    public UsagePaceTests() => pace = new UsagePace(time);

    /// <summary>A reading was just taken; the task ends when the next one is due.</summary>
    private Task Next() => pace.NextAsync(time.GetTimestamp(), TestContext.Current.CancellationToken);

    private static Task Soon(Task task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private async Task DueAfterAsync(Task next, TimeSpan pause)
    {
        time.Advance(pause - Moment);
        Assert.False(next.IsCompleted);
        time.Advance(Moment);
        await Soon(next);
    }

    [Fact]
    public async Task Nobody_looks_and_it_is_measured_once_in_five_minutes()
    {
        await DueAfterAsync(Next(), UsagePace.Seldom);
        await DueAfterAsync(Next(), UsagePace.Seldom);
    }

    [Fact]
    public async Task Somebody_begins_to_look_and_it_is_measured_at_once_and_often_until_nobody_looks_any_more()
    {
        var next = Next();
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(next.IsCompleted);
        pace.Begin(TimeSpan.FromSeconds(12));
        await Soon(next);
        await DueAfterAsync(Next(), UsagePace.Often);
        await DueAfterAsync(Next(), UsagePace.Often);
        await DueAfterAsync(Next(), UsagePace.Seldom);
    }

    [Fact]
    public async Task A_shorter_look_does_not_end_a_longer_one()
    {
        pace.Begin(TimeSpan.FromMinutes(1));
        pace.Begin(TimeSpan.FromSeconds(1));
        await DueAfterAsync(Next(), UsagePace.Often);
        await DueAfterAsync(Next(), UsagePace.Often);
    }

    [Fact]
    public async Task What_was_just_measured_is_not_measured_again_for_a_second_who_looks()
    {
        var next = Next();
        time.Advance(TimeSpan.FromSeconds(2));
        pace.Begin(TimeSpan.FromMinutes(1));
        await DueAfterAsync(next, UsagePace.Often - TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_dashboard_that_does_not_say_when_somebody_looks_gets_figures_all_the_time()
    {
        pace.Always = true;
        await DueAfterAsync(Next(), UsagePace.Often);
        await DueAfterAsync(Next(), UsagePace.Often);
        pace.Always = false;
        await DueAfterAsync(Next(), UsagePace.Seldom);
    }

    [Fact]
    public async Task A_scrape_waits_for_a_reading_of_its_own_and_has_no_other_made()
    {
        var next = Next();
        time.Advance(TimeSpan.FromSeconds(15));
        var scraped = pace.FreshAsync(TestContext.Current.CancellationToken);
        await Soon(next);
        Assert.False(scraped.IsCompleted);
        next = Next();
        await Soon(scraped);
        await Soon(pace.FreshAsync(TestContext.Current.CancellationToken));
        await DueAfterAsync(next, UsagePace.Seldom);
    }

    [Fact]
    public async Task A_scrape_of_an_engine_that_hangs_is_answered_with_what_is_known()
    {
        var scraped = pace.FreshAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(3));
        await Soon(scraped);
    }
}
