using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>Parameters as a person writes them, one a line: <c>mode: choice (fast, careful) = careful</c>.</summary>
internal static partial class ParameterLines
{
    public static string Of(IReadOnlyList<PlaybookParameter> parameters) =>
        string.Join(
            '\n',
            parameters.Select(one =>
                $"{one.Name}: {one.Kind}"
                + (one.Choices is { Count: > 0 } choices ? $" ({string.Join(", ", choices)})" : "")
                + (one.Default is { } usual ? $" = {usual}" : "")
            )
        );

    /// <exception cref="UnfitPlaybookException">A line is none.</exception>
    public static IReadOnlyList<PlaybookParameter> Read(string lines) =>
        [
            .. lines
                .ReplaceLineEndings("\n")
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(line =>
                    Line().Match(line) is { Success: true } read
                        ? new PlaybookParameter(
                            read.Groups["name"].Value,
                            read.Groups["kind"].Value,
                            read.Groups["choices"].Success
                                ? read.Groups["choices"]
                                    .Value.Split(
                                        ',',
                                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                                    )
                                : null,
                            read.Groups["usual"].Success ? read.Groups["usual"].Value : null
                        )
                        : throw new UnfitPlaybookException(
                            $"\"{line}\" is no parameter: write it as \"service: service\" or \"mode: choice (fast, careful) = careful\"."
                        )
                ),
        ];

    [GeneratedRegex(@"^(?<name>\S+?)\s*:\s*(?<kind>[a-z]+)\s*(?:\((?<choices>[^)]*)\))?\s*(?:=\s*(?<usual>.+))?$")]
    private static partial Regex Line();
}
