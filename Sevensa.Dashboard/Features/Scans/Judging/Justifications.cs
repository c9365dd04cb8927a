namespace Sevensa.Dashboard.Features.Scans.Judging;

/// <summary>Why a vulnerability does no harm in a product, in the words of OpenVEX and CSAF, which are CISA's.</summary>
internal static class Justifications
{
    private static readonly (string Word, string CycloneDx, string Title)[] all =
    [
        ("component_not_present", "code_not_present", "the component is not in it"),
        ("vulnerable_code_not_present", "code_not_present", "the vulnerable code is not in it"),
        ("vulnerable_code_not_in_execute_path", "code_not_reachable", "the vulnerable code is never run"),
        (
            "vulnerable_code_cannot_be_controlled_by_adversary",
            "requires_environment",
            "nobody from outside can control the vulnerable code"
        ),
        ("inline_mitigations_already_exist", "protected_by_mitigating_control", "it is mitigated already"),
    ];

    /// <summary>Each with what it means, for people.</summary>
    public static IReadOnlyList<(string Word, string Title)> All { get; } =
    [.. all.Select(one => (one.Word, one.Title))];

    /// <summary>The same, as a field offers them.</summary>
    public static IReadOnlyList<Choice> Choices { get; } =
    [new("", "choose…"), .. all.Select(one => new Choice(one.Word, one.Title))];

    public static string Names { get; } = string.Join(", ", all.Select(one => one.Word));

    public static bool Has(string word) => Array.Exists(all, one => one.Word == word);

    /// <summary>The nearest of CycloneDX's own words; null when there is none.</summary>
    public static string? CycloneDx(string? word) => Array.Find(all, one => one.Word == word).CycloneDx;

    public static string Title(string word) => Array.Find(all, one => one.Word == word).Title ?? word;
}
