namespace Sevensa.Dashboard.Features.Receivers.Events;

/// <summary>
/// What a receiver can be told of: a subject, a dot and a verb as the record writes them (<c>proposal.approved</c>), all of a
/// subject (<c>alert.*</c>), or everything (<c>*</c>). Who signs in, what is read and who may do what is nobody's to be told.
/// </summary>
internal static class EventKinds
{
    /// <summary>Each with what it is about.</summary>
    public static IReadOnlyList<(string Name, string About)> Subjects { get; } =
    [
        ("proposal", "Plans that were proposed, decided on or withdrawn"),
        ("action", "What became of approved plans, step by step"),
        ("alert", "Alerts that begin to fire, and end"),
        ("incident", "Incidents as clients read them"),
        ("maintenance", "Planned maintenance"),
        ("scan", "Reports of image scans"),
        ("finding", "Findings that were decided on, fixed or opened again"),
        ("silence", "Silences that were made, ended or vanished"),
        ("objective", "Objectives that were changed"),
        ("release", "Other images or configurations that run"),
        ("runner", "Hosts that enrolled, went or came back"),
        ("dispatch", "The emergency stop"),
        ("isolation", "Proofs that tenants' databases are kept apart"),
    ];

    /// <summary>Whether the record's row is one that others may be told of.</summary>
    public static bool Tells(string action) => Subject(action) is { } subject && Knows(subject);

    /// <summary>Whether a kind that somebody wrote is one.</summary>
    public static bool IsKind(string kind) =>
        kind == "*"
        || Subject(kind) is { } subject
            && Knows(subject)
            && kind[(subject.Length + 1)..] is { Length: > 0 } verb
            && (verb == "*" || verb.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-'));

    /// <param name="kinds">Empty for all.</param>
    public static bool Fits(IReadOnlyCollection<string> kinds, string action) =>
        kinds.Count == 0
        || kinds.Any(kind =>
            kind == "*"
            || kind == action
            || kind.EndsWith(".*", StringComparison.Ordinal) && action.StartsWith(kind[..^1], StringComparison.Ordinal)
        );

    private static bool Knows(string subject) => Subjects.Any(known => known.Name == subject);

    private static string? Subject(string action) =>
        action.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? action[..dot] : null;
}
