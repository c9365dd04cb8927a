using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Section <c>Policies</c>: how often policies are looked at, and how long what became of it is kept.</summary>
internal sealed class AutomationOptions
{
    /// <summary>Seconds from one look at all policies to the next.</summary>
    [Range(1, 600)]
    public int EverySeconds { get; set; } = 30;

    /// <summary>How often policies act on one service within an hour at most, all of them together.</summary>
    [Range(1, 100)]
    public int ServicePerHour { get; set; } = 12;

    /// <summary>How many days looks that did something, or nearly did, are kept.</summary>
    [Range(2, 3650)]
    public int KeepDays { get; set; } = 90;

    /// <summary>How many days a backtest looks back.</summary>
    [Range(1, 90)]
    public int BacktestDays { get; set; } = 30;
}
