using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Ollama;

namespace Sevensa.Dashboard.Sandbox;

/// <summary>The simulated fleet's scans, releases and stories as plain data.</summary>
public sealed class SandboxSeed : ISeed
{
    /// <param name="engines">Whether its Docker engines are the simulated ones: a real one's past is not made up.</param>
    internal SandboxSeed(SimulatedFleet fleet, bool engines)
    {
        Releases = !engines
            ? []
            :
            [
                .. from container in fleet.Snapshot.Containers
                where container.Profile is not null
                let tag = container.ImageName[(container.ImageName.LastIndexOf(':') + 1)..]
                let image = new FleetImage(container.Host, container.Profile!.Repository, tag, 0, 0)
                orderby container.Created
                select new SeedRelease(
                    container.Tenant,
                    container.Service,
                    container.Host,
                    image.Name,
                    image.Digest,
                    DateTimeOffset.FromUnixTimeSeconds((long)container.Created),
                    "operator",
                    $"Release {tag} of {container.Tenant}/{container.Service}"
                ),
            ];
        Scans = TrivyReports.All(fleet);
        Incidents = SandboxStories.Incidents(fleet);
    }

    public IReadOnlyList<SeedScan> Scans { get; }

    public IReadOnlyList<SeedRelease> Releases { get; }

    public IReadOnlyList<SeedObjective> Objectives => SandboxStories.Objectives;

    public IReadOnlyList<SeedIncident> Incidents { get; }

    public IReadOnlyList<SeedThread> Threads { get; internal init; } = [];

    public IReadOnlyList<SeedModel> Models { get; } =
    [
        .. StandInModel
            .All.Where(model => model.CallsTools)
            .Select(model => new SeedModel(model.Name, model.Digest, OllamaStandIn.Version)),
    ];
}
