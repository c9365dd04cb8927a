namespace Sevensa.Dashboard.Ui.Gallery;

/// <summary>Made-up figures for the gallery; the same every time.</summary>
internal static class Samples
{
    public static double[] Walk(int count, double low, double high, double drift, int seed)
    {
        var state = (long)seed * 7919 + 7;
        double Next() => (state = state * 16807 % 2147483647) / 2147483647d;
        var value = (low + high) / 2;
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            value += (Next() - 0.5) * (high - low) * 0.18 + drift * (high - low) / count;
            values[i] = value = Math.Clamp(value, low, high);
        }
        return values;
    }
}
