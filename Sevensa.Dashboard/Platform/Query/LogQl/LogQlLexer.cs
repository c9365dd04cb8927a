using System.Collections.Frozen;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>
/// Cuts a LogQL text into tokens, one at a time, so that an error is the first one in the text. Comments run from
/// <c>#</c> to the end of the line. Identifiers are ASCII; what Loki's scanner would take for something this one does
/// not know (character literals, other alphabets) is refused.
/// </summary>
internal sealed class LogQlLexer(string text)
{
    private static readonly FrozenSet<string> Keywords = new[]
    {
        "by",
        "without",
        "bool",
        "offset",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "or",
        "and",
        "unless",
        "json",
        "regexp",
        "logfmt",
        "unpack",
        "pattern",
        "label_format",
        "line_format",
        "unwrap",
        "decolorize",
        "drop",
        "keep",
    }.ToFrozenSet();

    // Words only where an opening parenthesis follows (or a grouping, for aggregations); labels elsewhere.
    private static readonly FrozenSet<string> CallWords = new[]
    {
        "vector",
        "label_replace",
        "ip",
        "variants",
    }.ToFrozenSet();

    private static readonly string[] Signs =
    [
        "!=",
        "!~",
        "!>",
        "|=",
        "|~",
        "|>",
        "==",
        "=~",
        ">=",
        "<=",
        "{",
        "}",
        "(",
        ")",
        ",",
        "=",
        "|",
        ">",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
    ];

    private int _at;
    private int _line = 1;
    private int _column = 1;

    public static bool IsReserved(string word) => Keywords.Contains(word.ToLowerInvariant());

    public LogQlToken Next()
    {
        SkipBlanks();
        var (line, column) = (_line, _column);
        if (_at >= text.Length)
        {
            return new LogQlToken(TokenKind.End, "", 0, line, column);
        }

        var token = Read(text[_at]);
        return token with { Line = line, Column = column };
    }

    private LogQlToken Read(char first)
    {
        if (char.IsAsciiLetter(first) || first == '_')
        {
            return Word();
        }

        if (char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(Peek(1))))
        {
            return Number();
        }

        switch (first)
        {
            case '"' or '`':
                return new LogQlToken(TokenKind.String, String(first), 0, 0, 0);
            case '[':
                return Range();
            case '-' when Flag() is { } flag:
                return new LogQlToken(TokenKind.Flag, flag, 0, 0, 0);
            case '-' when char.IsAsciiDigit(Peek(1)) || Peek(1) == '.':
                var end = Extent(_at + 1, IsDurationCharacter);
                if (LogQlDuration.TryParse(text[_at..end], out var negative))
                {
                    Advance(end);
                    return new LogQlToken(TokenKind.Duration, "", negative.Nanoseconds, 0, 0);
                }

                break;
        }

        foreach (var sign in Signs)
        {
            if (string.CompareOrdinal(text, _at, sign, 0, sign.Length) == 0)
            {
                Advance(_at + sign.Length);
                return new LogQlToken(TokenKind.Word, sign, 0, 0, 0);
            }
        }

