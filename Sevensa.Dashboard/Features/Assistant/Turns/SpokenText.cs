using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// What of a model's text is its answer: thoughts are left out, and calls of tools that are written as text are taken out of
/// it. Code, quotations and sentences about such marks stay. Holds back no more than it must to tell these apart.
/// </summary>
/// <param name="isTool">Whether there is a tool of that name.</param>
/// <param name="isQuoted">Whether such a text stands in what was read: a quotation, never a call.</param>
/// <param name="thinksAloud">
/// The model is known to leave out the opening mark: nothing is shown before the closing one. Known not to: the beginning is
/// held back no longer than until it is prose. Null: not known.
/// </param>
internal sealed partial class SpokenText(
    Func<string, bool> isTool,
    Func<string, bool> isQuoted,
    bool? thinksAloud,
    TimeProvider time
)
{
    /// <summary>The beginning is held back so long, or for so many characters: it may turn out to be thoughts without an opening mark.</summary>
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(1.5);

    private const int HoldLength = 200;

    /// <summary>No mark is longer.</summary>
    private const int LongestMark = 64;

    private readonly List<ModelCall> calls = [];
    private string pending = "";
    private string half = "";
    private Thought? thought;
    private CodeState code;
    private bool isOpen;

    /// <summary>Until so much has come, what was held back is not looked at again.</summary>
    private int retryAt;
    private char last = '\n';
    private char lastSolid = '\n';
    private long? began;

    /// <summary>Calls that were written as text.</summary>
    public IReadOnlyList<ModelCall> Calls => calls;

    /// <summary>A call was begun as text and can't be read: in what way, as "not to its end".</summary>
    public string? BrokenCall { get; private set; }

    /// <summary>Something was let out.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>What was let out before was thought, not said: whoever shows it begins anew.</summary>
    public bool StartsAnew { get; private set; }

    /// <summary>It thinks without saying where that begins.</summary>
    public bool HasThoughtAloud { get; private set; }

    /// <summary>The text ended within thoughts.</summary>
    public bool EndedInThought { get; private set; }

    /// <summary>Takes a piece; gives what can be shown of it and of what was held back.</summary>
    public string Add(string piece)
    {
        began ??= time.GetTimestamp();
        // A character may come in two pieces; what is none by itself becomes U+FFFD.
        piece = half + piece;
        half = piece.Length > 0 && char.IsHighSurrogate(piece[^1]) ? piece[^1..] : "";
        pending += StoreText.Whole(piece[..^half.Length]);
        return Take(isOver: false);
    }

    /// <summary>Nothing more comes: gives the rest.</summary>
    public string End() => Take(isOver: true);

    private string Take(bool isOver)
    {
        var shown = "";
        StartsAnew = false;
        if (!isOver && pending.Length < retryAt)
        {
            return shown;
        }
        retryAt = 0;
        while (pending.Length > 0)
        {
            if (thought is not null)
            {
                if (!Think(thought, isOver, ref shown))
                {
                    break;
                }
                continue;
            }
            var (mark, isMarkSure) = NextMark(isOver);
            var isHeld = !isOver && !isOpen && IsHeld();
            if (mark is null && (isHeld || !isMarkSure))
            {
                break;
            }
            if (mark is { Mark: ThoughtMark.Closes } closes)
            {
                // All before it was thought, also what is shown already.
                pending = pending[(closes.Index + closes.Length)..];
                StartsAnew |= HasSpoken;
                (HasSpoken, HasThoughtAloud, isOpen, shown) = (false, true, true, "");
                BeginAnew();
                continue;
            }
            var call = NextCall();
            if (call >= 0 && call < (mark?.Index ?? pending.Length))
            {
                isOpen = true;
                shown += Let(call);
                if (WrittenCalls.Read(pending, isOver, !HasSpoken && calls.Count == 0, isTool) is not { } written)
                {
                    retryAt = pending.Length + (pending.Length / 8);
                    break;
                }
                if (written.IsText || isQuoted(pending[..written.Length]))
                {
                    shown += Let(written.Length);
                    continue;
                }
                pending = pending[written.Length..];
                calls.AddRange(written.Calls);
                BrokenCall ??= written.Broken;
                continue;
            }
            if (mark is { } found)
            {
                isOpen |= found.Mark == ThoughtMark.Answers;
                shown += Let(found.Index);
                if (found.Mark == ThoughtMark.Opens)
                {
                    thought = new Thought(ThoughtMarks.EndOf(pending[..found.Length].TrimStart()), found);
                }
                if (found.Mark != ThoughtMark.Opens || found.IsFirm)
                {
                    pending = pending[found.Length..];
                }
                if (found.Mark == ThoughtMark.Answers)
                {
                    (last, lastSolid) = ('\n', '\n');
                }
                continue;
            }
            var may = isOver ? -1 : MayBegin();
            // While nothing is let out it is still the beginning, where words are marks as well.
            isOpen |= may != 0;
            shown += Let(may < 0 ? pending.Length : may);
            break;
        }
        if (isOver && thought is not null)
        {
            EndedInThought = true;
        }
        return shown;
    }

    /// <summary>Goes through thoughts to their end; false while it has not come.</summary>
    private bool Think(Thought inside, bool isOver, ref string shown)
    {
        var from = inside.Mark.IsFirm ? 0 : inside.Mark.Length;
        if (inside.End.Match(pending, from) is { Success: true } end)
        {
            pending = pending[(end.Index + end.Length)..];
            thought = null;
            (last, lastSolid) = ('\n', '\n');
            return true;
        }
        if (inside.Mark.IsFirm)
        {
            // Nothing of it is needed any more but what may be half of the end.
            pending = isOver ? "" : pending[^Math.Min(pending.Length, LongestMark)..];
            return false;
        }
        if (!isOver)
        {
            return false;
        }
        // In the middle of a sentence, and never closed: said, not thought.
        thought = null;
        shown += Let(pending.Length);
        return false;
    }

    private (Place? Mark, bool IsSure) NextMark(bool isOver)
    {
        var from = 0;
        while (ThoughtMarks.Next(pending, from, isFirst: !HasSpoken && !isOpen) is var (match, mark))
        {
            if (
                !isOver
                && match.Index + match.Length == pending.Length
                && ThoughtMarks.MayBegin(pending, isFirst: false) is >= 0 and var half
                && half <= match.Index
            )
            {
                return (null, false);
            }
            if (IsSpokenOf(match.Index, match.Length, isOver) is not { } spokenOf)
            {
                return (null, false);
            }
            if (!spokenOf)
            {
                var isFirm =
                    Solid(match.Index) == '\n' && !match.Value.TrimStart().StartsWith("Here", StringComparison.Ordinal);
                return (new Place(match.Index, match.Length, mark, isFirm), true);
            }
            from = match.Index + match.Length;
        }
        return (null, true);
    }

    /// <summary>It stands in code, in quotation marks or in the middle of a sentence: the answer is about it. Null: what comes next will tell.</summary>
    private bool? IsSpokenOf(int index, int length, bool isOver)
    {
        var before = index > 0 ? pending[index - 1] : last;
        if (code.After(pending.AsSpan(0, index)).IsCode || before is '"' or '\'' or '“' or '‘' or '«')
        {
            return true;
        }
        if (before is not (' ' or '(') || Solid(index) is '\n' or '.' or '!' or '?' or ':' or '…' or '>')
        {
            return false;
        }
        var after = index + length < pending.Length ? pending[index + length] : '\0';
        return after == '\0' && !isOver ? null : after is ' ' or ',' or '.' or ';' or ':' or ')' or '!' or '?';
    }

    private int NextCall()
    {
        var from = 0;
        while (from < pending.Length && WrittenCalls.Begin(last, pending, from) is >= 0 and var begin)
        {
            var before = begin > 0 ? pending[begin - 1] : last;
            if (
                !code.After(pending.AsSpan(0, begin)).IsCode
                && !(before is '"' or '\'' or '“' or '‘' && WrittenCalls.IsMarked(pending[begin..]))
            )
            {
                return begin;
            }
            from = begin + 1;
        }
        return -1;
    }

    private int MayBegin()
    {
        var (mark, call) = (
            ThoughtMarks.MayBegin(pending, isFirst: !HasSpoken && !isOpen),
            WrittenCalls.MayBegin(last, pending)
        );
        return mark < 0 ? call
            : call < 0 ? mark
            : Math.Min(mark, call);
    }

    // A call that is written as text, and thoughts that begin with a word, are told by more than their first piece.
    private bool IsHeld() =>
        thinksAloud == true
        || (
            !(thinksAloud == false && IsProse().IsMatch(pending))
            && pending.Length < HoldLength
            && time.GetElapsedTime(began!.Value) < HoldTime
        );

    /// <summary>It begins with two words or figures, of which the first is whole and none with which a family of models marks what follows.</summary>
    [GeneratedRegex(
        @"^\s*(?!Here is my|assistant|analysis|commentary|final)[*#]{0,4} ?[\p{L}\p{N}'’.%-]+[*,]{0,3} [\p{L}\p{N}]"
    )]
    private static partial Regex IsProse();

    /// <summary>The last character before a place that is no space; a line's end where only spaces stand before it.</summary>
    private char Solid(int index)
    {
        for (var i = index - 1; i >= 0; i--)
        {
            if (pending[i] is '\n' || !char.IsWhiteSpace(pending[i]))
            {
                return pending[i];
            }
        }
        return lastSolid;
    }

    private void BeginAnew()
    {
        (last, lastSolid, code, BrokenCall) = ('\n', '\n', default, null);
        calls.Clear();
    }

    /// <summary>Lets so much out. After a call, what a model goes on to write is what it imagines the answer to be.</summary>
    private string Let(int length)
    {
        var text = pending[..length];
        pending = pending[length..];
        if (length > 0)
        {
            code.Take(text);
            last = text[^1];
            foreach (var one in text)
            {
                lastSolid = one == '\n' || !char.IsWhiteSpace(one) ? one : lastSolid;
            }
        }
        if (calls.Count > 0 || BrokenCall is not null)
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

    private sealed record Thought(Regex End, Place Mark);

    /// <param name="IsFirm">It stands at the beginning of a line: thoughts, also when nothing ends them.</param>
    private readonly record struct Place(int Index, int Length, ThoughtMark Mark, bool IsFirm);
}
