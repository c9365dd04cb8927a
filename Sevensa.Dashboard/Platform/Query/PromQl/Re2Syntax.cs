using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Reads RE2 syntax as Go's regexp package does with its Perl extensions, and writes it anew for .NET where that means the same.
/// </summary>
internal sealed class Re2Syntax
{
    private static readonly SearchValues<char> Meta = SearchValues.Create("\\.+*?()|[]{}^$");

    private const int MaxNesting = 250;
    private const int MaxRepeat = 1000;

    private readonly string _source;
    private readonly StringBuilder _dotnet = new();
    private int _position;
    private int _nesting;
    private bool _translatable = true;
    private HashSet<string>? _groupNames;

    private Re2Syntax(string source) => _source = source;

    private sealed class SyntaxException(string message) : FormatException(message);

    /// <param name="MatchesEmpty">It can match the empty text.</param>
    /// <param name="Repeats">The largest product of counts of repetitions inside each other.</param>
    private readonly record struct Part(bool MatchesEmpty, int Repeats);

    /// <param name="translated">The same for .NET, unanchored; null where there is no certain equal.</param>
    public static bool TryRead(
        string source,
        out string? translated,
        out bool matchesEmpty,
        [NotNullWhen(false)] out string? error
    )
    {
        (translated, matchesEmpty, error) = (null, false, null);
        if (!source.AsSpan().ContainsAny(Meta))
        {
            (translated, matchesEmpty) = (source, source.Length == 0);
            return true;
        }
        var reader = new Re2Syntax(source);
        try
        {
            matchesEmpty = reader.ReadAlternatives(multiLine: false).MatchesEmpty;
            if (!reader.AtEnd)
                throw new SyntaxException($"unexpected ): `{source}`");
            translated = reader._translatable ? reader._dotnet.ToString() : null;
            return true;
        }
        catch (SyntaxException e)
        {
            error = e.Message;
            return false;
        }
    }

    private bool AtEnd => _position >= _source.Length;

    private char Current => _position < _source.Length ? _source[_position] : '\0';

    private bool StartsWith(string text) => string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0;

    private Part ReadAlternatives(bool multiLine)
    {
        if (++_nesting > MaxNesting)
            throw new SyntaxException("expression nests too deeply");
        var all = ReadSequence(ref multiLine);
        while (Current == '|' && !AtEnd)
        {
            _position++;
            _dotnet.Append('|');
            var next = ReadSequence(ref multiLine);
            all = new Part(all.MatchesEmpty | next.MatchesEmpty, Math.Max(all.Repeats, next.Repeats));
        }
        _nesting--;
        return all;
    }

    private Part ReadSequence(ref bool multiLine)
    {
        var all = new Part(true, 1);
        while (!AtEnd && Current is not ('|' or ')'))
        {
            var atom = ReadAtom(ref multiLine);
            if (atom is not { } part)
                continue;
            part = ReadRepetition(part);
            all = new Part(all.MatchesEmpty && part.MatchesEmpty, Math.Max(all.Repeats, part.Repeats));
        }
        return all;
    }

    /// <returns>Null for what takes no place and no repetition: flags.</returns>
    private Part? ReadAtom(ref bool multiLine)
    {
        var c = Current;
        switch (c)
        {
            case '(':
                return ReadGroup(ref multiLine);
            case '[':
                ReadClass();
                return new Part(false, 1);
            case '.':
                _position++;
                _dotnet.Append('.');
                return new Part(false, 1);
            case '^':
                _position++;
                _dotnet.Append(multiLine ? "(?m:^)" : "\\A");
                return new Part(true, 1);
            case '$':
                _position++;
                _dotnet.Append(multiLine ? "(?m:$)" : "\\z");
                return new Part(true, 1);
            case '\\':
                return ReadEscape();
            case '*' or '+' or '?':
                throw new SyntaxException($"missing argument to repetition operator: `{c}`");
            case '{' when Repetition(out _, out _, out var length):
                throw new SyntaxException(
                    $"missing argument to repetition operator: `{_source.Substring(_position, length)}`"
                );
            default:
                _position++;
                AppendLiteral(c);
                if (char.IsHighSurrogate(c) && char.IsLowSurrogate(Current))
                {
                    _dotnet.Append(Current);
                    _position++;
                    _translatable = false;
                }
                return new Part(false, 1);
        }
    }

    private void AppendLiteral(char c)
    {
        if ("\\.+*?()|[]{}^$# ".Contains(c))
            _dotnet.Append('\\');
        _dotnet.Append(c);
    }

