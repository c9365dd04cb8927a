using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// Where in a model's text a call of a tool begins that was written instead of made, and what it says. Marks that only
/// calls have count anywhere; what prose may hold too counts at the start of a line, and for tools that there are. A name
/// that is no tool's counts where nothing else is said.
/// </summary>
internal static partial class WrittenCalls
{
    private const int MostPending = 16_000;
    private const string NotToItsEnd = "not to its end";
    private const string Unreadable = "not so that it can be read";

    /// <summary>Where a text begins that may be such a call; -1 where none does.</summary>
    /// <param name="before">What stands before the text.</param>
    /// <param name="from">Where to look from on.</param>
    public static int Begin(char before, string text, int from) =>
        Beginning().Match(before + text, from + 1) is { Success: true } found ? found.Index - 1 : -1;

    /// <summary>The same of an end that may become such a beginning with what comes next.</summary>
    public static int MayBegin(char before, string text) =>
        HalfBeginning().Match(before + text, 1) is { Success: true } found ? found.Index - 1 : -1;

    /// <summary>It has a mark that only calls have.</summary>
    public static bool IsMarked(string text) => Marked().IsMatch(text);

    /// <summary>What stands at the start of a text that <see cref="Begin"/> found.</summary>
    /// <param name="text">From the beginning on.</param>
    /// <param name="isOver">Nothing more comes.</param>
    /// <param name="isFirst">Nothing was said before it.</param>
    /// <param name="isKnown">Whether there is a tool of that name.</param>
    /// <returns>Null as long as more has to come to tell.</returns>
    public static Written? Read(string text, bool isOver, bool isFirst, Func<string, bool> isKnown)
    {
        var indent = text.Length - text.AsSpan().TrimStart(' ').Length;
        var written =
            Marked().Match(text) is { Success: true } mark ? Sure(text, mark, isOver, isKnown)
            : Fence().Match(text) is { Success: true } fence ? Fenced(text, fence, isOver, isFirst, isKnown)
            : text[indent] == '`' ? Ticked(text, indent, isOver, isKnown)
            : Plain(text, indent, isOver, isFirst, isKnown);
        return written is null && !isOver && text.Length > MostPending && !IsMarked(text)
            ? Written.Text(text.Length)
            : written;
    }

    private static Written? Sure(string text, Match mark, bool isOver, Func<string, bool> isKnown)
    {
        var reader = new CallReader(text, 0, isOver, isSure: true, isKnown);
        var found = reader.All();
        if (!isOver && (found == Found.Unfinished || reader.At >= text.Length))
        {
            return null;
        }
        if (reader.Calls.Count > 0)
        {
            return new Written(reader.At, reader.Calls);
        }
        if (found == Found.Unfinished)
        {
            return new Written(text.Length, [], NotToItsEnd);
        }
        // What follows the mark is prose about it, unless the mark is one that models alone have.
        return
            text[reader.At] is '{' or '['
            || !mark.Value.StartsWith('<')
            || mark.Value.Contains('|')
            || mark.Value.Contains('｜')
            ? new Written(text.Length, [], Unreadable)
            : Written.Text(mark.Length);
    }

    private static Written? Fenced(string text, Match fence, bool isOver, bool isFirst, Func<string, bool> isKnown)
    {
        if (!Languages.Contains(fence.Groups["language"].Value.Trim().ToLowerInvariant()))
        {
            return Written.Text(fence.Length);
        }
        var close = FenceEnd().Match(text, fence.Length);
        var inside = text[fence.Length..(close.Success ? close.Index : text.Length)];
        var end = close.Success ? close.Index + close.Length : text.Length;
        if (inside.Trim().Length == 0)
        {
            return isOver || close.Success ? Written.Text(end) : null;
        }
        var reader = new CallReader(inside, 0, isOver || close.Success, isSure: false, isKnown);
        var found = MayBeCall(inside, isFirst, isKnown) ? reader.All() : Found.No;
        if (!close.Success && !isOver)
        {
            return found == Found.No ? Written.Text(fence.Length) : null;
        }
        if (found == Found.Unfinished && !close.Success && IsHalf(inside, isFirst, isKnown))
        {
            return new Written(end, [], NotToItsEnd);
        }
        // Code that does more than to call is code that is shown.
        var isBare = JsonList().IsMatch(inside) || inside.TrimStart()[0] is '{' or '<' || IsForTools(fence);
        return IsMeant(reader.Calls, isFirst && isBare, isKnown) && OnlyPrints().IsMatch(inside[reader.At..])
            ? new Written(end, reader.Calls)
            : Written.Text(end);
    }

