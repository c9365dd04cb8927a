using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Ui.Logs;

/// <summary>Levels by the words that programs have for them.</summary>
public static partial class LogLevels
{
    private const int Looked = 200;

    public static LogLevelName Of(string? word) =>
        word?.ToUpperInvariant() switch
        {
            "TRACE" => LogLevelName.Trace,
            "DEBUG" or "DBG" => LogLevelName.Debug,
            "INFO" or "INFORMATION" or "NOTICE" or "INF" => LogLevelName.Info,
            "WARN" or "WARNING" or "WRN" => LogLevelName.Warn,
            "ERROR" or "ERR" => LogLevelName.Error,
            "FATAL" or "CRITICAL" or "PANIC" or "EMERGENCY" => LogLevelName.Fatal,
            _ => LogLevelName.Unknown,
        };

    /// <summary>The word for a level that a line says of itself, near its beginning; null when it says none.</summary>
    public static string? In(string line)
    {
        var start = line.Length > Looked ? line[..Looked] : line;
        return Said().Match(start) is { Success: true } said ? said.Groups["level"].Value : null;
    }

    [GeneratedRegex(
        """(?:\blevel"?\s*[=:]\s*"?|[\[<(|]\s*|^\s*|[Z0-9]\s+)(?<level>trace|debug|dbg|info|information|notice|inf|warn|warning|wrn|error|err|fatal|critical|panic)\b""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Said();
}
