using System.Collections.Immutable;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>Ninety days of past: which container ran which release when, and the outages between.</summary>
internal static class FleetHistory
{
    public const double Days = 90;

    // Between midnight there and midnight UTC the day before differs, and the story is told in the operators' words.
    private static readonly TimeZoneInfo OperatorsZone = TimeZoneInfo.TryFindSystemTimeZoneById(
        "Europe/Amsterdam",
        out var zone
    )
        ? zone
        : TimeZoneInfo.Utc;

    /// <summary>16:10 UTC of the day that operators call yesterday, when RentGuy's API 2.4.1 was deployed.</summary>
    public static double FaultyRelease(DateTimeOffset now) =>
        Midnight(new DateTimeOffset(TimeZoneInfo.ConvertTime(now, OperatorsZone).DateTime, TimeSpan.Zero))
        - Rhythm.Day
        + (16 * 3600)
        + (10 * 60);

    public static double Midnight(DateTimeOffset now) => Math.Floor(now.ToUnixTimeSeconds() / Rhythm.Day) * Rhythm.Day;

    public static IEnumerable<FleetContainer> Containers(ulong seed, DateTimeOffset now)
    {
        // Everything hangs on the day, not on the second of the start: a second start tells the same story.
        var midnight = Midnight(now);
        var origin = midnight - (Days * Rhythm.Day);
        foreach (var profile in FleetCatalogue.Services)
        {
            var starts = profile
                .Releases.Select(release => (release.Tag, From: StartOf(seed, profile, release.AgeDays, now)))
                .ToArray();
            for (var i = 0; i < starts.Length; i++)
            {
                var from = i == 0 ? origin : starts[i].From;
                double? until = i + 1 < starts.Length ? starts[i + 1].From : null;
                yield return Container(seed, profile, starts[i].Tag, from, until, midnight);
            }
        }
    }

    public static IEnumerable<FleetImage> Images(DateTimeOffset now) =>
        from profile in FleetCatalogue.Services
        from release in profile.Releases.TakeLast(2)
        let age = double.IsNaN(release.AgeDays) ? 1 : release.AgeDays
        select Image(profile, release.Tag, Midnight(now) - ((age + 0.4) * Rhythm.Day));

    /// <summary>What a registry of the fleet holds: every release that there was, on whichever host it is pulled.</summary>
    public static FleetImage? InRegistry(string repository, Func<FleetImage, bool> isWanted, string host, double now) =>
        FleetCatalogue
            .Services.Where(profile => profile.Repository == repository)
            .SelectMany(profile => profile.Releases.Select(release => Image(profile, release.Tag, now)))
            .Select(image => image with { Host = host })
            .FirstOrDefault(isWanted);

    private static FleetImage Image(ServiceProfile profile, string tag, double created) =>
        new(
            profile.Host,
            profile.Repository,
            tag,
            created,
            60_000_000 + (long)(Noise.Unit(Noise.Seed(profile.Repository), 1) * 340_000_000)
        );

    private static double StartOf(ulong seed, ServiceProfile profile, double ageDays, DateTimeOffset now) =>
        double.IsNaN(ageDays)
            ? FaultyRelease(now)
            : Midnight(now)
                - (Math.Round(ageDays) * Rhythm.Day)
                + (9 * 3600)
                + Math.Floor(Noise.Unit(seed ^ Noise.Seed(profile.Repository), (long)(ageDays * 10)) * 7 * 3600);

    private static FleetContainer Container(
        ulong seed,
        ServiceProfile profile,
        string tag,
        double from,
        double? until,
        double midnight
    )
    {
        var image = new FleetImage(profile.Host, profile.Repository, tag, 0, 0);
        var id = Noise.Hex($"{seed} {profile.Key} {tag} {from}", 64);
        var lifespans = Lifespans(seed ^ Noise.Seed(profile.Key), from + 2, until, midnight);
        return new FleetContainer
        {
            Id = id,
            Name = profile.ContainerName,
            Host = profile.Host,
            ImageName = image.Name,
            ImageId = image.Id,
            Created = from,
            Labels = LabelsOf(profile, tag),
            MemoryLimit = profile.LimitMiB * 1024L * 1024,
            Lifespans = lifespans,
            RestartCount = lifespans.Count(l => l.ExitCode != 0),
            Removed = until,
            Networks = [.. profile.Networks],
        };
    }

    private static ImmutableSortedDictionary<string, string> LabelsOf(ServiceProfile profile, string tag)
    {
        var labels = new Dictionary<string, string>
        {
            ["com.docker.compose.container-number"] = "1",
            ["com.docker.compose.project"] = profile.Tenant,
            ["com.docker.compose.service"] = profile.Service,
            ["sevensa.tenant"] = profile.Tenant,
        };
        if (profile.MigratesWith == tag)
        {
            labels["sevensa.migrates"] = "true";
        }
        return labels.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>About one crash in three weeks, each some minutes long, never within the last two days.</summary>
    private static ImmutableArray<Lifespan> Lifespans(ulong seed, double from, double? until, double midnight)
    {
        var spans = ImmutableArray.CreateBuilder<Lifespan>();
        var start = from;
        var last = Math.Min(until ?? double.MaxValue, midnight - (2 * Rhythm.Day));
        for (var day = Math.Ceiling(from / Rhythm.Day); day * Rhythm.Day < last; day++)
        {
            if (Noise.Unit(seed, (long)day) > 1 / 21.0)
            {
                continue;
            }
            var crash = (day * Rhythm.Day) + Math.Floor(Noise.Unit(seed, (long)day + 100_000) * Rhythm.Day);
            var back = crash + 90 + Math.Floor(Noise.Unit(seed, (long)day + 200_000) * 900);
            if (crash > start + 3600 && back < last)
            {
                spans.Add(new Lifespan(start, crash, 1));
                start = back;
            }
        }
        spans.Add(new Lifespan(start, until));
        return spans.ToImmutable();
    }
}