    /// <summary>An answer that is nothing but one call between ticks.</summary>
    private static Written? Ticked(string text, int indent, bool isOver, Func<string, bool> isKnown)
    {
        var close = text.IndexOf('`', indent + 1);
        var inside = close < 0 ? text[(indent + 1)..] : text[(indent + 1)..close];
        var reader = new CallReader(inside, 0, close >= 0, isSure: false, isKnown);
        var found = inside.Length > 0 && Called().IsMatch(inside) ? reader.All() : Found.No;
        if (close < 0)
        {
            return !isOver && found == Found.Unfinished ? null : Written.Text(indent + 1);
        }
        if (
            text[(close + 1)..].Trim().Length > 0
            || found != Found.Whole
            || !reader.Calls.All(call => isKnown(call.Name))
        )
        {
            return Written.Text(indent + 1);
        }
        return isOver ? new Written(text.Length, reader.Calls) : null;
    }

    private static Written? Plain(string text, int indent, bool isOver, bool isFirst, Func<string, bool> isKnown)
    {
        var isPython = text[indent] is not ('{' or '<') && !JsonList().IsMatch(text);
        var reader = new CallReader(text, indent, isOver, isSure: false, isKnown);
        var found = MayBeCall(text, isFirst, isKnown) ? reader.All() : Found.No;
        if (found == Found.Unfinished)
        {
            return !isOver ? null
                : IsHalf(text, isFirst, isKnown) ? new Written(text.Length, [], NotToItsEnd)
                : Written.Text(indent + 1);
        }
        if (!IsMeant(reader.Calls, isFirst, isKnown))
        {
            return Written.Text(indent + 1);
        }
        return isPython ? Python(text, indent, reader, isOver, isKnown) : new Written(reader.At, reader.Calls);
    }

    /// <summary>A call in the manner of Python, which prose may hold too.</summary>
    private static Written? Python(string text, int indent, CallReader reader, bool isOver, Func<string, bool> isKnown)
    {
        var rest = text[reader.CallEnd..].TrimStart(' ', '\t', '\r', ';');
        var isTool = reader.Calls.Any(call => isKnown(call.Name));
        if (rest.Length > 0 && rest[0] != '\n')
        {
            // Prose goes on in the same line.
            return Written.Text(indent + 1);
        }
        if (!isTool && (reader.IsPlain || rest.Trim().Length > 0))
        {
            // A name that is no tool's is a call only where nothing else is said.
            return Written.Text(indent + 1);
        }
        return rest.Trim().Length == 0 && !isOver ? null : new Written(reader.At, reader.Calls);
    }

    private static bool IsForTools(Match fence) =>
        fence.Groups["language"].Value.Trim().StartsWith("tool", StringComparison.OrdinalIgnoreCase);

    private static bool IsMeant(IReadOnlyList<ModelCall> calls, bool isFirst, Func<string, bool> isKnown) =>
        calls.Count > 0 && (isFirst || calls.Any(call => isKnown(call.Name)));

    /// <summary>It has begun as calls do.</summary>
    private static bool MayBeCall(string text, bool isFirst, Func<string, bool> isKnown)
    {
        var begun = text.TrimStart();
        if (begun.Length == 0)
        {
            return true;
        }
        if (begun[0] is '{' || JsonList().IsMatch(begun))
        {
            return Half().Match(begun) is { Success: true } half
                && (
                    half.Groups["own"].Success
                        ? isKnown(half.Groups["own"].Value)
                        : isFirst || !half.Groups["end"].Success || isKnown(half.Groups["name"].Value)
                );
        }
        return begun[0] == '<'
            || (
                Called().Match(begun) is { Success: true } called
                && (isFirst || called.Length == begun.Length || isKnown(called.Groups["name"].Value))
            );
    }

    /// <summary>It is a call for certain, and not whole.</summary>
    private static bool IsHalf(string text, bool isFirst, Func<string, bool> isKnown)
    {
        var begun = text.TrimStart();
        return begun.Length > 0
            && (
                begun[0] is '{' || JsonList().IsMatch(begun)
                    ? Half().Match(begun) is { Success: true } half
                        && (
                            half.Groups["call"].Success
                            || isKnown(half.Groups["own"].Value)
                            || (half.Groups["name"].Length > 0 && (isFirst || isKnown(half.Groups["name"].Value)))
                        )
                    : Marked().IsMatch(begun)
                        || (Called().Match(begun) is { Success: true } called && isKnown(called.Groups["name"].Value))
            );
    }

    private static readonly string[] Languages =
    [
        "",
        "json",
        "jsonc",
        "json5",
        "python",
        "py",
        "tool",
        "tool_code",
        "tool_call",
        "tool_calls",
        "function",
        "function_call",
        "xml",
        "text",
        "plaintext",
    ];

