using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// "Zet de web uit en de worker aan", "bring the web up and the worker down": the verb is said once, and which way by its second
/// half, which may be the opposite in the clause after it.
/// </summary>
internal static partial class SecondHalves
{
    /// <summary>What a clause without a verb asks for after one that starts or stops something, and the rest of it; null where it says neither.</summary>
    public static (WishKind Kind, string Others)? Of(WishKind before, string clause) =>
        before is WishKind.Start or WishKind.Stop && Half().Match(clause) is { Success: true } found
            ? (found.Groups["on"].Success ? WishKind.Start : WishKind.Stop, found.Groups["rest"].Value)
            : null;

    [GeneratedRegex(
        @"^(?<rest>.*?\w)\s+(?:(?:weer|terug|back|again|juist|wel) )*(?:(?<on>aan|on|up)|(?<off>uit|off|down|stil|plat))(?: (?:weer|again|please|graag|aub))*[\s.!]*$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Half();
}
