namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// Base scores computed from vectors, by FIRST's specifications of CVSS 2.0, 3.0, 3.1 and 4.0. Metrics of threat and
/// environment are left aside: a scanner's reader is asked how bad the flaw is, not how bad it is here.
/// </summary>
internal static partial class CvssVector
{
    /// <summary>0 to 10, one decimal; null when the text is no vector of these versions or lacks a base metric.</summary>
    public static double? BaseScore(string? vector)
    {
        if (vector is null || vector.Length > 400)
        {
            return null;
        }
        // Some write it in small letters, and the version of the second as "CVSS2#".
        var parts = vector
            .Trim()
            .Trim('(', ')')
            .ToUpperInvariant()
            .Replace("CVSS2#", "CVSS:2.0/", StringComparison.Ordinal)
            .Split('/', StringSplitOptions.RemoveEmptyEntries);
        var metrics = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in parts)
        {
            var at = part.IndexOf(':', StringComparison.Ordinal);
            if (at <= 0 || !metrics.TryAdd(part[..at], part[(at + 1)..]))
            {
                return null;
            }
        }
        return metrics.GetValueOrDefault("CVSS") switch
        {
            "3.0" or "3.1" => Version3(metrics),
            "4.0" => Version4(metrics),
            "2.0" or "2" => Version2(metrics),
            // Without its version it is told by a metric that no other version has.
            null when metrics.ContainsKey("Au") => Version2(metrics),
            null when metrics.ContainsKey("VC") => Version4(metrics),
            null when metrics.ContainsKey("S") && metrics.ContainsKey("PR") => Version3(metrics),
            _ => null,
        };
    }

    private static double? Version2(Dictionary<string, string> metrics)
    {
        if (
            Of(metrics, "AV", ("L", 0.395), ("A", 0.646), ("N", 1.0)) is not { } vector
            || Of(metrics, "AC", ("H", 0.35), ("M", 0.61), ("L", 0.71)) is not { } complexity
            || Of(metrics, "Au", ("M", 0.45), ("S", 0.56), ("N", 0.704)) is not { } authentication
            || Impact("C") is not { } confidentiality
            || Impact("I") is not { } integrity
            || Impact("A") is not { } availability
        )
        {
            return null;
        }
        var impact = 10.41 * (1 - ((1 - confidentiality) * (1 - integrity) * (1 - availability)));
        var exploitability = 20 * vector * complexity * authentication;
        var score = ((0.6 * impact) + (0.4 * exploitability) - 1.5) * (impact == 0 ? 0 : 1.176);
        return Math.Round(score, 1, MidpointRounding.AwayFromZero);

        double? Impact(string metric) => Of(metrics, metric, ("N", 0), ("P", 0.275), ("C", 0.66));
    }

    private static double? Version3(Dictionary<string, string> metrics)
    {
        var changed = metrics.GetValueOrDefault("S") == "C";
        if (
            (!changed && metrics.GetValueOrDefault("S") != "U")
            || Of(metrics, "AV", ("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)) is not { } vector
            || Of(metrics, "AC", ("L", 0.77), ("H", 0.44)) is not { } complexity
            || Of(metrics, "PR", ("N", 0.85), ("L", changed ? 0.68 : 0.62), ("H", changed ? 0.5 : 0.27))
                is not { } privileges
            || Of(metrics, "UI", ("N", 0.85), ("R", 0.62)) is not { } interaction
            || Impact("C") is not { } confidentiality
            || Impact("I") is not { } integrity
            || Impact("A") is not { } availability
        )
        {
            return null;
        }
        var loss = 1 - ((1 - confidentiality) * (1 - integrity) * (1 - availability));
        var impact = changed ? (7.52 * (loss - 0.029)) - (3.25 * Math.Pow(loss - 0.02, 15)) : 6.42 * loss;
        if (impact <= 0)
        {
            return 0;
        }
        var exploitability = 8.22 * vector * complexity * privileges * interaction;
        return RoundUp(Math.Min(changed ? 1.08 * (impact + exploitability) : impact + exploitability, 10));

        double? Impact(string metric) => Of(metrics, metric, ("H", 0.56), ("L", 0.22), ("N", 0));
    }

    /// <summary>Appendix A of 3.1: upwards to one decimal, with whole numbers so that 4.02 does not come from 4.000000001.</summary>
    private static double RoundUp(double score)
    {
        var whole = (int)Math.Round(score * 100_000);
        return whole % 10_000 == 0 ? whole / 100_000.0 : ((whole / 10_000) + 1) / 10.0;
    }

    private static double? Of(
        Dictionary<string, string> metrics,
        string metric,
        params ReadOnlySpan<(string Value, double Weight)> weights
    )
    {
        if (metrics.TryGetValue(metric, out var given))
        {
            foreach (var (value, weight) in weights)
            {
                if (value == given)
                {
                    return weight;
                }
            }
        }
        return null;
    }
}
