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
                                Unquoted(match.Groups["name"].Value),
                                Unquoted(match.Groups["value"].Value),
                                match.Groups["op"].Value[^1] == '~',
                                match.Groups["op"].Value[0] == '='
                            )
                            : throw new UnfitSilenceException(
                                $"Line {index + 1} is no matcher. Write name=\"value\", name=~\"pattern\", name!=\"value\" or name!~\"pattern\"."
                            )
                ),
        ];

    private static string Unquoted(string text) =>
        text.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    // A name in quotes may be any text; without, what Alertmanager's own form can tell from an operator.
    [GeneratedRegex(
        "^(?:\"(?<name>(?:[^\"\\\\]|\\\\.)+)\"|(?<name>[^\\s\"'{}=!~,\\\\]+))\\s*(?<op>=~|!~|!=|=)\\s*(?:\"(?<value>(?:[^\"\\\\]|\\\\.)*)\"|(?<value>[^\"]*))$"
    )]
    private static partial Regex Form();
}
