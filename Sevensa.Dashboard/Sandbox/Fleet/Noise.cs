using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>Values that look random and are functions of their arguments alone, so that nothing has to be stored.</summary>
internal static class Noise
{
    public static ulong Seed(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }
        return Mix(hash);
    }

    public static ulong Seed(ulong seed, long n) => Mix(seed + (0x9E3779B97F4A7C15UL * (ulong)(n + 1)));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public static double Unit(ulong seed, long n) => (Seed(seed, n) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Smooth value noise in [-1, 1] with lattice points at the whole numbers of <paramref name="x"/>.</summary>
    public static double Smooth(ulong seed, double x)
    {
        var cell = Math.Floor(x);
        var f = x - cell;
        var a = Unit(seed, (long)cell);
        var b = Unit(seed, (long)cell + 1);
        return (2 * (a + ((b - a) * f * f * (3 - (2 * f))))) - 1;
    }

    public static int Pick(ulong seed, long n, int count) => (int)(Unit(seed, n) * count);

    public static string Hex(string text, int length)
    {
        var seed = Seed(text);
        var builder = new StringBuilder(length + 16);
        for (var i = 0; builder.Length < length; i++)
        {
            builder.Append(Seed(seed, i).ToString("x16", CultureInfo.InvariantCulture));
        }
        return builder.ToString(0, length);
    }

    /// <summary>A value with the given normal standard score for a uniform one (Acklam's approximation, coarse tails).</summary>
    public static double StandardScore(double unit)
    {
        // Sum of logistic: z is close to the normal one within 0.1 between the 1st and 99th percentile.
        var p = Math.Clamp(unit, 1e-6, 1 - 1e-6);
        return Math.Log(p / (1 - p)) / 1.702;
    }

    /// <summary>The standard normal distribution function (Abramowitz and Stegun 7.1.26).</summary>
    public static double NormalCdf(double z)
    {
        var x = Math.Abs(z) / Math.Sqrt(2);
        var t = 1 / (1 + (0.3275911 * x));
        var poly =
            t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429))))))));
        var erf = 1 - (poly * Math.Exp(-x * x));
        return z >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf);
    }
}
