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

    /// <summary>What can be chosen in a filter: the word in the address, and what it says.</summary>
    public static IReadOnlyList<(string Word, string Title)> Choice { get; } =
    [
        ("internet", "from the internet (Traefik)"),
        ("published", "from outside its host"),
        ("loopback", "from its host or further"),
        ("inside", "by anything"),
    ];
}
