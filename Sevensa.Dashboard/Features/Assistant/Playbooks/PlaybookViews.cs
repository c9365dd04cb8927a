namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>There is no such playbook, or no such version of it.</summary>
internal sealed class UnknownPlaybookException(string message) : Exception(message);

/// <summary>What was given makes no playbook, or asks one in a way that it is not asked; the message says why.</summary>
internal sealed class UnfitPlaybookException(string message) : Exception(message);

/// <summary>It can't be done as things stand.</summary>
internal sealed class PlaybookConflictException(string message) : Exception(message);

/// <summary>What a version is to say.</summary>
/// <param name="Text">Markdown; each line of its lists is a step: a sentence, or a command such as <c>/logs rentguy error 1h</c>.</param>
internal sealed record PlaybookWish(
    string? Title = null,
    string? Text = null,
    IReadOnlyList<PlaybookParameter>? Parameters = null
);

/// <param name="State"><c>draft</c> until another person has read this version, then <c>reviewed</c>; <c>retired</c> when it was put away.</param>
/// <param name="Asked">The version that is asked: the newest that was reviewed; null when none is.</param>
public sealed record PlaybookView(
    string Tenant,
    string Name,
    int Version,
    string Title,
    string Text,
    IReadOnlyList<PlaybookParameter> Parameters,
    string State,
    int? Asked,
    string WrittenBy,
    DateTimeOffset WrittenAt,
    string? ReviewedBy,
    DateTimeOffset? ReviewedAt,
    string Link
)
{
    internal static PlaybookView Of(Playbook version, int? asked) =>
        new(
            version.Tenant,
            version.Name,
            version.Version,
            version.Title,
            version.Text,
            version.Takes,
            version.IsRetired ? "retired"
                : version.ReviewedBy is null ? "draft"
                : "reviewed",
            asked,
            version.WrittenBy,
            version.WrittenAt,
            version.ReviewedBy,
            version.ReviewedAt,
            LinkOf(version.Tenant, version.Name)
        );

    internal static string LinkOf(string tenant, string name) => $"/tenants/{tenant}/playbooks/{name}";
}

/// <summary>A playbook with its parameters filled in.</summary>
/// <param name="Command">Asks it on the console, without a model.</param>
internal sealed record FilledPlaybook(
    string Tenant,
    string Name,
    int Version,
    string Title,
    string Text,
    IReadOnlyList<string> Steps,
    string Command,
    string Link
);
