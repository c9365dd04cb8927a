namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>A release and the time it was live.</summary>
/// <param name="Until">Null while it runs.</param>
public sealed record LiveRelease(Release Release, DateTimeOffset From, DateTimeOffset? Until)
{
    public bool At(DateTimeOffset moment) => From <= moment && (Until is null || moment < Until);

    public TimeSpan Within(DateTimeOffset from, DateTimeOffset to)
    {
        var start = From > from ? From : from;
        var end = Until is { } until && until < to ? until : to;
        return end > start ? end - start : TimeSpan.Zero;
    }
}

/// <summary>The release that words mean, with its neighbours, so that a person can see whether it is the one they meant.</summary>
/// <param name="Chosen">Null when nothing of the service ran then, or nothing is known of it.</param>
/// <param name="Why">How it was found: "live for 16 h 10 min of 24 November, longer than 2.4.1".</param>
internal sealed record FoundRelease(LiveRelease? Chosen, LiveRelease? Before, LiveRelease? After, string Why);

/// <summary>The releases of one service on one host, oldest first, without a gap between.</summary>
internal sealed class ReleaseTimeline
{
    /// <summary>What is away for no longer than this before it is there anew was replaced; beyond that nothing ran.</summary>
    private static readonly TimeSpan InOneGo = TimeSpan.FromHours(1);

    private readonly IReadOnlyList<LiveRelease> _all;

    private ReleaseTimeline(IReadOnlyList<LiveRelease> all) => _all = all;

    public IReadOnlyList<LiveRelease> All => _all;

    /// <summary>What runs now; null when the service is gone.</summary>
    public LiveRelease? Current => _all is [.., var last] && !last.Release.Gone ? last : null;

    /// <summary>Those of several services, each by itself.</summary>
    public static IReadOnlyList<ReleaseTimeline> Split(IEnumerable<Release> releases) =>
        [
            .. releases
                .GroupBy(release => (release.Service, release.Host))
                .OrderBy(group => group.Key.Service, StringComparer.Ordinal)
                .Select(group => Of(group)),
        ];

    public static ReleaseTimeline Of(IEnumerable<Release> releasesOfOneService)
    {
        var sorted = releasesOfOneService
            .OrderBy(release => release.At)
            .ThenBy(release => release.Id, StringComparer.Ordinal)
            .ToList();
        var apart = new List<Release>();
        foreach (var release in sorted)
        {
            if (apart.Count > 0 && Same(apart[^1], release))
            {
                apart[^1] = Joined(apart[^1], release);
            }
            else
            {
                apart.Add(release);
            }
        }
        return new ReleaseTimeline([
            .. apart.Select(
                (release, index) =>
                    new LiveRelease(release, release.At, index + 1 < apart.Count ? apart[index + 1].At : null)
            ),
        ]);
    }

    /// <summary>A runner that begins to look finds what others told of before, or what it knew once.</summary>
    private static bool Same(Release before, Release after) =>
        before.Gone == after.Gone
        && (
            before.Gone
            || before.Fingerprint == after.Fingerprint
            || (!before.Recorded && after.Cause == ReleaseCauses.Found && before.ImageDigest == after.ImageDigest)
        );

    /// <summary>The one that can be created again, since and by whom the other says.</summary>
    private static Release Joined(Release before, Release after) =>
        (after.Recorded || !before.Recorded ? after : before) with
        {
            At = before.At,
            By = before.By,
            Cause = before.Cause,
            Why = before.Why,
            ActionId = before.ActionId,
        };

    /// <param name="lastChange">When the last change of all that is rolled back happened, for "before the last deploy".</param>
    public FoundRelease Find(Moment moment, DateTimeOffset? lastChange, DateTimeOffset now) =>
        moment switch
        {
            DayMoment day => OfDay(day, now),
            InstantMoment at => AtInstant(at.At, "it was live then"),
            BeforeLastMoment when lastChange is { } last => BeforeLast(last),
            NamedMoment named => OfName(named.Name),
            _ => Nothing("nothing has changed that is known"),
        };

    private FoundRelease OfDay(DayMoment day, DateTimeOffset now)
    {
        var end = day.To < now ? day.To : now;
        var on = _all.Where(live => !live.Release.Gone)
            .Select(live => (Live: live, Span: live.Within(day.From, end)))
            .Where(found => found.Span > TimeSpan.Zero)
            // The later one of equals: it is closer to what runs now.
            .OrderByDescending(found => found.Span)
            .ThenByDescending(found => found.Live.From)
            .ToList();
        if (on.Count == 0)
        {
            return Nothing("nothing of it is known to have run on that day");
        }
        var words =
            on.Count == 1
                ? $"it was live on {day.Day:yyyy-MM-dd}"
                : $"it was live longest on {day.Day:yyyy-MM-dd}: {Span(on[0].Span)}, against {string.Join(" and ", on.Skip(1).Select(other => $"{Span(other.Span)} of {other.Live.Release.Tag}"))}";
        return Found(on[0].Live, words);
    }

    /// <summary>What was taken away and put there anew, as by <c>docker rm</c> and <c>docker run</c>, ran before that change all the same.</summary>
    private FoundRelease BeforeLast(DateTimeOffset last)
    {
        var changed = _all.ToList().FindIndex(live => live.From == last && !live.Release.Gone);
        return changed > 1 && _all[changed - 1] is { Release.Gone: true } away && last - away.From <= InOneGo
            ? Found(_all[changed - 2], "it was live before the last change, for which it was taken away first")
            : AtInstant(last.AddTicks(-1), "it was live before the last change");
    }

    private FoundRelease AtInstant(DateTimeOffset at, string why) =>
        _all.FirstOrDefault(live => live.At(at)) is { Release.Gone: false } found
            ? Found(found, why)
            : Nothing("nothing of it is known to have run then");

    private FoundRelease OfName(string name)
    {
        var found =
            _all.LastOrDefault(live => live.Release.Id == name)
            ?? _all.LastOrDefault(live => !live.Release.Gone && SameTag(live.Release.Tag, name))
            ?? (
                name.Length >= 8
                && _all.Where(live => live.Release.Id.StartsWith(name, StringComparison.OrdinalIgnoreCase)).ToList()
                    is [var only]
                    ? only
                    : null
            );
        return found is { Release.Gone: false } ? Found(found, $"it is {name}") : Nothing($"it has no release {name}");
    }

    private static bool SameTag(string tag, string name) =>
        string.Equals(tag, name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(tag.TrimStart('v'), name.TrimStart('v'), StringComparison.OrdinalIgnoreCase);

    private FoundRelease Found(LiveRelease chosen, string why)
    {
        var index = _all.ToList().IndexOf(chosen);
        return new FoundRelease(
            chosen,
            index > 0 ? _all[index - 1] : null,
            index + 1 < _all.Count ? _all[index + 1] : null,
            why
        );
    }

    private static FoundRelease Nothing(string why) => new(null, null, null, why);

    internal static string Span(TimeSpan span) =>
        span.TotalHours >= 1 ? $"{(int)span.TotalHours} h {span.Minutes:00} min"
        : span.TotalMinutes >= 1 ? $"{span.Minutes} min"
        : $"{span.Seconds} s";
}
