using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>Section <c>Metrics:Behaviour</c>: how often services are compared with what is usual of them.</summary>
internal sealed class BehaviourOptions
{
    /// <summary>Minutes between two looks; 0 for none.</summary>
    [Range(0, 1440)]
    public int EveryMinutes { get; set; } = 10;

    /// <summary>So many days are what is usual.</summary>
    [Range(UsualBand.LeastDays, 60)]
    public int HistoryDays { get; set; } = 14;
}
