namespace Sevensa.Dashboard.Features.Scans;

/// <summary>From how far an image is reached, by all containers that run it.</summary>
internal static class Exposures
{
    public static Exposure Of(IReadOnlyList<RunningContainer> containers) =>
        containers.Select(one => one.Container.Exposure).DefaultIfEmpty().Max();

    /// <summary>Whether one that runs does so as root.</summary>
    public static bool RunsAsRoot(IReadOnlyList<RunningContainer> containers) =>
        containers.Any(one => one.Container is { Exposure: not Exposure.NotRunning, RunsAsRoot: true });

    public static int Running(IReadOnlyList<RunningContainer> containers) =>
        containers.Count(one => one.Container.Exposure != Exposure.NotRunning);
}
