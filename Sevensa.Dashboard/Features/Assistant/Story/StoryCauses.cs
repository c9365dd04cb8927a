using Sevensa.Dashboard.Features.Containers.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>Which release may be why a figure took its step.</summary>
internal static class StoryCauses
{
    /// <summary>A release so long before the step belongs to it.</summary>
    public static readonly TimeSpan Beside = TimeSpan.FromMinutes(45);

    /// <summary>One so long after it is told of as what was done about it.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(15);

    /// <summary>A release so long before a step may still be its cause, when none was nearer.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    /// <summary>The newest at or before the moment; the first one after it only where there is none before.</summary>
    public static ServiceRelease? Near(IReadOnlyList<ServiceRelease> releases, DateTimeOffset at)
    {
        var causes = releases.Where(IsCause).ToList();
        return causes.Where(one => one.From <= at && one.From >= at - Beside).MaxBy(one => one.From)
            ?? causes.Where(one => one.From > at && one.From <= at + Behind).MinBy(one => one.From);
    }

    /// <summary>The newest of all where it went live within a day before the moment.</summary>
    public static ServiceRelease? Newest(IReadOnlyList<ServiceRelease> releases, DateTimeOffset at) =>
        releases.Where(IsCause).MaxBy(one => one.From) is { } newest && newest.From <= at && at - newest.From < Recent
            ? newest
            : null;

    /// <summary>Nothing else was released in its place since.</summary>
    public static bool IsLast(ServiceRelease release, IReadOnlyList<ServiceRelease> releases) =>
        releases.Where(IsCause).All(one => one.Host != release.Host || one.From <= release.From);

    /// <summary>It was gone back to already: the figures need some minutes to tell what came of that.</summary>
    public static bool RunsAgain(string before, string host, IReadOnlyList<ServiceRelease> releases) =>
        releases.Where(one => one.Host == host).MaxBy(one => one.From) is { } newest
        && (
            newest.Id == before
            || newest.ImageDigest.Length > 0
                && releases.Any(one => one.Id == before && one.ImageDigest == newest.ImageDigest)
        );

    /// <summary>Another number of containers is no other thing that runs: as often the answer to a trouble as its cause.</summary>
    private static bool IsCause(ServiceRelease release) =>
        release.Differences.Count == 0 || release.Differences.Any(one => one.Part != "replicas");
}
