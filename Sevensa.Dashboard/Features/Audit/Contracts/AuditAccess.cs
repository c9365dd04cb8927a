namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>
/// Who may read which rows. Identity knows; it comes after Audit in the order, so it implements this port and registers
/// the policy of this name.
/// </summary>
public interface IAuditReaders
{
    /// <exception cref="UnauthorizedAccessException">Nobody is signed in.</exception>
    ValueTask<AuditReader> CurrentAsync(CancellationToken cancellation = default);

    /// <summary>Whoever asks is told that a tenant does not exist: where it is another's, the record is told that they asked.</summary>
    ValueTask NoteUnseenAsync(string tenant, CancellationToken cancellation = default);
}

/// <param name="Everything">All tenants' rows and the system's own.</param>
/// <param name="Tenants">Whose rows may be read otherwise.</param>
public sealed record AuditReader(bool Everything, IReadOnlyList<string> Tenants);

public static class AuditAccess
{
    /// <summary>Policy of the audit page and API: staff.</summary>
    public const string Policy = "audit.read";
}
