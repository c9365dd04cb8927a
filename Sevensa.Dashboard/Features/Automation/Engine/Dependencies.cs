using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What a service waits for: restarting what waits for a dead database helps nobody.</summary>
internal static class Dependencies
{
    private const string DependsOn = "com.docker.compose.depends_on";

    /// <summary>Why a service can't be well now, in words; null when nothing is known against it.</summary>
    public static string? Objection(IFleet fleet, string tenant, string service)
    {
        var all = fleet.ContainersOf(tenant);
        foreach (var one in all.Where(one => one.Facts.Service == service))
        {
            foreach (var name in Named(one.Facts))
            {
                var needed = all.Where(other =>
                        other.HostId == one.HostId
                        && other.Facts.Project == one.Facts.Project
                        && IsCalled(other.Facts, name)
                    )
                    .ToList();
                if (needed.Count > 0 && needed.All(other => !IsUp(other.Facts)))
                {
                    return $"{one.Facts.Name} waits for {name}, which {Words(needed[0].Facts)}.";
                }
            }
            foreach (var (provider, what) in one.Facts.Settings?.SharedNamespaces() ?? [])
            {
                var lives = all.FirstOrDefault(other =>
                    other.HostId == one.HostId && (other.Facts.Id == provider || other.Facts.Name == provider)
                );
                if (lives is not null && lives.Facts.Service != service && !IsUp(lives.Facts))
                {
                    return $"{one.Facts.Name} lives in the {what} of {lives.Facts.Name}, which {Words(lives.Facts)}.";
                }
            }
        }
        return null;
    }

    /// <summary>Compose writes <c>db:service_healthy:false,cache:service_started:false</c>; what has only to have run once is no matter.</summary>
    private static IEnumerable<string> Named(ContainerFacts facts) =>
        facts
            .Labels.GetValueOrDefault(DependsOn, "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split(':'))
            .Where(part => part is not [_, "service_completed_successfully", ..])
            .Select(part => part[0]);

    private static bool IsCalled(ContainerFacts facts, string name) =>
        facts.Labels.GetValueOrDefault("com.docker.compose.service") == name || facts.Service == name;

    private static bool IsUp(ContainerFacts facts) => facts.State == "running" && facts.Health != "unhealthy";

    private static string Words(ContainerFacts facts) =>
        facts.State == "running" ? "is unhealthy" : $"does not run ({facts.State})";
}
