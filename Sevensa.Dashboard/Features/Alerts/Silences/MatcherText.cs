using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary>Matchers as people write them, one in each line.</summary>
internal static partial class MatcherText
{
    /// <exception cref="UnfitSilenceException">A line is none; it is named.</exception>
    public static IReadOnlyList<SilenceMatcher> Read(string text) =>
        [
            .. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(
                    (line, index) =>
                        Form().Match(line) is { Success: true } match
                            ? new SilenceMatcher(
                                match.Groups["name"].Value,
                                match
                                    .Groups["value"]
                                    .Value.Replace("\\\"", "\"", StringComparison.Ordinal)
                                    .Replace("\\\\", "\\", StringComparison.Ordinal),
                                match.Groups["op"].Value[^1] == '~',
                                match.Groups["op"].Value[0] == '='
                            )
                            : throw new UnfitSilenceException(
                                $"Line {index + 1} is no matcher. Write name=\"value\", name=~\"pattern\", name!=\"value\" or name!~\"pattern\"."
                            )
                ),
        ];

    [GeneratedRegex(
        "^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)\\s*(?<op>=~|!~|!=|=)\\s*(?:\"(?<value>(?:[^\"\\\\]|\\\\.)*)\"|(?<value>[^\"]*))$"
    )]
    private static partial Regex Form();
}
