namespace Sevensa.Dashboard.Features.Receivers.Events;

/// <summary>
/// What a receiver can be told of: a subject, a dot and a verb as the record writes them (<c>proposal.approved</c>), all of a
/// subject (<c>alert.*</c>), or everything (<c>*</c>). Who signs in, what is read and who may do what is nobody's to be told.
/// </summary>
internal static class EventKinds
{
    /// <summary>A choice among the events of plans: they keep their own type, <c>action.succeeded</c>.</summary>
    public const string Rotation = "rotation";

    /// <summary>Kinds of plans that rotate a secret.</summary>
    private static readonly string[] rotations = ["secret.rotate", "secret.root"];

    /// <summary>Each with what it is about.</summary>
    public static IReadOnlyList<(string Name, string About)> Subjects { get; } =
    [
        ("proposal", "Plans that were proposed, decided on or withdrawn"),
        ("action", "What became of approved plans, step by step"),
        (Rotation, "Of these the ones that rotate a secret, by the same verbs: rotation.succeeded"),
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
        ("policy", "Policies that came, act from now on, or went back a stage, and why"),
        ("isolation", "Proofs that tenants' databases are kept apart"),
    ];

    /// <summary>Whether the record's row is one that others may be told of.</summary>
    public static bool Tells(string action) => Subject(action) is { } subject && Knows(subject);

    /// <summary>What an event of a plan is called where the plan rotates a secret.</summary>
    public static string OfRotation(string action) =>
        $"{Rotation}{action[action.IndexOf('.', StringComparison.Ordinal)..]}";

    public static bool Rotates(string? kind) => rotations.Contains(kind);

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
