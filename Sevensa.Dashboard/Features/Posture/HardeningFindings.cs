using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>Tells plans of hardening what is found now.</summary>
internal sealed class HardeningFindings(IFleet fleet, PostureExceptions exceptions) : IHardeningFindings
{
    public async Task<IReadOnlyList<HardeningFinding>> OfAsync(string tenant, CancellationToken cancellation)
    {
        var standing = await exceptions.StandingAsync(cancellation);
        var engines = fleet.Hosts.ToDictionary(host => host.Id, host => host.Facts?.Settings);
        return
        [
            .. fleet
                .ContainersOf(tenant)
                .Where(container => container.Runs)
                .SelectMany(container =>
                    Examination.Of(container, engines.GetValueOrDefault(container.HostId), standing)
                )
                .Select(item => new HardeningFinding(
                    item.ContainerId!,
                    item.Check,
                    item.Title,
                    item.State is CheckState.Fail or CheckState.Excepted,
                    item.Reason,
                    item is { State: CheckState.Excepted, Exception: { } exception }
                        ? $"{exception.Owner} answers for it until {exception.Until:yyyy-MM-dd} ({exception.Reason})"
                        : null
                )),
        ];
    }
}
