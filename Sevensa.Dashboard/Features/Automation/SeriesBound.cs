using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>How many series of the past are read for one policy. It is asked first, in one series of few points: a month of all of them would have to be held to be refused.</summary>
internal static class SeriesBound
{
    public const int Most = 200;

    /// <summary>Points of one question: Prometheus gives 11,000 at most.</summary>
    public const int MostPoints = 10_000;

    private static readonly TimeSpan Sparse = TimeSpan.FromHours(1);

    /// <exception cref="UnfitPolicyException">They are too many.</exception>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer; keeps its words.</exception>
    public static async Task CountFirstAsync(
        IMetrics metrics,
        TenantScope scope,
        string query,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var counts = await metrics.RangeAsync(scope, $"count({query}\n)", from, to, Sparse, cancellation);
        Check(counts.SelectMany(one => one.Values).Where(double.IsFinite).DefaultIfEmpty(0).Max());
    }

    /// <exception cref="UnfitPolicyException">They are too many.</exception>
    public static void Check(double series)
    {
        if (series > Most)
        {
            throw new UnfitPolicyException("trigger.query", Words(series));
        }
    }

    /// <summary>After what it is said of.</summary>
    public static string Words(double series) =>
        $"yields {series:0} series; a policy looks at {Most} at most. Aggregate it, for example with max by (service), or sum by (service) where it is a load.";
}
