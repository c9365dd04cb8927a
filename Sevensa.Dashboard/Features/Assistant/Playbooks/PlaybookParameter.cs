using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>What a playbook is asked with; its name stands in the text in braces.</summary>
/// <param name="Kind"><c>service</c>, <c>number</c>, <c>duration</c>, <c>choice</c> or <c>text</c>.</param>
/// <param name="Choices">Of a choice.</param>
/// <param name="Default">Taken when nothing is given; without one it has to be given.</param>
public sealed partial record PlaybookParameter(
    string Name,
    string Kind,
    IReadOnlyList<string>? Choices = null,
    string? Default = null
)
{
    private const int Longest = 200;

    internal static readonly IReadOnlyList<string> Kinds = ["service", "number", "duration", "choice", "text"];

    /// <summary>What is wrong with it, in a sentence; null when nothing is.</summary>
    internal string? Trouble(IReadOnlyList<string> services) =>
        !Named().IsMatch(Name ?? "")
            ? $"\"{Name}\" is no name of a parameter: lower-case letters, digits and hyphens, a letter first."
        : !Kinds.Contains(Kind) ? $"{Name} is of no known kind: {string.Join(", ", Kinds)}."
        : Kind == "choice" && Choices is not { Count: > 1 and <= 20 }
            ? $"{Name} is a choice, and has from 2 to 20 to choose from."
        : Kind != "choice" && Choices is { Count: > 0 } ? $"{Name} is of kind {Kind}, which has no choices."
        : Choices?.FirstOrDefault(one => TroubleWithText(one) is not null) is { } bad ? $"{Name} can't be \"{bad}\"."
        : Default is { } value && Refused(value, services) is { } why ? $"The default of {why}"
        : null;

    /// <summary>Why a value will not do, in a sentence that begins with the name; null when it does.</summary>
    internal string? Refused(string value, IReadOnlyList<string> services) =>
        Kind switch
        {
            "service" when !services.Contains(value, StringComparer.OrdinalIgnoreCase) =>
                $"{Name} is a service of the tenant: {string.Join(", ", services)}.",
            "number"
                when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    || number > 100_000 => $"{Name} is a whole number from 0 to 100000.",
            "duration" when !Duration().IsMatch(value) => $"{Name} is a duration, such as 30m, 2h or 7d.",
            "choice" when Choices?.Contains(value, StringComparer.Ordinal) != true =>
                $"{Name} is one of {string.Join(", ", Choices ?? [])}.",
            "text" when TroubleWithText(value) is { } why => $"{Name} {why}.",
            _ => null,
        };

    /// <summary>It becomes part of a sentence, and may become no step, command or parameter of its own.</summary>
    private static string? TroubleWithText(string value) =>
        string.IsNullOrWhiteSpace(value) ? "is empty"
        : value.Length > Longest ? $"is longer than {Longest} characters"
        : value.Any(char.IsControl) ? "has a line break or a character that is none"
        : value.AsSpan().ContainsAny("{}\\") ? "has braces or a backslash"
        : value.TrimStart().StartsWith('/') ? "begins with a slash"
        : null;

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex Named();

    [GeneratedRegex("^[1-9][0-9]{0,3}[mhd]$")]
    private static partial Regex Duration();
}
