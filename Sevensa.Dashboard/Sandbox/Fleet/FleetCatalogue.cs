namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>The hosts and services of the simulated fleet, as the Sandbox's story tells them.</summary>
internal static class FleetCatalogue
{
    public const string FaultyImage = "sevensa/rentguy-api:2.4.1";

    public static IReadOnlyList<HostProfile> Hosts { get; } =
    [new("vps-1", 4, 16, 160, 0.31), new("vps-2", 4, 8, 120, 0.56)];

    public static IReadOnlyList<ServiceProfile> Services { get; } =
    [
        new()
        {
            Tenant = "rentguy",
            Service = "api",
            Host = "vps-1",
            Repository = "sevensa/rentguy-api",
            Releases = [("2.3.7", 41), ("2.4.0", 12.3), ("2.4.1", double.NaN)],
            Voice = LogVoice.RentGuyApi,
            LimitMiB = 512,
            MemoryMiB = 208,
            Cpu = (0.03, 0.21),
            RequestsPerSecond = 11.5,
            P95 = 0.23,
            LogRate = 0.35,
            Command = ["dotnet", "RentGuy.Api.dll"],
            Environment = ["ASPNETCORE_URLS=http://+:8080", "DB_PASSWORD_FILE=/run/secrets/db", "LOG_LEVEL=info"],
            Networks = ["rentguy_default", "edge", "data"],
        },
        new()
        {
            Tenant = "rentguy",
            Service = "web",
            Host = "vps-1",
            Repository = "sevensa/rentguy-web",
            Releases = [("1.18.0", 33), ("1.19.2", 5.4)],
            Voice = LogVoice.Web,
            LimitMiB = 256,
            MemoryMiB = 74,
            Cpu = (0.01, 0.06),
            RequestsPerSecond = 18,
            P95 = 0.085,
            ErrorRatio = 0.0006,
            LogRate = 0.2,
            Command = ["nginx", "-g", "daemon off;"],
            Networks = ["rentguy_default", "edge"],
        },
        new()
        {
            Tenant = "rentguy",
            Service = "worker",
            Host = "vps-1",
            Repository = "sevensa/rentguy-worker",
            Releases = [("2.3.7", 41), ("2.4.0", 12.3)],
            Voice = LogVoice.RentGuyWorker,
            LimitMiB = 384,
            MemoryMiB = 142,
            Cpu = (0.02, 0.09),
            LogRate = 0.12,
            Command = ["dotnet", "RentGuy.Worker.dll"],
            Networks = ["rentguy_default", "data"],
        },
        new()
        {
            Tenant = "psra-ltsd",
            Service = "api",
            Host = "vps-2",
            Repository = "sevensa/psra-api",
            Releases = [("3.10.4", 52), ("3.11.0", 16.6)],
            MigratesWith = "3.11.0",
            Voice = LogVoice.PsraApi,
            LimitMiB = 768,
            MemoryMiB = 312,
            Cpu = (0.04, 0.24),
            RequestsPerSecond = 7.2,
            P95 = 0.31,
            ErrorRatio = 0.0012,
            LogRate = 0.25,
            Command = ["dotnet", "Psra.Api.dll"],
            Networks = ["psra-ltsd_default", "edge"],
        },
        new()
        {
            Tenant = "psra-ltsd",
            Service = "certificate-worker",
            Host = "vps-2",
            Repository = "sevensa/psra-certificate-worker",
            Releases = [("3.10.4", 52), ("3.11.0", 16.6)],
            Voice = LogVoice.CertificateWorker,
            LimitMiB = 512,
            MemoryMiB = 236,
            Cpu = (0.05, 0.42),
            LogRate = 0.16,
            Command = ["dotnet", "Psra.CertificateWorker.dll"],
            Networks = ["psra-ltsd_default"],
        },
        new()
        {
            Tenant = "psra-ltsd",
            Service = "web",
            Host = "vps-2",
            Repository = "sevensa/psra-web",
            Releases = [("3.11.0", 16.6)],
            Voice = LogVoice.Web,
            LimitMiB = 256,
            MemoryMiB = 61,
            Cpu = (0.01, 0.04),
            RequestsPerSecond = 6.4,
            P95 = 0.07,
            ErrorRatio = 0.0005,
            LogRate = 0.1,
            Command = ["nginx", "-g", "daemon off;"],
            Networks = ["psra-ltsd_default", "edge"],
        },
        new()
        {
            Tenant = "witcom",
            Service = "psra-api",
            Host = "vps-2",
            Repository = "sevensa/psra-api",
            Releases = [("3.10.4", 52), ("3.11.0", 9.1)],
            Voice = LogVoice.PsraApi,
            LimitMiB = 768,
            MemoryMiB = 268,
            Cpu = (0.03, 0.15),
            RequestsPerSecond = 3.9,
            P95 = 0.28,
            ErrorRatio = 0.0009,
            LogRate = 0.15,
            Command = ["dotnet", "Psra.Api.dll"],
            Networks = ["witcom_default", "edge"],
        },
        new()
        {
            Tenant = "witcom",
            Service = "psra-db",
            Host = "vps-2",
            Repository = "postgres",
            Releases = [("15.8", 63)],
            Voice = LogVoice.Postgres,
            LimitMiB = 1024,
            MemoryMiB = 486,
            Cpu = (0.02, 0.11),
            LogRate = 0.05,
            User = "",
            Command = ["postgres"],
            Volumes = ["witcom_pgdata:/var/lib/postgresql/data"],
            Networks = ["witcom_default"],
            Port = (5432, null),
            Hardened = false,
        },
        .. FleetPlatform.Services,
    ];

    public static ServiceProfile? Find(string tenant, string service) =>
        Services.FirstOrDefault(s => s.Tenant == tenant && s.Service == service);
}

/// <remarks>DiskFree: The part of the disk that is free today.</remarks>
internal sealed record HostProfile(string Name, int Cpus, int MemoryGiB, int DiskGiB, double DiskFree);
