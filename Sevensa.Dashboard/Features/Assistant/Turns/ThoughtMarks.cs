using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What a mark in a model's text says of what follows.</summary>
internal enum ThoughtMark
{
    /// <summary>Thoughts follow.</summary>
    Opens,

    /// <summary>Thoughts end here, whether or not it was said where they began.</summary>
    Closes,

    /// <summary>The answer follows.</summary>
    Answers,

    /// <summary>A token of the template that means nothing to a reader.</summary>
    Stray,
}

/// <summary>
/// Marks around a model's thoughts: <c>&lt;think&gt;</c> and its kin (DeepSeek, Qwen, Granite), <c>[THINK]</c> (Mistral),
/// channels (gpt-oss, Gemma), those of Command-R, Kimi and MedGemma, and tokens of templates that servers leave in.
/// </summary>
internal static partial class ThoughtMarks
{
    /// <summary>The first mark from a place on.</summary>
    /// <param name="isFirst">Nothing was said before: two ways of thinking have no marks but words.</param>
    public static (Match Match, ThoughtMark Mark)? Next(string text, int from, bool isFirst)
    {
        if (isFirst && from == 0 && Wordy().Match(text) is { Success: true } wordy)
        {
            return (wordy, ThoughtMark.Opens);
        }
        var match = Any().Match(text, from);
        return !match.Success ? null
            : match.Groups["opens"].Success ? (match, ThoughtMark.Opens)
            : match.Groups["closes"].Success ? (match, ThoughtMark.Closes)
            : match.Groups["answers"].Success ? (match, ThoughtMark.Answers)
            : (match, ThoughtMark.Stray);
    }

    /// <summary>What ends the thoughts that a mark opened.</summary>
    public static Regex EndOf(string mark) =>
        mark.Contains("<|message|>", StringComparison.OrdinalIgnoreCase) ? ChannelEnd()
        : mark.StartsWith("analysis", StringComparison.Ordinal) ? BareChannelEnd()
        : mark.StartsWith("Here", StringComparison.Ordinal) ? WordyEnd()
        : End();

    /// <summary>An end that may become a mark with what comes next; -1 where none does.</summary>
    public static int MayBegin(string text, bool isFirst) =>
        isFirst && HalfWordy().IsMatch(text) ? 0
        : HalfMark().Match(text) is { Success: true } half ? half.Index
        : -1;

    private const string Kin = @"(?:think|thinking|thoughts?|reasoning|scratch_?pad|seed:think)";

    private const string Closing = "</" + Kin + @">|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<channel\|>|<unused95>";

    [GeneratedRegex(
        @"(?<opens><"
            + Kin
            + @">|\[THINK\]|◁think▷|<\|START_THINKING\|>|<\|channel>\s*thought\b|<unused94>(?:thought)?|(?:<\|start\|>\s*\w*\s*)?<\|channel\|>\s*analysis\s*(?:<\|constrain\|>\s*\w+\s*)?<\|message\|>)|(?<closes>"
            + Closing
            + @")|(?<answers>(?:<\|start\|>\s*\w*\s*)?<\|channel\|>\s*(?:final|commentary)\s*(?:<\|constrain\|>\s*\w+\s*)?<\|message\|>|<\|START_RESPONSE\|>|<\|START_TEXT\|>)|<\|(?:im_start\|>\s*assistant\b|start\|>\s*assistant\b(?!\s*(?:<\|channel|to=))|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|end_of_turn|return|call|END_RESPONSE|END_TEXT)\|>)|<end_of_turn>|<｜end▁of▁sentence｜>",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Any();

    [GeneratedRegex(@"^\s*(?:analysis(?=[A-Z])|Here is my thought process:)")]
    private static partial Regex Wordy();

    [GeneratedRegex(Closing, RegexOptions.IgnoreCase)]
    private static partial Regex End();

    [GeneratedRegex(@"<\|(?:end|return)\|>|(?=<\|(?:start|channel)\|>)|(?=assistant(?:final|commentary))")]
    private static partial Regex ChannelEnd();

    [GeneratedRegex(@"assistant(?:final|commentary(?!\s*to=))|(?=assistant\s*(?:commentary)?\s*to=)")]
    private static partial Regex BareChannelEnd();

    [GeneratedRegex("Here is my response:", RegexOptions.IgnoreCase)]
    private static partial Regex WordyEnd();

    [GeneratedRegex(
        @"^\s*(?:a(?:n(?:a(?:l(?:y(?:s(?:is?)?)?)?)?)?)?|H(?:e(?:r(?:e(?: i(?:s(?: (?:m(?:y[ \w]{0,16})?)?)?)?)?)?)?)?)?$"
    )]
    private static partial Regex HalfWordy();

    [GeneratedRegex(
        @"(?:</?[a-z_:]{0,12}|\[/?[A-Z]{0,6}|◁\S{0,8}|<[|｜][^\s<>]{0,24}|<(?:channel|unused9\d)\|?|<\|channel>\s*[a-z]{0,7}|(?:<\|(?:im_)?start\|>|<\|channel\|)[^{]{0,120})$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex HalfMark();
}
