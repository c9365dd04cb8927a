namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// How soon one would look at a finding, by what is known of it alone: known to be exploited first, then how likely that is
/// (EPSS, in four steps, since its digits mean little), then how severe it is, then whether there is a fix. How far the image is
/// reached from is the containers' matter, and stands between the first two where findings are listed.
/// </summary>
internal static class Urgency
{
    /// <summary>From here on it is known to be exploited.</summary>
    public const int Exploited = 1000;

    private const int Likely = 100;
    private const int Severe = 10;

    public static int Of(FindingRow row) =>
        (row.Exploited ? Exploited : 0)
        + Likely * Likelihood(row.Epss)
        + Severe * (int)row.Severity
        + (row.FixedVersion is null ? 0 : 1);

    private static int Likelihood(double? epss) =>
        epss switch
        {
            >= 0.5 => 3,
            >= 0.1 => 2,
            >= 0.01 => 1,
            _ => 0,
        };
}
