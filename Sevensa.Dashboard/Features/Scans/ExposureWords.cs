namespace Sevensa.Dashboard.Features.Scans;

/// <summary>How pages call <see cref="Exposure"/>.</summary>
internal static class ExposureWords
{
    public static string Of(Exposure exposure) =>
        exposure switch
        {
            Exposure.Internet => "internet",
            Exposure.Published => "published",
            Exposure.Loopback => "its host only",
            Exposure.Inside => "containers only",
            _ => "not running",
        };

    /// <summary>What can be chosen in a filter.</summary>
    public static IReadOnlyList<Choice> Choices { get; } =
    [
        new("", "wherever it is"),
        new("internet", "from the internet (Traefik)"),
        new("published", "from outside its host"),
        new("loopback", "from its host or further"),
        new("inside", "by anything"),
    ];
}