    private Part? ReadGroup(ref bool multiLine)
    {
        var start = _position;
        _position++;
        var inner = multiLine;
        if (Current == '?' && !AtEnd)
        {
            _position++;
            if (Current is 'P' or '<' && !AtEnd)
            {
                ReadGroupName(start);
                _dotnet.Append('(');
            }
            else if (!ReadFlags(start, ref inner))
            {
                multiLine = inner;
                return null;
            }
        }
        else
        {
            _dotnet.Append('(');
        }
        var part = ReadAlternatives(inner);
        if (AtEnd)
            throw new SyntaxException($"missing closing ): `{_source}`");
        _position++;
        _dotnet.Append(')');
        return part;
    }

    private void ReadGroupName(int start)
    {
        if (Current == 'P')
            _position++;
        var end = _source.IndexOf('>', _position);
        if (Current != '<' || end < 0)
            throw new SyntaxException(
                $"invalid or unsupported Perl syntax: `{_source[start..Math.Min(start + 4, _source.Length)]}`"
            );
        var name = _source[(_position + 1)..end];
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new SyntaxException($"invalid named capture: `{_source[start..(end + 1)]}`");
        if (!(_groupNames ??= []).Add(name))
            throw new SyntaxException($"duplicate capture group name: `{name}`");
        _position = end + 1;
    }

    /// <returns>Whether a group follows; else the flags hold for the rest of the one they stand in.</returns>
    private bool ReadFlags(int start, ref bool multiLine)
    {
        var (on, any) = (true, false);
        var (set, cleared) = ("", "");
        for (; !AtEnd; _position++)
        {
            var c = Current;
            switch (c)
            {
                case 'i' or 's':
                    if (on)
                        set += c;
                    else
                        cleared += c;
                    any = true;
                    break;
                case 'm':
                    multiLine = on;
                    any = true;
                    break;
                case 'U':
                    // Swaps greedy and lazy, which makes no difference to whether all of a text matches.
                    any = true;
                    break;
                case '-' when on:
                    (on, any) = (false, false);
                    break;
                case ':' or ')' when on || any:
                    _position++;
                    if (set.Contains('i') || cleared.Contains('i'))
                        _translatable &= IsAscii(_source);
                    var flags = cleared.Length > 0 ? $"{set}-{cleared}" : set;
                    _dotnet.Append("(?").Append(flags.Length > 0 || c == ':' ? flags : "s").Append(c);
                    if (c == ')' && flags.Length == 0)
                        _translatable = false;
                    return c == ':';
                default:
                    throw new SyntaxException(
                        $"invalid or unsupported Perl syntax: `{_source[start..(_position + 1)]}`"
                    );
            }
        }
        throw new SyntaxException($"missing closing ): `{_source}`");
    }

    private static bool IsAscii(string text) => Ascii.IsValid(text);

    private Part ReadRepetition(Part part)
    {
        var stacked = false;
        while (!AtEnd)
        {
            var start = _position;
            var (min, max, length) = (0, -1, 1);
            switch (Current)
            {
                case '*':
                    break;
                case '+':
                    min = 1;
                    break;
                case '?':
                    max = 1;
                    break;
                case '{' when Repetition(out min, out max, out length):
                    break;
                default:
                    return part;
            }
            _position += length;
            if (Current == '?' && !AtEnd)
                _position++;
            if (stacked)
                throw new SyntaxException($"invalid nested repetition operator: `{_source[start.._position]}`");
            if (length > 1 && (min > MaxRepeat || max > MaxRepeat || (max >= 0 && min > max)))
                throw new SyntaxException($"invalid repeat count: `{_source[start.._position]}`");
            _dotnet.Append(_source, start, _position - start);
            var repeats = part.Repeats;
            if (length > 1)
            {
                var count = max < 0 ? min : max;
                repeats = (int)Math.Min((long)Math.Max(1, count) * repeats, int.MaxValue);
                if ((min >= 2 || max >= 2) && repeats > MaxRepeat)
                    throw new SyntaxException($"invalid repeat count: `{_source[start.._position]}`");
            }
            part = new Part(part.MatchesEmpty || min == 0, repeats);
            stacked = true;
        }
        return part;
    }

    /// <summary>Whether a count in braces stands here; else the brace is a brace.</summary>
    private bool Repetition(out int min, out int max, out int length)
    {
        (min, max, length) = (0, -1, 0);
        var at = _position + 1;
        if (!Number(ref at, out min))
            return false;
        max = min;
        if (at < _source.Length && _source[at] == ',')
        {
            at++;
            max = -1;
            if (at < _source.Length && _source[at] != '}' && !Number(ref at, out max))
                return false;
        }
        if (at >= _source.Length || _source[at] != '}')
            return false;
        length = at + 1 - _position;
        return true;
    }

    private bool Number(ref int at, out int value)
    {
        var start = at;
        value = 0;
        while (at < _source.Length && char.IsAsciiDigit(_source[at]))
            value = Math.Min((value * 10) + _source[at++] - '0', MaxRepeat + 1);
        // As in RE2: no leading zeros.
        return at > start && (at - start == 1 || _source[start] != '0');
    }

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
