using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>How severities are shown everywhere.</summary>
internal static class SeverityColours
{
    public static State Of(Severity severity) =>
        severity switch
        {
            Severity.Critical => State.Crit,
            Severity.High => State.Warn,
            Severity.Medium or Severity.Low => State.Info,
            _ => State.Unknown,
        };
}
