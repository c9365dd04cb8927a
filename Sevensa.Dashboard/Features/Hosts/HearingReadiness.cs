using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>That dashboards do not hear each other is said, and keeps nobody away: what is known is shown as of then.</summary>
internal sealed class HearingReadiness(DashboardWire wire) : IReadiness
{
    public Unready? Missing() =>
        wire.Status is { State: WireState.Away } status
            ? new Unready(
                "dashboardsApart",
                $"The dashboards do not hear each other since {status.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: Redis can't be reached. Hosts that are connected to another are shown as of then.",
                [],
                Waits: false
            )
            : null;
}