        throw Error(first == '\0' ? "invalid character NUL" : $"unexpected character {Shown(first)}");
    }

    private static string Shown(char character) =>
        char.IsControl(character) || char.IsSurrogate(character) ? $"U+{(int)character:X4}" : $"'{character}'";

    private LogQlToken Word()
    {
        var end = Extent(_at, static character => char.IsAsciiLetterOrDigit(character) || character == '_');
        var word = text[_at..end];
        Advance(end);
        var lower = word.ToLowerInvariant();
        if (Keywords.Contains(lower))
        {
            return new LogQlToken(TokenKind.Word, lower, 0, 0, 0);
        }

        var kind =
            LogQlWords.RangeFunctions.ContainsKey(lower) ? TokenKind.RangeFunction
            : LogQlWords.VectorFunctions.ContainsKey(lower) ? TokenKind.VectorFunction
            : LogQlWords.Conversions.ContainsKey(lower) ? TokenKind.Conversion
            : CallWords.Contains(lower) ? TokenKind.Word
            : TokenKind.Identifier;
        return kind != TokenKind.Identifier && IsCall()
            ? new LogQlToken(kind, lower, 0, 0, 0)
            : new LogQlToken(TokenKind.Identifier, word, 0, 0, 0);
    }

    // A function's name is one only before "(", "by (" or "without (".
    private bool IsCall()
    {
        var at = Extent(_at, IsBlank);
        foreach (var word in (ReadOnlySpan<string>)["by", "without"])
        {
            if (string.Compare(text, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                at = Extent(at + word.Length, IsBlank);
                break;
            }
        }

        return at < text.Length && text[at] == '(';
    }

    private LogQlToken Number()
    {
        var end = Extent(_at, char.IsAsciiDigit);
        if (end < text.Length && text[end] == '.')
        {
            end = Extent(end + 1, char.IsAsciiDigit);
        }

        if (end < text.Length && text[end] is 'e' or 'E')
        {
            var exponent = end + 1 < text.Length && text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                end = Extent(exponent, char.IsAsciiDigit);
            }
        }

        var duration = Extent(end, IsDurationCharacter);
        if (duration > end && LogQlDuration.TryParse(text[_at..duration], out var span))
        {
            Advance(duration);
            return new LogQlToken(TokenKind.Duration, "", span.Nanoseconds, 0, 0);
        }

        var size = Extent(
            end,
            static c => char.IsAsciiDigit(c) || c is 'B' or 'i' or 'k' or 'K' or 'M' or 'G' or 'T' or 'P' or '.'
        );
        if (size > end && LogQlSize.TryParse(text[_at..size], out var bytes))
        {
            Advance(size);
            return new LogQlToken(TokenKind.Bytes, "", bytes, 0, 0);
        }

        var number = text[_at..end];
        Advance(end);
        return new LogQlToken(TokenKind.Number, number, 0, 0, 0);
    }

    private static bool IsDurationCharacter(char character) =>
        char.IsAsciiDigit(character) || character is '.' or 'n' or 'u' or 'µ' or 'm' or 's' or 'h' or 'd' or 'w' or 'y';

    private LogQlToken Range()
    {
        var end = text.IndexOf(']', _at);
        if (end < 0)
        {
            throw Error("missing closing ']' in duration");
        }

        if (LogQlDuration.TryParseRange(text[(_at + 1)..end], out var duration) is { } wrong)
        {
            throw Error(wrong);
        }

        Advance(end + 1);
        return new LogQlToken(TokenKind.Range, "", duration.Nanoseconds, 0, 0);
    }

    private string? Flag()
    {
        var end = Extent(_at, static character => char.IsAsciiLetter(character) || character == '-');
        var flag = text[_at..end];
        if (flag is not ("--strict" or "--keep-empty"))
        {
            return null;
        }

        Advance(end);
        return flag;
    }

    private string String(char quote)
    {
        var end = quote == '`' ? text.IndexOf('`', _at + 1) : EndOfQuoted();
        if (end < 0)
        {
            throw Error("literal not terminated");
        }

        var body = text.AsSpan(_at + 1, end - _at - 1);
        if (body.Contains('\0'))
        {
            throw Error("invalid character NUL");
        }

        var value = quote == '`' ? body.ToString() : LogQlEscapes.Decode(body);
        if (value is null)
        {
            throw Error("invalid char escape");
        }

        if (!IsValidUnicode(value))
        {
            throw Error("invalid UTF-8 rune");
        }

        Advance(end + 1);
        return value;
    }

    private static bool IsValidUnicode(string value)
    {
        for (var at = 0; at < value.Length; )
        {
            if (!Rune.TryGetRuneAt(value, at, out var rune))
            {
                return false;
            }

            at += rune.Utf16SequenceLength;
        }

        return true;
    }

    private int EndOfQuoted()
    {
        for (var at = _at + 1; at < text.Length && text[at] != '\n'; at++)
        {
            if (text[at] == '"')
            {
                return at;
            }

            if (text[at] == '\\')
            {
                at++;
            }
        }

        return -1;
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (IsBlank(text[_at]))
            {
                Advance(_at + 1);
            }
            else if (text[_at] == '#')
            {
                Advance(Extent(_at, static character => character != '\n'));
            }
            else
            {
                return;
            }
        }
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\n' or '\r';

    private char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private int Extent(int from, Func<char, bool> belongs)
    {
        while (from < text.Length && belongs(text[from]))
        {
            from++;
        }

        return from;
    }

    private void Advance(int to)
    {
        for (; _at < to; _at++)
        {
            if (text[_at] == '\n')
            {
                _line++;
                _column = 1;
            }
            else if (!char.IsLowSurrogate(text[_at]))
            {
                _column++;
            }
        }
    }

    private LogQlException Error(string reason) => new(reason, _line, _column, isSyntax: true);
}
