using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Ui.Logs;

/// <summary>A stretch of a log line that is drawn alike.</summary>
/// <param name="Css">Style classes; none for plain text.</param>
public readonly record struct LogSpan(string Text, string? Css, bool IsHit = false);

/// <summary>
/// A log line comes from anywhere and may hold anything. Colours (SGR sequences) become classes, other escape sequences
/// vanish, and characters that would act rather than show (controls, direction overrides, invisible ones) are written out.
/// </summary>
public static class LogText
{
    /// <param name="highlight">Marked wherever it stands, regardless of case.</param>
    /// <param name="limit">Longer lines are cut; the rest is counted by the caller.</param>
    /// <param name="breaks">Line breaks break lines, where there is room for more than one.</param>
    public static IReadOnlyList<LogSpan> Spans(
        string text,
        string? highlight = null,
        int limit = 4000,
        bool breaks = false
    )
    {
        var spans = new List<LogSpan>();
        var run = new StringBuilder();
        var style = default(Sgr);
        var end = Math.Min(text.Length, limit);

        void Flush()
        {
            if (run.Length == 0)
                return;
            Mark(spans, run.ToString(), style.Css(), highlight);
            run.Clear();
        }

        for (var i = 0; i < end; i++)
        {
            var c = text[i];
            if (c == '\u001b' || c == '\u009b')
            {
                var (length, parameters) = Escape(text, i);
                if (parameters is not null)
                {
                    Flush();
                    style = style.Apply(parameters);
                }
                i += length - 1;
            }
            else if (!(breaks && c == '\n') && Shown(c, text, i) is { } shown)
            {
                Flush();
                spans.Add(new(shown, "ctl"));
            }
            else
                run.Append(c);
        }
        Flush();
        return spans;
    }

    /// <summary>The line without escape sequences, for copying.</summary>
    public static string Plain(string text) => string.Concat(Spans(text, null, int.MaxValue).Select(s => s.Text));

    private static void Mark(List<LogSpan> spans, string text, string? css, string? highlight)
    {
        if (string.IsNullOrEmpty(highlight))
        {
            spans.Add(new(text, css));
            return;
        }
        var from = 0;
        while (text.IndexOf(highlight, from, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
        {
            if (at > from)
                spans.Add(new(text[from..at], css));
            spans.Add(new(text.Substring(at, highlight.Length), css, true));
            from = at + highlight.Length;
        }
        if (from < text.Length)
            spans.Add(new(text[from..], css));
    }

    private static string? Shown(char c, string text, int at)
    {
        if (c == '\t')
            return null;
        if (c < 0x20)
            return c == '\n' ? "↵" : Code(c);
        if (c == 0x7f)
            return Code(c);
        if (char.IsSurrogate(c))
            return
                char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
                || char.IsLowSurrogate(c) && at > 0 && char.IsHighSurrogate(text[at - 1])
                ? null
                : Code(c);
        return
            char.GetUnicodeCategory(c)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse
            ? Code(c)
            : null;
    }

    private static string Code(char c) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"⟨{((int)c).ToString(c < 0x100 ? "X2" : "X4", CultureInfo.InvariantCulture)}⟩"
        );

    /// <summary>How long the sequence is, and its parameters when it sets a style.</summary>
    private static (int Length, string? Parameters) Escape(string text, int at)
    {
        var i = at + 1;
        if (text[at] == '\u001b')
        {
            if (i >= text.Length)
                return (1, null);
            // Titles and links (OSC) run to BEL or ST.
            if (text[i] == ']')
            {
                for (i++; i < text.Length; i++)
                {
                    if (text[i] == '\a')
                        return (i - at + 1, null);
                    if (text[i] == '\u001b' && i + 1 < text.Length && text[i + 1] == '\\')
                        return (i - at + 2, null);
                }
                return (text.Length - at, null);
            }
            if (text[i] != '[')
                return (2, null);
            i++;
        }
        var start = i;
        while (i < text.Length && text[i] is >= '\u0020' and <= '\u003f')
            i++;
        if (i >= text.Length)
            return (text.Length - at, null);
        return (i - at + 1, text[i] == 'm' ? text[start..i] : null);
    }

    private readonly record struct Sgr(int? Colour, bool Bold, bool Dim, bool Italic, bool Underline, bool Background)
    {
        public string? Css()
        {
            if (this == default)
                return null;
            List<string> all = [];
            if (Colour is { } c)
                all.Add($"ansi-{c}");
            if (Bold)
                all.Add("ansi-b");
            if (Dim)
                all.Add("ansi-d");
            if (Italic)
                all.Add("ansi-i");
            if (Underline)
                all.Add("ansi-u");
            if (Background)
                all.Add("ansi-bg");
            return string.Join(' ', all);
        }

        public Sgr Apply(string parameters)
        {
            var s = this;
            var codes = parameters.Split(';', ':');
            for (var i = 0; i < codes.Length; i++)
            {
                var code =
                    codes[i].Length == 0 ? 0
                    : int.TryParse(codes[i], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n
                    : -1;
                if (code is 38 or 48)
                {
                    var next = i + 1 < codes.Length ? codes[i + 1] : "";
                    if (next == "5" && i + 2 < codes.Length)
                    {
                        if (int.TryParse(codes[i + 2], out var index))
                            s = code == 48 ? s with { Background = true } : s with { Colour = index < 16 ? index : 7 };
                        i += 2;
                    }
                    else if (next == "2")
                    {
                        s = code == 48 ? s with { Background = true } : s with { Colour = 7 };
                        i += 4;
                    }
                    continue;
                }
                s = code switch
                {
                    0 => default,
                    1 => s with { Bold = true },
                    2 => s with { Dim = true },
                    3 => s with { Italic = true },
                    4 => s with { Underline = true },
                    22 => s with { Bold = false, Dim = false },
                    23 => s with { Italic = false },
                    24 => s with { Underline = false },
                    >= 30 and <= 37 => s with { Colour = code - 30 },
                    39 => s with { Colour = null },
                    >= 40 and <= 47 or >= 100 and <= 107 => s with { Background = true },
                    49 => s with { Background = false },
                    >= 90 and <= 97 => s with { Colour = code - 90 + 8 },
                    _ => s,
                };
            }
            return s;
        }
    }
}
