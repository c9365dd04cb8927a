using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Schedules;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>When a secret's turn comes: windows by the wall clock of a zone, through both changes of the clocks.</summary>
public class RotationRuleTests
{
    private static readonly DateTimeOffset LongAgo = At("2026-01-01T00:00Z");

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUniversalTime();

    internal static RotationRule Rule(
        RotationWindow? window = null,
        int jitter = 0,
        int catchUp = 0,
        string zone = "Europe/Amsterdam",
        RotationMode mode = RotationMode.Propose
    ) =>
        new(
            "r1",
            "nights",
            ["*"],
            null,
            null,
            null,
            zone,
            window is null ? [] : [window],
            jitter,
            mode,
            Risk.Medium,
            catchUp,
            false,
            "id-operator",
            "operator",
            LongAgo
        );

    private static RotationWindow Daily(string from, string to, params DayOfWeek[] days) => new(days, from, to);

    private static List<string> Openings(RotationRule rule, string from, string to) =>
        [
            .. OpenTimes
                .Of(rule, At(from), At(to))
                .Select(open => $"{open.From.UtcDateTime:MM-dd HH:mm}/{open.To.UtcDateTime:MM-dd HH:mm}"),
        ];

    [Theory]
    // The clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
    [InlineData(
        "02:30",
        "04:00",
        "2026-03-28T00:00Z",
        "03-28 01:30/03-28 03:00",
        "03-29 01:00/03-29 02:00",
        "03-30 00:30/03-30 02:00"
    )]
    [InlineData(
        "01:00",
        "02:30",
        "2026-03-28T00:00Z",
        "03-28 00:00/03-28 01:30",
        "03-29 00:00/03-29 01:00",
        "03-29 23:00/03-30 00:30"
    )]
    [InlineData(
        "02:15",
        "02:45",
        "2026-03-28T00:00Z",
        "03-28 01:15/03-28 01:45",
        "03-29 01:00/03-29 01:30",
        "03-30 00:15/03-30 00:45"
    )]
    [InlineData(
        "02:30",
        "04:00",
        "2026-10-24T00:00Z",
        "10-24 00:30/10-24 02:00",
        "10-25 00:30/10-25 03:00",
        "10-26 01:30/10-26 03:00"
    )]
    [InlineData(
        "02:15",
        "02:45",
        "2026-10-24T00:00Z",
        "10-24 00:15/10-24 00:45",
        "10-25 00:15/10-25 00:45",
        "10-26 01:15/10-26 01:45"
    )]
    [InlineData(
        "23:00",
        "01:00",
        "2026-03-28T00:00Z",
        "03-28 22:00/03-29 00:00",
        "03-29 21:00/03-29 23:00",
        "03-30 21:00/03-30 23:00"
    )]
    public void A_window_opens_once_a_day_by_the_wall_clock_whatever_the_clocks_do(
        string from,
        string to,
        string since,
        params string[] expected
    ) =>
        Assert.Equal(
            expected,
            Openings(Rule(Daily(from, to)), since, At(since).AddHours(70).ToString("O", CultureInfo.InvariantCulture))
        );

    [Fact]
    public void A_window_opens_on_its_days_alone_in_its_own_zone()
    {
        var rule = Rule(Daily("00:30", "02:00", DayOfWeek.Saturday, DayOfWeek.Sunday));
        // Friday evening by UTC is Saturday there.
        Assert.Equal(
            ["06-05 22:30/06-06 00:00", "06-06 22:30/06-07 00:00"],
            Openings(rule, "2026-06-01T00:00Z", "2026-06-08T00:00Z")
        );
    }

    [Fact]
    public void A_secret_waits_for_the_window_after_it_is_due_and_is_taken_when_it_falls_due_inside_one()
    {
        var rule = Rule(Daily("02:00", "04:00"), zone: "UTC");
        var now = At("2026-06-01T12:00Z");
        Assert.Equal(At("2026-06-10T02:00Z"), rule.Next("a", At("2026-06-09T10:00Z"), null, now)!.At);
        Assert.Equal(At("2026-06-10T03:15Z"), rule.Next("a", At("2026-06-10T03:15Z"), null, now)!.At);
        // Long overdue: the next one.
        Assert.Equal(At("2026-06-02T02:00Z"), rule.Next("a", At("2026-02-01T00:00Z"), null, now)!.At);
    }

    [Fact]
    public void A_window_that_is_open_is_used_late_and_one_that_had_its_turn_is_not_used_again()
    {
        var rule = Rule(Daily("02:00", "04:00"), zone: "UTC");
        var due = At("2026-05-01T00:00Z");
        var next = rule.Next("a", due, null, At("2026-06-01T03:30Z"))!;
        Assert.Equal((At("2026-06-01T02:00Z"), false), (next.At, next.IsLate));
        Assert.Equal(At("2026-06-02T02:00Z"), rule.Next("a", due, next.Window.To, At("2026-06-01T03:30Z"))!.At);
    }

