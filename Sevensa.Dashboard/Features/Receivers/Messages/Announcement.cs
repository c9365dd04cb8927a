namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>An event in words for people, whichever way it reaches them. All of it is plain text on one line each.</summary>
/// <param name="Headline">What happened.</param>
/// <param name="Link">Where it is read and decided on. It has nothing secret and does nothing by itself.</param>
/// <param name="LinkWords">What is written on the link.</param>
/// <param name="Hint">What stands below it; null for nothing.</param>
internal sealed record Announcement(
    string Headline,
    IReadOnlyList<AnnouncedFact> Facts,
    Uri Link,
    string LinkWords,
    string? Hint
)
{
    public string? Fact(string label) => Facts.FirstOrDefault(fact => fact.Label == label)?.Value;
}

/// <param name="Label">In our words.</param>
/// <param name="Value">Often in somebody else's: whoever shows it takes care that it is shown and nothing more.</param>
internal sealed record AnnouncedFact(string Label, string Value)
{
    /// <summary>It takes a line of its own.</summary>
    public bool IsLong => Value.Length > 60;
}
