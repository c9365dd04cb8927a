using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class FleetTests
{
    private static readonly double Now = StandIns.Noon.ToUnixTimeSeconds();

    [Fact]
    public void Two_fleets_of_one_seed_and_day_tell_the_same_story()
    {
        var first = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        var second = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon.AddHours(3)));
        var times = Enumerable.Range(0, 40).Select(n => Now - (n * 61_003.0)).ToArray();
        foreach (var name in FleetMetrics.Names)
        {
            var (a, b) = (Metrics(first).Of(name), Metrics(second).Of(name));
            Assert.NotEmpty(a);
            Assert.Equal(a.Select(s => s.Labels), b.Select(s => s.Labels));
            Assert.Equal(
                a.Select(s => times.Select(s.Value).ToArray()),
                b.Select(s => times.Select(s.Value).ToArray())
            );
        }
        Assert.Equal(Lines(first), Lines(second));
        Assert.NotEqual(
            first.Snapshot.Containers[0].Id,
            new SimulatedFleet(new FakeTimeProvider(StandIns.Noon), 7).Snapshot.Containers[0].Id
        );
    }

    // Both where the operators are and in UTC, 2.4.0 is what ran longest on the day before.
    [Theory]
    [InlineData("2026-11-24T12:00:00Z", "2026-11-23T16:10:00Z")]
    [InlineData("2026-11-24T22:59:00Z", "2026-11-23T16:10:00Z")]
    [InlineData("2026-11-24T23:57:00Z", "2026-11-24T16:10:00Z")]
    [InlineData("2026-11-25T00:03:00Z", "2026-11-24T16:10:00Z")]
    [InlineData("2026-07-24T22:30:00Z", "2026-07-24T16:10:00Z")]
    public void The_faulty_release_came_yesterday_whatever_the_hour_in_Amsterdam(string now, string deployed)
    {
        var release = FleetHistory.FaultyRelease(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));
        Assert.Equal(
            DateTimeOffset.Parse(deployed, CultureInfo.InvariantCulture),
            DateTimeOffset.FromUnixTimeSeconds((long)release)
        );
    }

    [Fact]
    public void Counters_rise_except_where_a_process_began_anew()
    {
        var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        foreach (var info in FleetMetricNames.All.Where(i => i.Name.EndsWith("_total", StringComparison.Ordinal)))
        {
            foreach (var series in Metrics(fleet).Of(info.Name))
            {
                var falls = 0;
                var before = double.NaN;
                for (var t = Now - (2 * Rhythm.Day); t <= Now; t += 15)
                {
                    var value = series.Value(t);
                    falls += value < before ? 1 : 0;
                    before = value;
                }
                // Within the last two days there is one fresh start at most: yesterday's release.
                Assert.True(falls <= 1, $"{series.Labels} falls {falls} times");
            }
        }
    }

    [Fact]
    public void Buckets_of_a_histogram_stay_in_order()
    {
        var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        foreach (var name in FleetMetrics.Names.Where(n => n.EndsWith("_bucket", StringComparison.Ordinal)))
        {
            foreach (var histogram in Metrics(fleet).Of(name).GroupBy(s => s.Labels.Without("le")))
            {
                for (var t = Now - Rhythm.Day; t <= Now; t += 907)
                {
                    var counts = histogram.Select(s => s.Value(t)).ToArray();
                    Assert.Equal(counts.Order(), counts);
                }
            }
        }
    }

    [Fact]
    public void Every_service_was_away_now_and_then_but_not_much()
    {
        var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        foreach (var profile in FleetCatalogue.Services)
        {
            var service = fleet.Snapshot.TimelineOf(profile);
            var up = Enumerable.Range(1, 90 * 24 * 12).Count(n => service.Up(Now - (n * 300)));
            Assert.InRange(up / (90.0 * 24 * 12), 0.985, 1);
        }
    }

    [Fact]
    public void The_leak_of_2_4_1_runs_towards_the_limit_and_a_restart_only_buys_time()
    {
        var clock = new FakeTimeProvider(StandIns.Noon);
        var fleet = new SimulatedFleet(clock);
        var api = fleet.Snapshot.On("vps-1").Single(c => c.Name == "rentguy-api-1");
        const double mib = 1024 * 1024;
        Assert.InRange(Memory() / mib, 420, 508);
        Assert.Equal(512 * mib, api.MemoryLimit);

        fleet.Restart(api.Id);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange(Memory() / mib, 120, 240);
        clock.Advance(TimeSpan.FromHours(10));
        Assert.InRange(Memory() / mib, 300, 360);

        double Memory() =>
            Metrics(fleet)
                .Of("container_memory_working_set_bytes")
                .Single(s => s.Labels["id"] == api.Id)
                .Value(fleet.Now);
    }

    [Fact]
    public void Lines_of_a_window_are_the_same_whichever_way_and_in_however_many_pieces_they_are_read()
    {
        var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        var snapshot = fleet.Snapshot;
        foreach (var container in snapshot.On("vps-1").Concat(snapshot.On("vps-2")))
        {
            var (from, to) = (FleetLogs.Nano(Now - 7200), FleetLogs.Nano(Now));
            var whole = FleetLogs.Read(snapshot, container, from, to, false).ToArray();
            var back = FleetLogs.Read(snapshot, container, from, to, true).Reverse().ToArray();
            var middle = from + ((to - from) / 3);
            var pieces = FleetLogs
                .Read(snapshot, container, from, middle, false)
                .Concat(FleetLogs.Read(snapshot, container, middle, to, false));
            Assert.NotEmpty(whole);
            Assert.Equal(Shown(whole), Shown(back));
            Assert.Equal(Shown(whole), Shown(pieces));
            Assert.Equal(whole.Select(l => l.TimeNano).Order(), whole.Select(l => l.TimeNano));
        }

        static string[] Shown(IEnumerable<LogLine> lines) => [.. lines.Select(l => $"{l.TimeNano} {l.Level} {l.Text}")];
    }

    [Fact]
    public void A_stranger_speaks_to_the_assistant_through_the_access_log()
    {
        var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
        var traefik = fleet.Snapshot.On("vps-1").Single(c => c.Service == "traefik");
        var lines = FleetLogs.Read(fleet.Snapshot, traefik, FleetLogs.Nano(Now - 3600), FleetLogs.Nano(Now), false);
        Assert.Single(lines, l => l.Text.Contains("Ignore all previous instructions", StringComparison.Ordinal));
    }

    private static string[] Lines(SimulatedFleet fleet) =>
        [
            .. fleet
                .Snapshot.On("vps-1")
                .SelectMany(c =>
                    FleetLogs.Read(fleet.Snapshot, c, FleetLogs.Nano(Now - 600), FleetLogs.Nano(Now), false)
                )
                .Select(l => $"{l.TimeNano} {l.Text}"),
        ];

    private static FleetMetrics Metrics(SimulatedFleet fleet) => new(fleet, fleet.Snapshot);
}
