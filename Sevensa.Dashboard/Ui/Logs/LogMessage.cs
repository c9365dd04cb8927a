using System.Text;

namespace Sevensa.Dashboard.Ui.Logs;

/// <summary>
/// What a line in JSON or logfmt says in a row: its message first, as its writer meant it to be read, then its other fields, short. The
/// line itself is shown when the row is opened.
/// </summary>
/// <param name="Text">The message.</param>
/// <param name="Rest">The other fields as <c>name=value</c>; without time and level, which the row has places for.</param>
public sealed record LogMessage(string Text, string Rest)
{
    private const int LongestValue = 80;
    private const int LongestRest = 400;

    // By what the loggers in use call it: zap, zerolog, slog, bunyan and pino; logback and most others; Serilog; GELF; OTLP.
    private static readonly string[] MessageNames =
    [
        "msg",
        "message",
        "@m",
        "@mt",
        "short_message",
        "body",
        "event",
        "log",
    ];

    private static readonly string[] TimeNames =
    [
        "time",
        "ts",
        "timestamp",
        "@timestamp",
        "@t",
        "t",
        "datetime",
        "date",
    ];

    private static readonly string[] LevelNames = ["level", "lvl", "severity", "loglevel", "log.level", "@l"];

    /// <param name="showsLevel">The row has a level already.</param>
    /// <returns>Null when the line is neither, or has no message inside: then it is shown as it is.</returns>
    public static LogMessage? Of(string line, bool showsLevel)
    {
        // What stands beside a line's fields would be lost.
        if (LogFieldSet.Read(line) is not { Whole: true } set)
        {
            return null;
        }
        var message = MessageNames
            .Select(name => set.Fields.FirstOrDefault(field => Is(field.Key, name)))
            .FirstOrDefault(field => !string.IsNullOrWhiteSpace(field.Value));
        if (message.Key is null)
        {
            return null;
        }
        var rest = new StringBuilder();
        foreach (var (name, value) in set.Fields)
        {
            if (
                name == message.Key
                || Array.Exists(TimeNames, known => Is(name, known))
                || showsLevel && Array.Exists(LevelNames, known => Is(name, known))
            )
            {
                continue;
            }
            if (rest.Length > LongestRest)
            {
                rest.Append(" …");
                break;
            }
            rest.Append(rest.Length == 0 ? "" : " ").Append(name).Append('=').Append(Short(value));
        }
        return new LogMessage(message.Value.TrimEnd('\n', '\r'), rest.ToString());
    }

    private static bool Is(string name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);

    private static string Short(string value)
    {
        var shown = value.Length > LongestValue ? string.Concat(value.AsSpan(0, LongestValue), "…") : value;
        return shown.Length == 0 || shown.Contains(' ', StringComparison.Ordinal) && shown[0] is not ('{' or '[')
            ? $"\"{shown}\""
            : shown;
    }
}
