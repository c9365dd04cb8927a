using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

// Escapes and character classes.
internal ref partial struct Re2Syntax
{
    // An escape that stands for characters, in a class or outside. The rune is -1 for a set such as \d.
    private void ClassEscape(out int rune)
    {
        var start = _at++;
        if (AtEnd)
        {
            throw new FormatException("trailing backslash at end of expression: ``");
        }

        var character = _pattern[_at++];
        rune = -1;
        switch (character)
        {
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W':
                return;
            case 'p' or 'P':
                UnicodeClass(start);
                return;
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v':
                rune = "\a\f\n\r\t\v"["afnrtv".IndexOf(character, StringComparison.Ordinal)];
                return;
            case 'x':
                rune = Hexadecimal(start);
                return;
            case >= '0' and <= '7' when character == '0' || (!AtEnd && _pattern[_at] is >= '0' and <= '7'):
                rune = character - '0';
                for (var more = 0; more < 2 && !AtEnd && _pattern[_at] is >= '0' and <= '7'; more++)
                {
                    rune = (rune * 8) + _pattern[_at++] - '0';
                }

                return;
            case < (char)0x80 when !char.IsAsciiLetterOrDigit(character):
                rune = character;
                return;
            default:
                throw Invalid("invalid escape sequence", _pattern[start.._at]);
        }
    }

    private int Hexadecimal(int start)
    {
        var braces = !AtEnd && _pattern[_at] == '{';
        var from = braces ? _at + 1 : _at;
        var end = braces ? _pattern.IndexOf('}', from) : Math.Min(_at + 2, _pattern.Length);
        if (
            end <= from
            || (!braces && end - from != 2)
            || end - from > 8
            || !int.TryParse(
                _pattern.AsSpan(from, end - from),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var rune
            )
            || rune is < 0 or > 0x10FFFF
        )
        {
            throw Invalid("invalid escape sequence", _pattern[start..Math.Min(_at + 1, _pattern.Length)]);
        }

        _at = braces ? end + 1 : end;
        return rune;
    }

    private void UnicodeClass(int start)
    {
        var end = _at + 1;
        if (!AtEnd && _pattern[_at] == '{')
        {
            end = _pattern.IndexOf('}', _at) + 1;
            var name = end > 0 ? _pattern[(_at + 1)..(end - 1)].TrimStart('^') : "";
            if (name.Length == 0 || !name.All(letter => char.IsAsciiLetter(letter) || letter == '_'))
            {
                throw Invalid("invalid character class range", _pattern[start..(end > 0 ? end : _pattern.Length)]);
            }
        }
        else if (AtEnd || !"CLMNPSZ".Contains(_pattern[_at], StringComparison.Ordinal))
        {
            throw Invalid("invalid character class range", _pattern[start..Math.Min(end, _pattern.Length)]);
        }

        _at = end;
    }

    private void Class()
    {
        var start = _at++;
        if (!AtEnd && _pattern[_at] == '^')
        {
            _at++;
        }

        for (var first = true; first || AtEnd || _pattern[_at] != ']'; first = false)
        {
            if (AtEnd)
            {
                throw Invalid("missing closing ]", _pattern[start..]);
            }

            if (Rest().StartsWith("[:", StringComparison.Ordinal) && Rest().IndexOf(":]", StringComparison.Ordinal) > 0)
            {
                PosixClass();
                continue;
            }

            var from = _at;
            var low = ClassRune(start);
            if (low < 0 || Rest().Length < 2 || _pattern[_at] != '-' || _pattern[_at + 1] == ']')
            {
                continue;
            }

            _at++;
            if (ClassRune(start) is var high && high < low)
            {
                throw Invalid("invalid character class range", _pattern[from.._at]);
            }
        }

        _at++;
    }

    private int ClassRune(int start)
    {
        if (AtEnd)
        {
            throw Invalid("missing closing ]", _pattern[start..]);
        }

        if (_pattern[_at] == '\\')
        {
            ClassEscape(out var escaped);
            return escaped;
        }

        var rune =
            char.IsHighSurrogate(_pattern[_at]) && _at + 1 < _pattern.Length && char.IsLowSurrogate(_pattern[_at + 1])
                ? char.ConvertToUtf32(_pattern[_at], _pattern[_at + 1])
                : _pattern[_at];
        _at += rune > char.MaxValue ? 2 : 1;
        return rune;
    }

    private void PosixClass()
    {
        var end = _pattern.IndexOf(":]", _at, StringComparison.Ordinal) + 2;
        var whole = _pattern[_at..end];
        var name = whole[2..^2].TrimStart('^');
        if (
            name
            is not (
                "alnum"
                or "alpha"
                or "ascii"
                or "blank"
                or "cntrl"
                or "digit"
                or "graph"
                or "lower"
                or "print"
                or "punct"
                or "space"
                or "upper"
                or "word"
                or "xdigit"
            )
        )
        {
            throw Invalid("invalid character class range", whole);
        }

        _at = end;
    }
}
