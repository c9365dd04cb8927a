using System.Globalization;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Reads single members of what is asked for: texts, numbers, durations, within their bounds.</summary>
internal static class PolicyMembers
{
    public static TimeSpan? Span(string? text, string at, TimeSpan least, TimeSpan most)
    {
        if (text is null)
        {
            return null;
        }
        return PolicyDuration.Read(text) is { } span && span >= least && span <= most
            ? span
            : throw new UnfitPolicyException(
                at,
                $"is \"{Shown(text)}\"; give a duration such as 90s, 10m or 1h30m, from {PolicyDuration.Short(least)} to {PolicyDuration.Short(most)}."
            );
    }

    public static int? Number(int? number, string at, int least, int most) =>
        number is null || (number >= least && number <= most)
            ? number
            : throw new UnfitPolicyException(
                at,
                string.Create(CultureInfo.InvariantCulture, $"is {number}; it is from {least} to {most}.")
            );

    public static string? Text(string? text, string at, int most)
    {
        var plain = text?.Trim();
        return string.IsNullOrEmpty(plain) ? null
            : plain.Length > most
                ? throw new UnfitPolicyException(
                    at,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"has {plain.Length} characters; at most {most} are taken."
                    )
                )
            : plain.Any(char.IsControl) ? throw new UnfitPolicyException(at, "holds a character that is no letter.")
            : plain;
    }

    public static string Shown(string text) => StoreText.Shorten(text, 100);
}