    [Fact]
    public void What_was_missed_is_made_up_for_within_its_time_and_else_waits_for_the_next_window()
    {
        var due = At("2026-05-01T00:00Z");
        var window = Daily("02:00", "04:00", DayOfWeek.Monday);
        var patient = Rule(window, zone: "UTC");
        Assert.Equal(At("2026-06-08T02:00Z"), patient.Next("a", due, null, At("2026-06-01T05:00Z"))!.At);
        var eager = Rule(window, catchUp: 6, zone: "UTC");
        var late = eager.Next("a", due, null, At("2026-06-01T05:00Z"))!;
        Assert.True(late.IsLate);
        Assert.Equal(At("2026-06-01T04:00Z"), late.Window.To);
        // Made up for once.
        Assert.Equal(At("2026-06-08T02:00Z"), eager.Next("a", due, late.Window.To, At("2026-06-01T05:01Z"))!.At);
        Assert.Equal(At("2026-06-08T02:00Z"), eager.Next("a", due, null, At("2026-06-01T10:01Z"))!.At);
    }

    [Fact]
    public void Of_several_windows_that_were_missed_the_last_stands_for_all()
    {
        var rule = Rule(Daily("02:00", "04:00"), catchUp: 100, zone: "UTC");
        var late = rule.Next("a", At("2026-05-01T00:00Z"), null, At("2026-06-04T12:00Z"))!;
        Assert.Equal(At("2026-06-04T04:00Z"), late.Window.To);
    }

    [Fact]
    public void A_rule_makes_up_for_nothing_that_was_before_it()
    {
        var rule = Rule(Daily("02:00", "04:00"), catchUp: 100, zone: "UTC") with { SetAt = At("2026-06-04T11:00Z") };
        Assert.Equal(
            At("2026-06-05T02:00Z"),
            rule.Next("a", At("2026-05-01T00:00Z"), null, At("2026-06-04T12:00Z"))!.At
        );
    }

    [Fact]
    public void Secrets_are_spread_over_the_jitter_each_always_at_the_same_time()
    {
        var rule = Rule(Daily("02:00", "04:00"), jitter: 60, zone: "UTC");
        var now = At("2026-06-01T12:00Z");
        var times = Enumerable
            .Range(0, 50)
            .Select(number => rule.Next($"s{number}", At("2026-05-01T00:00Z"), null, now)!.At)
            .ToList();
        Assert.All(times, at => Assert.InRange(at, At("2026-06-02T02:00Z"), At("2026-06-02T03:00Z")));
        Assert.True(times.Distinct().Count() > 40, $"{times.Distinct().Count()}");
        Assert.Equal(times[7], rule.Next("s7", At("2026-05-01T00:00Z"), null, now.AddHours(3))!.At);
    }

    [Fact]
    public void Jitter_never_leads_out_of_the_window()
    {
        var rule = Rule(Daily("02:00", "02:10"), jitter: 600, zone: "UTC");
        Assert.All(
            Enumerable.Range(0, 100),
            number =>
            {
                var next = rule.Next($"s{number}", At("2026-05-01T00:00Z"), null, At("2026-06-01T12:00Z"))!;
                Assert.InRange(next.At, next.Window.From, next.Window.To.AddSeconds(-1));
            }
        );
    }

    [Fact]
    public void Without_a_window_it_is_taken_when_it_is_due_and_again_the_next_day_when_nobody_approved()
    {
        var rule = Rule(zone: "UTC");
        var due = At("2026-06-03T07:20Z");
        var next = rule.Next("a", due, null, At("2026-06-01T12:00Z"))!;
        Assert.Equal(due, next.At);
        Assert.Equal(At("2026-06-04T00:00Z"), rule.Next("a", due, next.Window.To, due.AddMinutes(1))!.At);
    }

    [Theory]
    [InlineData("api/database", "api/database", true)]
    [InlineData("api/database", "api/database2", false)]
    [InlineData("api/*", "api/database", true)]
    [InlineData("api/*", "api/deep/er", true)]
    [InlineData("api/*", "apis/database", false)]
    [InlineData("*", "anything/at/all", true)]
    public void A_rule_names_paths(string named, string path, bool expected) =>
        Assert.Equal(expected, (Rule() with { Secrets = [named] }).Names(path));

    [Fact]
    public void What_came_since_the_last_look_is_in_time_though_the_window_closed()
    {
        var rule = Rule(Daily("02:00", "04:00"), zone: "UTC");
        var (due, now) = (At("2026-06-01T03:59:45Z"), At("2026-06-01T04:00:30Z"));
        var next = rule.Next("a", due, null, now, At("2026-06-01T03:59:30Z"))!;
        Assert.Equal((due, false), (next.At, next.IsLate));
        // It had its turn; or it had come when that look was taken.
        Assert.Equal(At("2026-06-02T02:00Z"), rule.Next("a", due, next.Window.To, now, due.AddSeconds(-15))!.At);
        Assert.Equal(At("2026-06-02T02:00Z"), rule.Next("a", due, null, now, due)!.At);
        Assert.Equal(At("2026-06-02T02:00Z"), rule.Next("a", due, null, now)!.At);
    }
}
