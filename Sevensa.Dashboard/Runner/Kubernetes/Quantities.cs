using System.Globalization;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Quantities as the cluster writes them: <c>100m</c>, <c>1Gi</c>, <c>1500M</c>, <c>1e3</c>.</summary>
internal static class Quantities
{
    private static readonly (string Suffix, double Factor)[] Suffixes =
    [
        ("Ki", 1L << 10),
        ("Mi", 1L << 20),
        ("Gi", 1L << 30),
        ("Ti", 1L << 40),
        ("Pi", 1L << 50),
        ("Ei", 1L << 60),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];

    /// <summary>0 for what is none.</summary>
    public static double Number(string quantity)
    {
        foreach (var (suffix, factor) in Suffixes)
        {
            if (
                quantity.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(
                    quantity[..^suffix.Length],
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var count
                )
            )
            {
                return count * factor;
            }
        }
        return double.TryParse(quantity, NumberStyles.Float, CultureInfo.InvariantCulture, out var plain) ? plain : 0;
    }
}
