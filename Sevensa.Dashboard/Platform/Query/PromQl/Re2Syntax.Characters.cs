using System.Globalization;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

internal sealed partial class Re2Syntax
{
    private Part ReadEscape()
    {
        if (_position + 1 >= _source.Length)
            throw new SyntaxException("trailing backslash at end of expression: ``");
        switch (_source[_position + 1])
        {
            case 'A':
                _position += 2;
                _dotnet.Append("\\A");
                return new Part(true, 1);
            case 'z':
                _position += 2;
                _dotnet.Append("\\z");
                return new Part(true, 1);
            case 'b' or 'B':
                _dotnet.Append(_source, _position, 2);
                // .NET's word boundary knows more letters than RE2's.
                _translatable = false;
                _position += 2;
                return new Part(_source[_position - 1] == 'B', 1);
            case 'Q':
                return ReadQuoted();
            default:
                ReadCharacterEscape(inClass: false);
                return new Part(false, 1);
        }
    }

    private Part ReadQuoted()
    {
        var end = _source.IndexOf("\\E", _position + 2, StringComparison.Ordinal);
        var literal = end < 0 ? _source[(_position + 2)..] : _source[(_position + 2)..end];
        _position = end < 0 ? _source.Length : end + 2;
        // A repetition after it would only take the last character; grouping is left out then.
        if (!AtEnd && Current is '*' or '+' or '?' or '{')
            _translatable = false;
        foreach (var c in literal)
            AppendLiteral(c);
        return new Part(literal.Length == 0, 1);
    }

    /// <returns>The character, or null for a class such as \d.</returns>
    private int? ReadCharacterEscape(bool inClass)
    {
        var start = _position;
        var c = _source[_position + 1];
        _position += 2;
        var simple = c switch
        {
            'a' => 7,
            'f' => 12,
            't' => 9,
            'n' => 10,
            'r' => 13,
            'v' => 11,
            'x' => ReadHex(start),
            _ when c < 128 && !char.IsAsciiLetterOrDigit(c) => c,
            _ => -1,
        };
        if (c is '0' || (c is >= '1' and <= '7' && Current is >= '0' and <= '7' && !AtEnd))
        {
            simple = c - '0';
            for (var i = 0; i < 2 && !AtEnd && Current is >= '0' and <= '7'; i++)
                simple = (simple * 8) + _source[_position++] - '0';
        }
        if (simple >= 0)
        {
            if (simple > 0xFFFF || simple is >= 0xD800 and < 0xE000)
                _translatable = false;
            else
                _dotnet.Append(CultureInfo.InvariantCulture, $"\\u{simple:X4}");
            return simple;
        }
        var set = c switch
        {
            'd' => "0-9",
            's' => "\\t\\n\\f\\r ",
            'w' => "0-9A-Za-z_",
            'D' => "\\d",
            'S' => "\\s",
            'W' => "\\w",
            _ => null,
        };
        if (set is not null && char.IsAsciiLetterLower(c))
        {
            _dotnet.Append(inClass ? set : $"[{set}]");
        }
        else if (set is not null)
        {
            // Inside a class there is no negation that .NET could take as it is.
            _translatable &= !inClass;
            _dotnet.Append(
                c == 'D' ? "[^0-9]"
                : c == 'S' ? "[^\\t\\n\\f\\r ]"
                : "[^0-9A-Za-z_]"
            );
        }
        else if (c is 'p' or 'P')
        {
            ReadUnicodeClass(start);
        }
        else
        {
            throw new SyntaxException($"invalid escape sequence: `{_source[start.._position]}`");
        }
        return null;
    }

    private int ReadHex(int start)
    {
        var end = Current == '{' && !AtEnd ? _source.IndexOf('}', _position) : _position + 2;
        var digits =
            end < 0 || end > _source.Length ? default
            : Current == '{' ? _source.AsSpan(_position + 1, end - _position - 1)
            : _source.AsSpan(_position, 2);
        if (
            digits.Length is 0 or > 8
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF
        )
            throw new SyntaxException(
                $"invalid escape sequence: `{_source[start..Math.Min(start + 4, _source.Length)]}`"
            );
        _position = Current == '{' ? end + 1 : end;
        return value;
    }