    private const string Mark =
        CallWords.Opening
        + @"|<(?:｜DSML｜)?function=(?=[A-Za-z_])|<｜DSML｜invoke\s+name\s*=|✿FUNCTION✿"
        + @"|(?:<\|start\|>\s{0,4})?(?:assistant\s{0,4})?(?:<\|channel\|>\s{0,4})?(?:commentary|analysis|final)?\s{0,4}to=functions?\."
        + @"|(?=<\|)(?:<\|start\|>\s{0,4}(?:assistant\s{0,4})?)?(?:<\|channel\|>\s{0,4}(?:commentary|analysis|final)\s{0,4})?to=(?=[A-Za-z_])";

    [GeneratedRegex(@"\G[ \t]*(?:" + Mark + ")", RegexOptions.IgnoreCase)]
    private static partial Regex Marked();

    [GeneratedRegex(
        Mark
            + @"|\{\s*[""'](?:"
            + CallWords.Name
            + @")[""']\s*:\s*[""'][\w.\-]+[""']\s*,\s*[""'](?:"
            + CallWords.Arguments
            + @")[""']|\[(?=(?:\w+\.)*[A-Za-z_]\w*\()|(?<=\n) {0,3}(?:```[^`\n]*\n|`(?=[A-Za-z_\[])|\{\s*[""']|\[\s*\{\s*[""']|(?:print\(\s*)?[A-Za-z_][\w.]*\(|[A-Za-z_]\w*\s?\{\s*[""'}]|<(?=[a-z]+_[a-z_]+[\s/>])|<tools?>\s*[\{\[]|<(?:function|invoke)\s+name\s*=|Action\s*:\s*`?[A-Za-z_][\w.]*`?\s*\n)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Beginning();

    [GeneratedRegex(
        @"(?:<[^\s<>]{0,40}(?:\s+(?:n|na|nam|name)?\s*=?)?|[✿◁]\S{0,12}|\[[/\w.]{0,40}|(?:functools|to=\S{0,30}|commentary\s*\S{0,30})|\{\s*(?:[""'][a-z_]{0,9}(?:[""']\s*(?::\s*(?:[""'][\w.\-]{0,80}(?:[""']\s*(?:,\s*(?:[""'][a-z]{0,10}[""']?)?)?)?)?)?)?)?|(?<=\n)[ \t]*(?:`{1,3}[^`\n]*|\[\s*(?:\{\s*)?|(?:print\(\s*)?[A-Za-z_][\w.]{0,60}\s?\{?\s*|<tools?>\s*|Action\s*:[^\n]{0,80}\s*|<[a-z_]+[\s/]?))$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex HalfBeginning();

    [GeneratedRegex(@"^[ \t]*```(?<language>[^`\n]*)\n")]
    private static partial Regex Fence();

    [GeneratedRegex(@"[ \t]*```[ \t]*(?=\n|$)")]
    private static partial Regex FenceEnd();

    /// <summary>What code does with a result besides.</summary>
    [GeneratedRegex(@"^\s*(?:(?:print\(\s*\w+\s*\)|\w+)\s*)?$")]
    private static partial Regex OnlyPrints();

    [GeneratedRegex(@"^\s*\[\s*(?:[\{\[]|$)")]
    private static partial Regex JsonList();

    [GeneratedRegex(
        @"^\s*\[?\s*(?:Action\s*:\s*`?)?(?:\w+\s*=\s*(?=[\w.]+\())?(?:print\(\s*)?(?<name>[A-Za-z_][\w.\-]*)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Called();

    /// <summary>Half a call: its first member is one that calls have, or a tool's own name.</summary>
    [GeneratedRegex(
        @"^\[?\s*(?:$|\{\s*(?:$|[""'](?:(?:"
            + CallWords.Name
            + @")[""']\s*(?:$|:\s*(?:$|[""'](?<name>[\w.\-]*)(?:$|(?<end>[""'])\s*(?:$|,|\}))|\{))|(?:type|id)[""']\s*:\s*[""'](?:function|call_\w*)|(?<call>(?:"
            + CallWords.SureWraps
            + @")[""']\s*(?:$|:)|(?:"
            + CallWords.SureArguments
            + @")[""']\s*:\s*\{)|(?<own>[a-z]+_[a-z_]+)[""']\s*(?:$|:\s*(?:$|\{))|[a-z_]{0,40}$)))",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Half();
}

/// <summary>What a stretch of text turned out to be.</summary>
/// <param name="Length">Characters of it.</param>
/// <param name="Calls">Empty when it is text like any other.</param>
/// <param name="Broken">It is a call that can't be read: in what way, as "not to its end".</param>
internal sealed record Written(int Length, IReadOnlyList<ModelCall> Calls, string? Broken = null)
{
    public static Written Text(int length) => new(length, []);

    public bool IsText => Calls.Count == 0 && Broken is null;
}
