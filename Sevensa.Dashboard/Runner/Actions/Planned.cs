using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>A container's facts in the words of a plan.</summary>
internal static class Planned
{
    public static PlanContainer From(ContainerFacts facts) =>
        new(
            facts.Id,
            facts.Name,
            facts.Service,
            facts.Image,
            facts.ImageDigest,
            facts.ConfigHash,
            facts.State,
            facts.Networks,
            facts.Ports
        );
}
