using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox;

/// <summary>What was agreed with the simulated fleet's tenants, and what they were told of.</summary>
internal static class SandboxStories
{
    public static IReadOnlyList<SeedObjective> Objectives { get; } =
    [
        new("rentguy", "api", "Rental API answers", 0.999, 28),
        new("rentguy", "api", "Rental API within 500 ms", 0.95, 28, 0.5, "http_request_duration_seconds"),
        new("rentguy", "web", "Storefront answers", 0.998, 30),
        new(
            "psra-ltsd",
            "certificate-worker",
            "Certificates within 2 s (p95)",
            0.95,
            28,
            2,
            "psra_certificate_generation_seconds"
        ),
        new("psra-ltsd", "api", "Declarations API answers", 0.995, 28),
        new("witcom", "psra-api", "PSRA for Witcom answers", 0.995, 30),
        new("witcom", "psra-api", "PSRA for Witcom within 500 ms", 0.95, 7, 0.5, "http_request_duration_seconds"),
    ];

    public static IReadOnlyList<SeedIncident> Incidents(SimulatedFleet fleet)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds((long)fleet.StartedAt);
        var release = DateTimeOffset.FromUnixTimeSeconds((long)FleetHistory.FaultyRelease(now));
        var midnight = DateTimeOffset.FromUnixTimeSeconds((long)FleetHistory.Midnight(now));
        var night = midnight.AddDays(3).AddHours(2);
        return
        [
            new(
                "rentguy",
                false,
                "The rental API is slower than agreed",
                "minor",
                ["api"],
                release.AddMinutes(25),
                null,
                "Olivier Operator",
                [
                    new(
                        release.AddMinutes(40),
                        "investigating",
                        "Searching and booking take about twice as long as usual. Nothing is lost. We are looking for the cause."
                    ),
                    new(
                        release.AddHours(2),
                        "identified",
                        "It began with yesterday's release. We are preparing to go back to the release before it."
                    ),
                ]
            ),
            new(
                "psra-ltsd",
                false,
                "Certificates were issued slowly",
                "minor",
                ["certificate-worker"],
                midnight.AddDays(-6).AddHours(11),
                midnight.AddDays(-6).AddHours(13.75),
                "Olivier Operator",
                [
                    new(
                        midnight.AddDays(-6).AddHours(11.4),
                        "investigating",
                        "Certificates take longer than two seconds at the moment. All of them are issued."
                    ),
                    new(
                        midnight.AddDays(-6).AddHours(13.75),
                        "resolved",
                        "Certificates are issued as fast as agreed again. Around noon there is more to do than one worker can."
                    ),
                ]
            ),
            new(
                "witcom",
                true,
                "Update of the database server",
                "minor",
                ["psra-db", "psra-api"],
                night,
                night.AddHours(1),
                "Olivier Operator",
                [
                    new(
                        midnight.AddHours(-30),
                        "scheduled",
                        "The database gets a newer version. PSRA is not available for a few minutes within this hour."
                    ),
                ]
            ),
        ];
    }
}
