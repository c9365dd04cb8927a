using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox;

/// <summary>The simulated fleet's people, tenants, scans and releases as plain data.</summary>
public sealed class SandboxSeed : ISeed
{
    private static readonly string[] All = ["rentguy", "psra-ltsd", "witcom", "platform"];

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

    public IReadOnlyList<SeedTenant> Tenants { get; } =
    [
        new("rentguy", "RentGuy", "#e4572e", [.. Services("rentguy"), SharedSchema]),
        new("psra-ltsd", "PSRA-LTSD", "#2e86ab", [.. Services("psra-ltsd")]),
        new("witcom", "Witcom", "#6a4c93", [.. Services("witcom")]),
        new("platform", "Platform", "#3d5a5b", [.. Services("platform")]),
    ];

    public IReadOnlyList<SeedPerson> People { get; } =
    [
        new("admin", "Sanne Admin", "admin", [], "sandbox"),
        new("operator", "Olivier Operator", "operator", All, "sandbox"),
        new("approver", "Anouk Approver", "approver", All, "sandbox"),
        new("viewer", "Victor Viewer", "viewer", All, "sandbox"),
        new("client-rentguy", "Rosa of RentGuy", "client", ["rentguy"], "sandbox"),
        new("client-witcom", "Wim of Witcom", "client", ["witcom"], "sandbox"),
    ];

    public IReadOnlyList<SeedScan> Scans { get; }

    public IReadOnlyList<SeedRelease> Releases { get; }

    public IReadOnlyList<SeedObjective> Objectives => SandboxStories.Objectives;

    public IReadOnlyList<SeedIncident> Incidents { get; }

    private static SeedService SharedSchema =>
        new("db", "vps-1", null, "Schema rentguy on the shared PostgreSQL (platform/postgres)");

    private static IEnumerable<SeedService> Services(string tenant) =>
        FleetCatalogue
            .Services.Where(s => s.Tenant == tenant)
            .Select(s => new SeedService(s.Service, s.Host, $"{s.Repository}:{s.Releases[^1].Tag}", Describe(s)));

    private static string Describe(ServiceProfile s) =>
        (s.Tenant, s.Service) switch
        {
            ("rentguy", "api") => "Rental API",
            ("rentguy", "web") => "Rental storefront",
            ("rentguy", "worker") => "Invoices, reminders and stock",
            ("psra-ltsd", "api") => "Supplier declarations API",
            ("psra-ltsd", "certificate-worker") => "Generates certificates; agreed at most 2 s at p95",
            ("psra-ltsd", "web") => "Supplier portal",
            ("witcom", "psra-api") => "PSRA for Witcom",
            ("witcom", "psra-db") => "Witcom's own PostgreSQL",
            ("platform", "ai") => "The VPS manager at ai.sevensa.nl",
            ("platform", "traefik") => "Reverse proxy",
            ("platform", "postgres") => "Shared PostgreSQL",
            ("platform", "n8n") => "Workflows",
            ("platform", "claude-chat") => "Chat front end",
            _ => "Agent graphs",
        };
}
