namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>
/// What is asked: a Compose file's text with values for its variables, or a project that runs; and the name of project and namespace.
/// </summary>
/// <param name="Compose">The file, up to 256 KiB.</param>
/// <param name="Project">Name of the project, and of its namespace; a DNS label.</param>
/// <param name="Variables">What <c>${NAME}</c> stands for; what is not here is told.</param>
/// <param name="Running">In place of a file: a Compose project of the tenant's running containers.</param>
/// <param name="Host">Id or name of the host it runs on; needed where several have a project of that name.</param>
internal sealed record MoveBody(
    string? Compose,
    string? Project,
    IReadOnlyDictionary<string, string>? Variables = null,
    string? Running = null,
    string? Host = null
);

/// <summary>What a Compose project becomes on a cluster. Nothing was changed by making it.</summary>
/// <param name="Manifests">The objects as YAML, one document each; no secret's value is in them.</param>
/// <param name="Losses">Everything that does not go along, or goes along otherwise, in words.</param>
/// <param name="CutOver">The steps of the move with the way back, in order.</param>
public sealed record MoveReport(
    string Project,
    string Manifests,
    IReadOnlyList<MovedService> Services,
    IReadOnlyList<MoveLoss> Losses,
    IReadOnlyList<string> CutOver
);

/// <summary>One service and how far it is.</summary>
/// <param name="Kind">Deployment or StatefulSet.</param>
/// <param name="Readiness"><c>ready</c>, <c>look</c> (it runs, a loss wants a decision) or <c>blocked</c>.</param>
public sealed record MovedService(string Name, string Kind, string Readiness, IReadOnlyList<string> Reasons);

/// <summary>One thing that is lost or becomes another.</summary>
/// <param name="Service">Whose it is; null for the whole project.</param>
/// <param name="Where">The field of the Compose file.</param>
/// <param name="Blocks">Without a decision the service does not run as it did.</param>
public sealed record MoveLoss(string? Service, string Where, string Words, bool Blocks = false);

/// <summary>The file can't be read as a Compose project; said with the place where it is known.</summary>
internal sealed class UnreadableComposeException(string message) : Exception(message);
