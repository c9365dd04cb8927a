using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Who uses the credentials of a database place, and is restarted when these lead elsewhere: as a rotation does it.</summary>
internal sealed class CredentialUsers(SecretConsumers consumers, IFleet fleet) : ICredentialUsers
{
    public CredentialRoll Roll(string tenant, IReadOnlyList<string> paths, bool restart, int first)
    {
        if (fleet.ContainersOf(tenant).Count == 0)
        {
            return new CredentialRoll(
                [],
                [],
                [],
                ["No container of this tenant is known: restart by hand what reads its secrets at its start only"]
            );
        }
        var plans = paths
            .Select(path =>
                RollingPlan.Of(consumers, fleet, tenant, path, [], restart ? RollingPlan.Labelled : RollingPlan.Nobody)
            )
            .ToList();
        var rolled = plans.SelectMany(plan => plan.Rolled).DistinctBy(one => one.Container.Facts.Id).ToList();
        var along = rolled.SelectMany(one => one.Along).Select(one => one.Facts.Id).ToHashSet(StringComparer.Ordinal);
        var all = new RollingPlan(
            [.. rolled.Where(one => !along.Contains(one.Container.Facts.Id))],
            [.. plans.SelectMany(plan => plan.Rest).Distinct(StringComparer.Ordinal)]
        );
        return new CredentialRoll(all.Containers, [.. all.Steps(first)], all.Names, all.Rest);
    }

    public IReadOnlyList<string> Differences(ActionPlan plan) => [.. RollingPlan.Differences(plan, fleet)];
}
