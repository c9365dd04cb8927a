namespace Sevensa.Dashboard.Sandbox.Fleet;

internal enum LogVoice
{
    RentGuyApi,
    PsraApi,
    Web,
    RentGuyWorker,
    CertificateWorker,
    Postgres,
    Traefik,
    Manager,
    ClaudeChat,
    LangGraph,
    N8n,
}

/// <summary>What a service is and how it behaves when it is well.</summary>
internal sealed record ServiceProfile
{
    public required string Tenant { get; init; }

    /// <summary>The Compose service.</summary>
    public required string Service { get; init; }
    public required string Host { get; init; }

    /// <summary>Repository without tag.</summary>
    public required string Repository { get; init; }

    /// <summary>Tag and age in days of each release, oldest first; the last one runs now. Age NaN: yesterday 16:10.</summary>
    public required (string Tag, double AgeDays)[] Releases { get; init; }

    /// <summary>Tag of the release that changed the database in a way that older ones can't read.</summary>
    public string? MigratesWith { get; init; }
    public required LogVoice Voice { get; init; }

    /// <summary>Container memory limit in MiB; 0 is none.</summary>
    public required int LimitMiB { get; init; }
    public required int MemoryMiB { get; init; }

    /// <summary>Cores used when idle, and per unit of <see cref="Rhythm"/>.</summary>
    public required (double Idle, double Busy) Cpu { get; init; }

    /// <summary>Mean HTTP requests per second; 0 for what speaks no HTTP.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>Seconds.</summary>
    public double P95 { get; init; } = 0.12;
    public double ErrorRatio { get; init; } = 0.001;

    /// <summary>Mean log lines per second of the whole service.</summary>
    public double LogRate { get; init; } = 0.1;
    public string User { get; init; } = "1000:1000";
    public string[] Command { get; init; } = ["/app/start"];
    public string[] Environment { get; init; } = [];
    public string[] Binds { get; init; } = [];
    public string[] Volumes { get; init; } = [];
    public string[] Networks { get; init; } = [];

    /// <summary>Port inside the container, and on the host when published (address and port).</summary>
    public (int Inside, string? Published) Port { get; init; } = (8080, null);
    public bool Hardened { get; init; } = true;
    public bool HasHealthCheck { get; init; } = true;

    public string Key => $"{Tenant}/{Service}";

    /// <summary>The name Compose gives to the first container.</summary>
    public string ContainerName => $"{Tenant}-{Service}-1";
}
