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
public sealed record LogRow(
    string Id,
    DateTimeOffset At,
    LogLevelName Level,
    string? Source,
    string Text,
    IReadOnlyList<KeyValuePair<string, string>>? Fields = null,
    bool IsContext = false
);
