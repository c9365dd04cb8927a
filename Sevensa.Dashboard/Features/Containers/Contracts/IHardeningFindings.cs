namespace Sevensa.Dashboard.Features.Containers.Contracts;

/// <summary>What fails of how containers are held apart from their host and from others. Implemented by whoever holds them against a benchmark.</summary>
public interface IHardeningFindings
{
    /// <summary>What is found of a tenant's running containers now, items that pass too.</summary>
    Task<IReadOnlyList<HardeningFinding>> OfAsync(string tenant, CancellationToken cancellation);
}

/// <param name="Check">Number of the item in the benchmark.</param>
/// <param name="Fails">Excepted or not.</param>
/// <param name="Reason">In words: what was found.</param>
/// <param name="Excepted">Who answers for it until when, in words; null when nobody does.</param>
public sealed record HardeningFinding(
    string ContainerId,
    string Check,
    string Title,
    bool Fails,
    string Reason,
    string? Excepted
);

/// <summary>Items of the CIS Docker Benchmark that making a container anew from its own specification with less allowed puts right.</summary>
public static class HardeningItems
{
    public const string User = "4.1";
    public const string AppArmor = "5.2";
    public const string SeLinux = "5.3";
    public const string Capabilities = "5.4";
    public const string Privileged = "5.5";
    public const string Memory = "5.11";
    public const string Processors = "5.12";
    public const string ReadOnlyRoot = "5.13";
    public const string Ports = "5.14";
    public const string RestartPolicy = "5.15";
    public const string Ulimits = "5.19";
    public const string Seccomp = "5.22";
    public const string NewPrivileges = "5.26";
    public const string Processes = "5.29";

    /// <summary>The kind of action that applies them.</summary>
    public const string Kind = "service.harden";

    /// <summary>By number, with what is done.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [User] = "user",
            [AppArmor] = "AppArmor's default profile",
            [SeLinux] = "SELinux labels",
            [Capabilities] = "drop capabilities",
            [Privileged] = "not privileged",
            [Memory] = "memory limit (memoryMiB)",
            [Processors] = "processors (cpus)",
            [ReadOnlyRoot] = "read-only root with tmpfs",
            [Ports] = "ports bound to an address",
            [RestartPolicy] = "restart policy on-failure:5",
            [Ulimits] = "the engine's ulimits",
            [Seccomp] = "seccomp's default profile",
            [NewPrivileges] = "no-new-privileges",
            [Processes] = "limit of processes (pidsLimit)",
        };
}