    private void ReadUnicodeClass(int start)
    {
        if (AtEnd)
            throw new SyntaxException($"invalid escape sequence: `{_source[start..]}`");
        var end = Current == '{' ? _source.IndexOf('}', _position) : _position;
        if (end < 0)
            throw new SyntaxException($"invalid character class range: `{_source[start..]}`");
        var name = Current == '{' ? _source[(_position + 1)..end].TrimStart('^') : Current.ToString();
        _position = end + 1;
        var category = name is ['C' or 'L' or 'M' or 'N' or 'P' or 'S' or 'Z'] or [_, >= 'a' and <= 'z'];
        var script =
            name.Length > 2 && char.IsAsciiLetterUpper(name[0]) && name.All(c => char.IsAsciiLetter(c) || c == '_');
        if (!category && !script)
            throw new SyntaxException($"invalid character class range: `{_source[start.._position]}`");
        // The two know different versions of Unicode, and .NET no scripts.
        _translatable = false;
    }

    private void ReadClass()
    {
        var start = _position;
        _position++;
        _dotnet.Append('[');
        if (Current == '^' && !AtEnd)
        {
            _position++;
            _dotnet.Append('^');
        }
        for (var first = true; first || Current != ']'; first = false)
        {
            if (AtEnd)
                throw new SyntaxException($"missing closing ]: `{_source[start..]}`");
            if (StartsWith("[:") && _source.IndexOf(":]", _position, StringComparison.Ordinal) is var close and >= 0)
            {
                ReadPosixClass(close);
                continue;
            }
            var from = _position;
            if (ReadClassCharacter(start) is not { } low)
                continue;
            if (Current != '-' || _position + 1 >= _source.Length || _source[_position + 1] == ']')
                continue;
            _position++;
            _dotnet.Append('-');
            if (ReadClassCharacter(start) is not { } high || high < low)
                throw new SyntaxException($"invalid character class range: `{_source[from.._position]}`");
        }
        _position++;
        _dotnet.Append(']');
    }

    private int? ReadClassCharacter(int start)
    {
        if (AtEnd)
            throw new SyntaxException($"missing closing ]: `{_source[start..]}`");
        if (Current == '\\')
            return _position + 1 < _source.Length
                ? ReadCharacterEscape(inClass: true)
                : throw new SyntaxException("trailing backslash at end of expression: ``");
        var rune =
            char.IsHighSurrogate(Current) && _position + 1 < _source.Length
                ? char.ConvertToUtf32(_source, _position)
                : Current;
        _position += rune > 0xFFFF ? 2 : 1;
        if (rune > 0xFFFF)
            _translatable = false;
        else
            _dotnet.Append(CultureInfo.InvariantCulture, $"\\u{rune:X4}");
        return rune;
    }

    private void ReadPosixClass(int close)
    {
        var name = _source[(_position + 2)..close];
        var negated = name.StartsWith('^');
        var set = name.TrimStart('^') switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => "\\u0000-\\u007F",
            "blank" => "\\t ",
            "cntrl" => "\\u0000-\\u001F\\u007F",
            "digit" => "0-9",
            "graph" => "!-~",
            "lower" => "a-z",
            "print" => " -~",
            "punct" => "!-/:-@\\u005B-\\u0060\\u007B-~",
            "space" => "\\t\\n\\u000B\\f\\r ",
            "upper" => "A-Z",
            "word" => "0-9A-Za-z_",
            "xdigit" => "0-9A-Fa-f",
            _ => throw new SyntaxException($"invalid character class range: `[:{name}:]`"),
        };
        _translatable &= !negated;
        _dotnet.Append(set);
        _position = close + 2;
    }
}
