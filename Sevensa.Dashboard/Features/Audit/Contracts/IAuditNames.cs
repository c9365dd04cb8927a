namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>
/// What people call the things that the record names by id. The record keeps ids, which last; the page shows these beside them.
/// A feature whose things have names implements it for its own ids and leaves out the others.
/// </summary>
public interface IAuditNames
{
    /// <param name="ids">Targets of rows that the reader may see.</param>
    /// <returns>Those it knows, by id.</returns>
    Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    );
}

/// <param name="Text">The name as the pages show it.</param>
/// <param name="Href">Its page; null when it has none.</param>
public sealed record AuditName(string Text, string? Href = null);
