using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What a policy acts on. Cool-downs, other policies and outcomes go by that, whichever service set it off.</summary>
internal static class DeedPlaces
{
    /// <summary>The service of what is acted on, so that two policies that name it differently mean the same; the target as it was written when it is none.</summary>
    public static string Of(IFleet fleet, string tenant, PolicyAction action, string subject)
    {
        if (action.Target is not { } target)
        {
            return subject;
        }
        var (only, name) = target.Split(':', 2) is [("service" or "container") and var word, var rest]
            ? (word, rest)
            : (null, target);
        var all = fleet.ContainersOf(tenant);
        if (only == "service" || (only is null && all.Any(one => one.Facts.Service == name)))
        {
            return name;
        }
        return
            all.FirstOrDefault(one =>
                one.Facts.Name == name
                || (name.Length >= ShortestId && one.Facts.Id.StartsWith(name, StringComparison.Ordinal))
            )
                is { } container
            ? container.Facts.Service
            : name;
    }

    private const int ShortestId = 12;
}
