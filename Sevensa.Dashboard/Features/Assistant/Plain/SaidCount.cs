using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>How many of something a sentence says there are to be, English and Dutch. All of it expects lower case.</summary>
internal static partial class SaidCount
{
    /// <summary>How many there are to be. How many more, fewer or from how many is no such number: that is asked for.</summary>
    public static int? In(string text) =>
        ToNumber().Match(text) is { Success: true } total ? Digits(total.Groups[1].Value)
        : More().IsMatch(text) ? null
        : Number().Match(text) is { Success: true } number ? Digits(number.Value)
        : null;

    private static int? Digits(string text) =>
        text switch
        {
            "one" or "een" or "één" => 1,
            "two" or "twee" => 2,
            "three" or "drie" => 3,
            "four" or "vier" => 4,
            "five" or "vijf" => 5,
            _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
        };

    [GeneratedRegex(@"(?<=^|\s)(?:\d{1,2}|one|two|three|four|five|twee|drie|vier|vijf)(?=[\s!?]|[.,](?!\d)|$)")]
    private static partial Regex Number();

    [GeneratedRegex(
        @"\b(?:to|naar|op|up to|tot)(?: a total of| in totaal)? (\d{1,2}|one|two|three|four|five|(?:een|één)(?= (?:replica|container|instantie|exemplaar)|[\s.!?,]*$)|twee|drie|vier|vijf)(?! (?:more|extra|meer|additional|further|hoger|groter|lager|kleiner|ander\w*))(?=[\s!?]|[.,](?!\d)|$)"
    )]
    private static partial Regex ToNumber();

    [GeneratedRegex(
        @"\b(?:more|extra|another|additional|further|fewer|less|meer|minder|erbij|eraf|double|twice|halve|verdubbel|halveer|times|keer|add|remove|voeg|nog)\b|\b(?:by|met|from|van) (?:\d|one|two|three|four|five|een|één|twee|drie|vier|vijf)"
    )]
    private static partial Regex More();
}
