using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Hosts that were connected before are waited for, for as long as runners take to come back; then it is said who has not told.</summary>
internal sealed class HostReadiness(Fleet fleet) : IReadiness
{
    public Unready? Missing() =>
        fleet.NotTold is { Count: > 0 } missing
            ? new Unready(
                "hostsNotTold",
                $"{missing.Count} host{(missing.Count == 1 ? " that was" : "s that were")} connected before {(missing.Count == 1 ? "has" : "have")} not told yet what runs there; it is not known until then.",
                missing,
                !fleet.IsWarm
            )
            : null;
}
