namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>How a service answers: seconds at the 95th percentile in calm and in midday traffic, errors, CPU.</summary>
internal readonly record struct Behaviour(double P95, double MiddayP95, double ErrorRatio, double CpuFactor)
{
    /// <summary>Spread of the logarithm of durations: the median is p95 / e^(1.645 × this).</summary>
    public const double Spread = 0.62;
    private const double P95Score = 1.6449;

    public static Behaviour Of(ServiceProfile profile, bool faulty, int stage, int replicas)
    {
        if (faulty)
        {
            // 2.4.1 holds on to every availability lookup: slower at once, worse as the heap fills.
            return stage switch
            {
                0 => new(0.52, 0.52, 0.006, 1.25),
                1 => new(0.69, 0.69, 0.011, 1.4),
                2 => new(0.79, 0.79, 0.016, 1.5),
                _ => new(0.86, 0.86, 0.019, 1.6),
            };
        }
        if (profile is { Tenant: "psra-ltsd", Service: "certificate-worker" })
        {
            return new(
                replicas >= 3 ? 1.05 : 1.2,
                replicas switch
                {
                    1 => 2.85,
                    2 => 2.15,
                    _ => 1.3,
                },
                profile.ErrorRatio,
                1
            );
        }
        return new(profile.P95, profile.P95, profile.ErrorRatio, 1);
    }

    /// <summary>The part of requests that take at most <paramref name="seconds"/>, when calm and at midday.</summary>
    public (double Calm, double Midday) Within(double seconds) => (Within(seconds, P95), Within(seconds, MiddayP95));

    /// <summary>Mean duration in seconds, when calm and at midday.</summary>
    public (double Calm, double Midday) Mean() => (Mean(P95), Mean(MiddayP95));

    /// <summary>A duration for a uniform number.</summary>
    public double Draw(double unit, double t)
    {
        var p95 = P95 + ((MiddayP95 - P95) * Rhythm.Midday(t));
        return Median(p95) * Math.Exp(Spread * Noise.StandardScore(unit));
    }

    private static double Median(double p95) => p95 / Math.Exp(P95Score * Spread);

    private static double Mean(double p95) => Median(p95) * Math.Exp(Spread * Spread / 2);

    private static double Within(double seconds, double p95) =>
        double.IsPositiveInfinity(seconds) ? 1 : Noise.NormalCdf((Math.Log(seconds) - Math.Log(Median(p95))) / Spread);
}
