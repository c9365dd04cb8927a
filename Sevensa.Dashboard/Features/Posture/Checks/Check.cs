using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>How much an item weighs in a score.</summary>
public enum CheckWeight
{
    /// <summary>Good order rather than a way in.</summary>
    Low = 1,

    /// <summary>Makes a break-in easier, or its consequences worse.</summary>
    Medium = 3,

    /// <summary>Takes away one of the walls between a container and its host.</summary>
    High = 6,

    /// <summary>Who breaks into the container has the host.</summary>
    Critical = 10,
}

public enum CheckState
{
    Pass,
    Fail,

    /// <summary>It fails, and somebody answers for it until a time.</summary>
    Excepted,

    /// <summary>Does not concern this container or engine.</summary>
    NotApplicable,

    /// <summary>The host's runner does not tell what would have to be known.</summary>
    NotTold,
}

/// <summary>What an item says of one container or engine.</summary>
/// <param name="Reason">In words: what was found.</param>
/// <param name="Patch">What would have to stand in the Compose file; null where no file can tell, or none is needed.</param>
internal sealed record Verdict(CheckState State, string Reason, IReadOnlyList<string>? Patch = null)
{
    /// <summary>Docker's names of the volumes that the patch mounts.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    public static Verdict Pass(string reason) => new(CheckState.Pass, reason);

    /// <param name="patch">Lines under the service, indented as they stand there.</param>
    public static Verdict Fail(string reason, params string[] patch) =>
        new(CheckState.Fail, reason, patch.Length > 0 ? patch : null);

    public static Verdict NotApplicable(string reason) => new(CheckState.NotApplicable, reason);

    public static Verdict NotTold { get; } =
        new(CheckState.NotTold, "Not told by this runner. A newer runner on its host tells it.");
}

/// <summary>A container as the items look at it.</summary>
/// <param name="Engine">How its engine is set up; null where its runner does not tell.</param>
internal sealed record Examined(ContainerFacts Facts, EngineSettings? Engine)
{
    /// <summary>The service in its Compose file.</summary>
    public string ComposeService =>
        Facts.Labels.GetValueOrDefault("com.docker.compose.service") is { Length: > 0 } service
            ? service
            : Facts.Service;
}

/// <summary>An item of the CIS Docker Benchmark 1.6 that can be checked from Docker's description of a container or of itself.</summary>
/// <param name="Number">As in the benchmark: <c>5.4</c>.</param>
/// <param name="Title">What is wanted.</param>
/// <param name="Why">What happens where it is not so.</param>
/// <param name="Remedy">What to do.</param>
internal record Check(string Number, string Title, CheckWeight Weight, string Why, string Remedy)
{
    /// <summary>In the order of the benchmark: 5.2 before 5.10.</summary>
    public int Order => int.Parse(Number.Split('.')[0], null) * 100 + int.Parse(Number.Split('.')[1], null);
}

/// <param name="Examine">Looks at one container.</param>
internal sealed record ContainerCheck(
    string Number,
    string Title,
    CheckWeight Weight,
    string Why,
    string Remedy,
    Func<Examined, Verdict> Examine
) : Check(Number, Title, Weight, Why, Remedy)
{
    /// <summary>For what only a description of the container's isolation says.</summary>
    public static Func<Examined, Verdict> From(Func<ContainerIsolation, Examined, Verdict> look) =>
        examined => examined.Facts.Isolation is { } isolation ? look(isolation, examined) : Verdict.NotTold;

    /// <summary>For what only a description of the container's settings says.</summary>
    public static Func<Examined, Verdict> FromSettings(Func<ContainerSettings, Examined, Verdict> look) =>
        examined => examined.Facts.Settings is { } settings ? look(settings, examined) : Verdict.NotTold;
}

/// <param name="Examine">Looks at one engine.</param>
internal sealed record EngineCheck(
    string Number,
    string Title,
    CheckWeight Weight,
    string Why,
    string Remedy,
    Func<EngineSettings, HostFacts, Verdict> Examine
) : Check(Number, Title, Weight, Why, Remedy);

/// <summary>All items that are checked.</summary>
internal static class Benchmark
{
    public const string Name = "CIS Docker Benchmark 1.6";

    public static IReadOnlyList<ContainerCheck> OfContainers { get; } =
    [
        .. PrivilegeChecks
            .All.Concat(NamespaceChecks.All)
            .Concat(MountChecks.All)
            .Concat(LimitChecks.All)
            .Concat(NetworkChecks.All)
            .OrderBy(check => check.Order),
    ];

    public static IReadOnlyList<EngineCheck> OfEngines { get; } = EngineChecks.All;

    public static Check? Find(string? number) =>
        OfContainers.FirstOrDefault(check => check.Number == number)
        ?? (Check?)OfEngines.FirstOrDefault(check => check.Number == number);
}
