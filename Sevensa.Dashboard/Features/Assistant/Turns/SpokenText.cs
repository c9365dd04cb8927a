using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// What of a model's text is its answer: thoughts between <c>&lt;think&gt;</c> marks are left out, and calls of tools that
/// are written as text are taken out of it. Holds back no more than it must to tell these apart.
/// </summary>
/// <param name="isTool">Whether there is a tool of that name.</param>
/// <param name="isQuoted">Whether such a text stands in what was read: a quotation, never a call.</param>
/// <param name="thinksAloud">The model is known to leave out the opening mark: nothing is shown before the closing one.</param>
internal sealed partial class SpokenText(
    Func<string, bool> isTool,
    Func<string, bool> isQuoted,
    bool thinksAloud,
    TimeProvider time
)
{
    /// <summary>The beginning is held back so long, or for so many characters: it may turn out to be thoughts without an opening mark.</summary>
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(1.5);

    private const int HoldLength = 200;

    private readonly List<ModelCall> calls = [];
    private string pending = "";
    private bool thinking;
    private bool isOpen;
    private char last = '\n';
    private long? began;

    /// <summary>Calls that were written as text.</summary>
    public IReadOnlyList<ModelCall> Calls => calls;

    /// <summary>A call was begun as text and not written to its end.</summary>
    public bool IsHalfACall { get; private set; }

    /// <summary>Something was let out.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>What was let out before was thought, not said: whoever shows it begins anew.</summary>
    public bool StartsAnew { get; private set; }

    /// <summary>It thinks without saying where that begins.</summary>
    public bool HasThoughtAloud { get; private set; }

    /// <summary>Takes a piece; gives what can be shown of it and of what was held back.</summary>
    public string Add(string piece)
    {
        began ??= time.GetTimestamp();
        pending += piece;
        return Take(isOver: false);
    }

    /// <summary>Nothing more comes: gives the rest.</summary>
    public string End() => Take(isOver: true);

    private string Take(bool isOver)
    {
        var shown = "";
        StartsAnew = false;
        while (pending.Length > 0)
        {
            if (thinking)
            {
                if (Closing().Match(pending) is not { Success: true } close)
                {
                    pending = isOver ? "" : pending[^Math.Min(pending.Length, 16)..];
                    break;
                }
                (pending, thinking) = (pending[(close.Index + close.Length)..], false);
                continue;
            }
            if (Mark().Match(pending) is { Success: true } mark)
            {
                if (mark.Value[1] == '/')
                {
                    // All before it was thought, also what is shown already.
                    pending = pending[(mark.Index + mark.Length)..];
                    StartsAnew |= HasSpoken;
                    (HasSpoken, HasThoughtAloud, isOpen, shown) = (false, true, true, "");
                    continue;
                }
                var before = pending[..mark.Index];
                pending = pending[(mark.Index + mark.Length)..];
                thinking = true;
                if (before.Trim().Length > 0)
                {
                    shown += Let(before);
                }
                continue;
            }
            if (!isOver && !isOpen && IsHeld())
            {
                break;
            }
            isOpen = true;
            if (WrittenCalls.Begin(last, pending) is >= 0 and var begin)
            {
                shown += Let(pending[..begin]);
                pending = pending[begin..];
                var indent = pending.Length - pending.TrimStart(' ', '\t').Length;
                if (WrittenCalls.Read(pending[indent..], isOver, isTool) is not { } written)
                {
                    break;
                }
                var stretch = pending[..(indent + written.Length)];
                pending = pending[stretch.Length..];
                if ((written.Calls.Count == 0 && !written.IsHalf) || isQuoted(stretch))
                {
                    shown += Let(stretch);
                    continue;
                }
                calls.AddRange(written.Calls);
                IsHalfACall |= written.IsHalf;
                continue;
            }
            var half = isOver ? -1 : HalfAMark();
            shown += Let(half < 0 ? pending : pending[..half]);
            pending = half < 0 ? "" : pending[half..];
            break;
        }
        return shown;
    }

    private bool IsHeld() =>
        thinksAloud || (pending.Length < HoldLength && time.GetElapsedTime(began!.Value) < HoldTime);

    /// <summary>After a call, what a model goes on to write is what it imagines the answer to be.</summary>
    private string Let(string text)
    {
        if (text.Length > 0)
        {
            last = text[^1];
        }
        if (calls.Count > 0 || IsHalfACall)
        {
            return "";
        }
        if (!HasSpoken)
        {
            text = text.TrimStart();
        }
        HasSpoken |= text.Length > 0;
        return text;
    }

    private int HalfAMark() =>
        HalfMark().Match(pending) is { Success: true } half ? half.Index : WrittenCalls.MayBegin(last, pending);

    [GeneratedRegex(@"</?(think|thinking|thought|reasoning)>", RegexOptions.IgnoreCase)]
    private static partial Regex Mark();

    [GeneratedRegex(@"</(think|thinking|thought|reasoning)>", RegexOptions.IgnoreCase)]
    private static partial Regex Closing();

    [GeneratedRegex(@"</?[a-z]{0,9}$", RegexOptions.IgnoreCase)]
    private static partial Regex HalfMark();
}
