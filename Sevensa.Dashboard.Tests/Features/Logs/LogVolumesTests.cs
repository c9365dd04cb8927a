using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>The histogram: what is counted where, its marks, and that it ends where the list ends.</summary>
public sealed class LogVolumesTests
{
    private static readonly TenantScope Tenant = new(["a"]);
    private static readonly DateTimeOffset From = new(2026, 11, 25, 8, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = From.AddHours(1);

    private sealed class Changes(params LastChange[] all) : IRecentChanges
    {
        public bool Broken { get; init; }

        public Task<IReadOnlyList<LastChange>> SinceAsync(
            TenantScope scope,
            string tenant,
            DateTimeOffset since,
            CancellationToken cancellation
        ) =>
            Broken
                ? throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused")
                : Task.FromResult<IReadOnlyList<LastChange>>([.. all.Where(one => one.At >= since)]);
    }

    /// <summary>Loki with one series each of some levels: the counts by minutes after the start.</summary>
    private static Task<LokiStub> LokiAsync(params (string Level, int Minute, int Count)[] counts) =>
        LokiStub.StartAsync(
            (context, _) =>
            {
                var series = counts
                    .GroupBy(one => one.Level)
                    .Select(level =>
                        $$"""{"metric":{"detected_level":"{{level.Key}}"},"values":[{{string.Join(
                            ',',
                            level.Select(one =>
                                $"[{From.AddMinutes(one.Minute + 1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)},\"{one.Count}\"]"
                            )
                        )}}]}"""
                    );
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync(
                    $$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{string.Join(',', series)}}}]}}"""
                );
            }
        );

    private static Task<LogVolumeAnswer> ReadAsync(LokiStub loki, Changes? changes = null, int aheadMinutes = 10) =>
        new LogVolumes(loki.Client(), changes ?? new Changes()).ReadAsync(
            Tenant,
            "{service=\"api\"}",
            From,
            To,
            TimeSpan.FromMinutes(aheadMinutes),
            TestContext.Current.CancellationToken
        );

    [Fact]
    public async Task Each_bar_counts_from_its_own_time_and_the_worst_stand_on_the_axis()
    {
        await using var loki = await LokiAsync(("error", 0, 3), ("info", 0, 10), ("info", 59, 7), ("odd", 5, 1));
        var volume = await ReadAsync(loki);
        Assert.Equal(TimeSpan.FromMinutes(1), volume.Step);
        Assert.Equal((From, To), (volume.From, volume.To));
        Assert.Equal(60, volume.Lines.Times.Length);
        Assert.Equal(From.ToUnixTimeSeconds(), volume.Lines.Times[0]);
        Assert.Equal(["odd", "info", "error"], volume.Lines.Lines.Select(line => line.Name));
        Assert.Equal(
            (10d, 7d, 17d),
            (volume.Lines.Lines[1].Values[0], volume.Lines.Lines[1].Values[59], volume.Lines.Lines[1].Sum)
        );
        Assert.Equal(3, volume.Lines.Lines[2].Values[0]);
        Assert.Equal(["unknown", "series-1", "crit"], volume.Lines.Lines.Select(line => line.Tint));
    }

    [Fact]
    public async Task It_is_asked_for_what_the_list_shows_and_ends_with_its_last_line()
    {
        await using var loki = await LokiAsync(("info", 0, 10), ("warn", 64, 2));
        var volume = await ReadAsync(loki);
        var asked = Assert.Single(loki.Requests);
        Assert.Equal(To.AddMinutes(10).ToUnixNs().ToString(CultureInfo.InvariantCulture), asked["end"]);
        Assert.Equal(To.AddMinutes(5), volume.To);
        Assert.Equal(65, volume.Lines.Times.Length);
        Assert.Equal(2, volume.Lines.Lines.Single(line => line.Name == "warn").Values[64]);
        Assert.Equal((To, "Now"), (volume.Marks[^1].At, volume.Marks[^1].Text));
    }

    [Fact]
    public async Task Releases_and_actions_of_the_range_are_marked()
    {
        await using var loki = await LokiAsync(("info", 0, 1));
        var changes = new Changes(
            new LastChange(From.AddMinutes(20), "api 2.4.1", true),
            new LastChange(From.AddMinutes(30), "Restarted api"),
            new LastChange(To.AddMinutes(1), "later")
        );
        Assert.Equal(["Restarted api", "api 2.4.1"], (await ReadAsync(loki, changes)).Marks.Select(mark => mark.Text));
    }

    [Fact]
    public async Task Without_metrics_the_lines_are_counted_all_the_same()
    {
        await using var loki = await LokiAsync(("info", 0, 1));
        var volume = await ReadAsync(loki, new Changes { Broken = true });
        Assert.Empty(volume.Marks);
        Assert.Equal(1, Assert.Single(volume.Lines.Lines).Sum);
    }
}
