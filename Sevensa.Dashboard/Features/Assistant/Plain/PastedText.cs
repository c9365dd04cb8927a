using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>What somebody pasted into a question: long quotations, fenced text, lines of a log, what a log says. It is shown, and asks for nothing.</summary>
internal static partial class PastedText
{
    /// <returns>The question without it, and the first short quotation that was taken out: log lines may be sought by it.</returns>
    public static (string Left, string? Quote) Take(string question)
    {
        var left = Pasted().Replace(question, " ");
        if (left.TrimStart().StartsWith('/'))
        {
            return (left, null);
        }
        if (left.Contains('\n', StringComparison.Ordinal))
        {
            left = LogLine().Replace(left, " ");
        }
        string? quote = null;
        left = Quotation()
            .Replace(
                left,
                found =>
                {
                    // A name or a word in quotation marks is meant; an order in them is somebody else's.
                    if (!found.Value.Contains(' ', StringComparison.Ordinal) || !WishDenials.NamesDeed(found.Value))
                    {
                        return found.Value;
                    }
                    quote ??= found.Value[1..^1].ToLowerInvariant();
                    return " ";
                }
            );
        return (left, quote);
    }

    [GeneratedRegex("```.*?(```|$)|\"[^\"]{25,}\"|“[^”]{25,}”|(?m-s:^[^\\S\\n]*>.*$)", RegexOptions.Singleline, 10_000)]
    private static partial Regex Pasted();

    [GeneratedRegex(
        @"^[ \t]*(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\[?[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d|\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|TRACE|FATAL|CRITICAL|PANIC)(?:\]|:)|\{ ?""|(?:level|time|ts|msg)=).*$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex LogLine();

    [GeneratedRegex(
        "\"[^\"\\n]{1,60}\"|“[^”\\n]{1,60}”|`[^`\\n]{1,60}`|(?<!\\w)['‘][^'’\\n]{1,60}['’](?!\\w)",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Quotation();
}
