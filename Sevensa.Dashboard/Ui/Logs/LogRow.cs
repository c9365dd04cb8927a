namespace Sevensa.Dashboard.Ui.Logs;

public enum LogLevelName
{
    Unknown,
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// <param name="Id">Stays the same when the list is loaded again; the selection hangs on it.</param>
/// <param name="Text">As it was written, escape sequences and control characters included; the view makes them harmless.</param>
/// <param name="Fields">Labels and parsed fields, shown when the row is opened.</param>
/// <param name="IsContext">A neighbour of a hit rather than a hit.</param>
/// <param name="Lines">How many lines it stands for: the first and those that belong to it, with line breaks between.</param>
public sealed record LogRow(
    string Id,
    DateTimeOffset At,
    LogLevelName Level,
    string? Source,
    string Text,
    IReadOnlyCollection<KeyValuePair<string, string>>? Fields = null,
    bool IsContext = false,
    int Lines = 1
)
{
    /// <summary>What tells its stream from others on the page.</summary>
    public string Stream { get; init; } = Source ?? "";

    /// <summary>The text up to its first line break.</summary>
    public string FirstLine => Text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? Text[..end] : Text;

    /// <summary>How many more lines the text has.</summary>
    public int MoreLines => Text.AsSpan().TrimEnd('\n').Count('\n');

    /// <summary>The fields that the line itself holds, read when they are looked at.</summary>
    public LogFieldSet? Parsed => LogFieldSet.Read(Text);
}

/// <summary>A value of an opened line was clicked.</summary>
/// <param name="Format">How the field is read from the line; null for a label.</param>
/// <param name="Include">Only lines with it; else only those without.</param>
public sealed record LogFilterClick(string Name, string Value, LogFieldFormat? Format, bool Include);
