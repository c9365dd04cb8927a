using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>Who did it. <paramref name="Kind"/> is <c>person</c>, <c>client</c>, <c>runner</c> or <c>system</c>.</summary>
/// <param name="Via">The API client and token that carried it; null in a browser.</param>
public sealed record AuditActor(string Kind, string Id, string Name, string? Via = null)
{
    public static AuditActor System { get; } = new("system", "dashboard", "Dashboard");

    /// <summary>Id of the browser's session, for whoever watches what happens in it. The record does not hold it.</summary>
    [JsonIgnore]
    public string? Session { get; init; }
}

public enum AuditOutcome
{
    Ok,
    Refused,
    Failed,
}

/// <summary>One thing that happened, as a feature hands it in. Holds no secret and no environment value, ever.</summary>
/// <param name="Action">Dotted verb, e.g. <c>proposal.approved</c>, <c>signin.failed</c>, <c>runner.enrolled</c>.</param>
/// <param name="Tenant">Tenant id when it belongs to one.</param>
/// <param name="Target">What it was done to: a proposal id, a container name, a secret's path.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record AuditEntry(
    AuditActor Actor,
    string Action,
    string? Tenant = null,
    string? Target = null,
    AuditOutcome Outcome = AuditOutcome.Ok,
    string? Detail = null,
    JsonElement? Before = null,
    JsonElement? After = null
)
{
    /// <summary>A page of another site asked for it in its reader's browser: it tells nothing of how they behave, and is not kept.</summary>
    public bool IsAskedElsewhere { get; init; }
}

/// <summary>The append-only, hash-chained record.</summary>
public interface IAuditLog
{
    /// <summary>Appends one row and returns its number. Audit first: callers do this before the effect.</summary>
    /// <exception cref="AuditUnavailableException">The row could not be written; the caller must not go on.</exception>
    Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default);

    /// <summary>Appends one row in the same transaction as what it tells of: both are there afterwards, or neither.</summary>
    /// <param name="write">Writes and saves it. Returns how far the chain goes that it belongs to; null when there was nothing to write, and then nothing is appended.</param>
    /// <returns>The row's number; zero when nothing was appended.</returns>
    /// <exception cref="AuditUnavailableException">The row could not be written; what was to be written with it was not either.</exception>
    Task<long> AppendAsync(
        AuditEntry entry,
        Func<Store, CancellationToken, Task<ChainMark?>> write,
        CancellationToken cancellation
    );
}

public sealed class AuditUnavailableException(string message, Exception inner) : Exception(message, inner);
