using System.Globalization;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What Prometheus is asked for triggers that look at figures.</summary>
internal static class TriggerQueries
{
    /// <summary>What holds for more services at once is no service's own trouble.</summary>
    public const int MostServices = 10;

    /// <summary>Null for one that looks at something else.</summary>
    public static string? Of(PolicyTrigger trigger, MetricNames names) =>
        trigger.Kind switch
        {
            TriggerKind.Metric => trigger.Query,
            TriggerKind.Certificate => string.Create(
                CultureInfo.InvariantCulture,
                $"min by (service) (probe_ssl_earliest_cert_expiry) - time() < {trigger.Within!.Value.TotalSeconds:0}"
            ),
            TriggerKind.Disk => string.Create(
                CultureInfo.InvariantCulture,
                $"min by (service) (predict_linear({names.DiskAvailable}[6h], {trigger.Within!.Value.TotalSeconds:0})) < 0"
            ),
            _ => null,
        };
}
