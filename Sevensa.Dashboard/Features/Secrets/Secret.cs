using Sevensa.Dashboard.Features.Secrets.Accesses;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What is known of a secret without its value.</summary>
/// <param name="Path">Below the tenant's prefix: <c>api/database</c>; a folder that could not be looked into ends with a slash.</param>
/// <param name="VaultPath">As Vault's own commands take it: <c>secret/rentguy/api/database</c>.</param>
/// <param name="Kind"><c>kv</c>: a key/value pair of version 2; <c>kv1</c>: of version 1, which keeps neither versions nor times; <c>folder</c>.</param>
/// <param name="Version">The current one; 0 when none was ever written.</param>
/// <param name="RotatedAt">When the current version was written; where the data of a former one was written back, when that one was.</param>
/// <param name="AgeDays">Whole days since then.</param>
/// <param name="Consumers">Services that read it, from its metadata and from labels of containers.</param>
/// <param name="Versions">Newest first; times and states only.</param>
/// <param name="State">Of the current version, one of <see cref="SecretStates"/>.</param>
/// <param name="EndsAt">When Vault deletes the current version by itself; null when it does not.</param>
/// <param name="Note">In words, where the state alone does not say enough.</param>
public sealed record Secret(
    string Path,
    string VaultPath,
    string Kind,
    int Version,
    DateTimeOffset? RotatedAt,
    int? AgeDays,
    DateTimeOffset? DueAt,
    bool Overdue,
    IReadOnlyList<string> Consumers,
    string? Owner,
    IReadOnlyList<SecretVersion> Versions,
    string State = SecretStates.Live,
    DateTimeOffset? EndsAt = null,
    string? Note = null
)
{
    /// <summary>Containers whose labels say that they read it, and what a new value means for each.</summary>
    public IReadOnlyList<SecretReader> Readers { get; init; } = [];

    /// <summary>Who read it lately by Vault's audit log; null in lists, and where the log is not read or does not answer.</summary>
    public IReadOnlyList<SeenReader>? SeenReaders { get; init; }

    /// <summary>Where its value is issued, by its metadata (<c>issuer</c>); null where that is not noted.</summary>
    public string? Issuer { get; init; }

    /// <summary>The rotation rule that holds for it, by its name; null where none does, and in lists.</summary>
    public string? Rule { get; init; }

    /// <summary>The last plan on its value; null where there was none lately, and in lists.</summary>
    public LastRotation? LastRotation { get; init; }

    /// <summary>Static roles of the database engine that take turns in it, by its metadata.</summary>
    internal IReadOnlyList<string> Logins { get; init; } = [];
}

/// <summary>How a secret, or one version of it, stands.</summary>
internal static class SecretStates
{
    public const string Live = "live";

    /// <summary>Can be undeleted.</summary>
    public const string Deleted = "deleted";

    /// <summary>Its value is gone for good.</summary>
    public const string Destroyed = "destroyed";

    /// <summary>There is metadata, and no version.</summary>
    public const string NeverWritten = "neverWritten";

    /// <summary>Vault's policy does not let the dashboard look there.</summary>
    public const string NotAllowed = "notAllowed";

    /// <summary>Vault did not tell now, for a reason that the note says.</summary>
    public const string NotKnown = "notKnown";
}

/// <param name="State"><c>live</c>, <c>deleted</c> or <c>destroyed</c>.</param>
/// <param name="EndsAt">When Vault deletes it, or deleted it, by itself or by somebody; null when it has no end.</param>
public sealed record SecretVersion(int Version, DateTimeOffset CreatedAt, string State, DateTimeOffset? EndsAt = null);

/// <summary>A page of secrets.</summary>
/// <param name="Next">Where the next page begins; null on the last.</param>
/// <param name="Partial">Some of these rows stand for what Vault did not tell; each says so.</param>
internal sealed record SecretList(IReadOnlyList<Secret> Items, string? Next, bool Partial);
