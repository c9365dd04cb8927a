using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>The text of a playbook: Markdown whose list is its steps, with parameters in braces.</summary>
internal static partial class PlaybookText
{
    public const int Longest = 8_000;
    public const int MostSteps = 20;

    /// <summary>What is wrong with it, in a sentence; null when nothing is.</summary>
    public static string? Trouble(string text, IReadOnlyList<PlaybookParameter> parameters)
    {
        var steps = Steps(text);
        var used = Placeholder().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
        var known = parameters.Select(one => one.Name).ToList();
        return text.Length > Longest ? $"The text is longer than {Longest} characters."
            : steps.Count == 0
                ? "It has no steps: write each as a line of a list, such as \"- restart the {service}\" or \"1. /logs rentguy error 1h\"."
            : steps.Count > MostSteps ? $"It has {steps.Count} steps, and at most {MostSteps} are taken."
            : known.Count != known.Distinct().Count() ? "Two parameters have the same name."
            : used.FirstOrDefault(name => !known.Contains(name)) is { } unknown
                ? $"{{{unknown}}} stands in the text and is no parameter."
            : known.FirstOrDefault(name => !used.Contains(name)) is { } unused
                ? $"The parameter {unused} stands nowhere in the text: write {{{unused}}} where it belongs."
            : null;
    }

    /// <summary>The steps in their order: what stands behind the marks of the list.</summary>
    public static IReadOnlyList<string> Steps(string text) =>
        [
            .. text.ReplaceLineEndings("\n")
                .Split('\n')
                .Select(line => Item().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups["step"].Value.Trim().Trim('`').Trim())
                .Where(step => step.Length > 0),
        ];

    /// <summary>The text with what is given in the place of the parameters.</summary>
    public static string Filled(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values.GetValueOrDefault(match.Groups[1].Value) ?? match.Value);

    [GeneratedRegex(@"\{([a-z][a-z0-9-]{0,39})\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^ {0,3}(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(?<step>.+)$")]
    private static partial Regex Item();
}
