using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Reads RE2 syntax as Go's regexp package does with its Perl extensions, and writes it anew for .NET where that means the same.
/// </summary>
internal sealed partial class Re2Syntax
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
}
