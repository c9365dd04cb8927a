namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>
/// Reads the syntax of an RE2 expression as Go's regexp does: whether it is valid, in Go's words where it is not, and
/// whether it matches the empty text. It matches nothing else.
/// </summary>
internal ref partial struct Re2Syntax
{
    private const int MaxDepth = 250;
    private const int MaxRepeat = 1000;

    private readonly string _pattern;
    private readonly List<string> _names = [];
    private int _at;
    private int _depth;

    private Re2Syntax(string pattern) => _pattern = pattern;

    /// <param name="Error">Null when the expression is valid.</param>
    /// <param name="MatchesEmpty">Meaningful only for a valid expression.</param>
    /// <param name="Names">The named groups in order.</param>
    public readonly record struct Result(string? Error, bool MatchesEmpty, IReadOnlyList<string> Names);

    public static Result Check(string pattern)
    {
        var reader = new Re2Syntax(pattern);
        try
        {
            var empty = reader.Alternation();
            return reader._at < pattern.Length
                ? new Result($"error parsing regexp: unexpected ): `{pattern}`", false, [])
                : new Result(null, empty, reader._names);
        }
        catch (FormatException invalid)
        {
            return new Result($"error parsing regexp: {invalid.Message}", false, []);
        }
    }

    private readonly bool AtEnd => _at >= _pattern.Length;

    private static FormatException Invalid(string what, string where) => new($"{what}: `{where}`");

    private bool Alternation()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("expression nests too deeply");
        }

        var empty = Concatenation();
        while (!AtEnd && _pattern[_at] == '|')
        {
            _at++;
            empty |= Concatenation();
        }

        _depth--;
        return empty;
    }

    private bool Concatenation()
    {
        var empty = true;
        while (!AtEnd && _pattern[_at] is not ('|' or ')'))
        {
            empty &= Repetition();
        }

        return empty;
    }

    private bool Repetition()
    {
        var atom = Atom(out var repeatable);
        string? last = null;
        while (!AtEnd)
        {
            var start = _at;
            switch (_pattern[_at])
            {
                case '*' or '?':
                    _at++;
                    atom = true;
                    break;
                case '+':
                    _at++;
                    break;
                case '{' when TryCount(out var least):
                    atom |= least == 0;
                    break;
                default:
                    return atom;
            }

            if (!AtEnd && _pattern[_at] == '?')
            {
                _at++;
            }

            var op = _pattern[start.._at];
            if (!repeatable)
            {
                throw Invalid("missing argument to repetition operator", op);
            }

            if (last is not null)
            {
                throw Invalid("invalid nested repetition operator", last + op);
            }

            last = op;
        }

        return atom;
    }

    // {n}, {n,} or {n,m}; anything else that begins with a brace is literal text.
    private bool TryCount(out int least)
    {
        var at = _at + 1;
        var most = -1;
        if (!Digits(ref at, out least))
        {
            return false;
        }

        if (at < _pattern.Length && _pattern[at] == ',')
        {
            at++;
            if (at < _pattern.Length && _pattern[at] != '}' && !Digits(ref at, out most))
            {
                return false;
            }
        }
        else
        {
            most = least;
        }

        if (at >= _pattern.Length || _pattern[at] != '}')
        {
            return false;
        }

        if (least > MaxRepeat || most > MaxRepeat || (most >= 0 && most < least))
        {
            throw Invalid("invalid repeat count", _pattern[_at..(at + 1)]);
        }

        _at = at + 1;
        return true;
    }

    private readonly bool Digits(ref int at, out int value)
    {
        value = 0;
        var start = at;
        while (at < _pattern.Length && char.IsAsciiDigit(_pattern[at]))
        {
            value = Math.Min((value * 10) + _pattern[at] - '0', 100_000);
            at++;
        }

        return at > start && (_pattern[start] != '0' || at == start + 1);
    }

    private bool Atom(out bool repeatable)
    {
        repeatable = true;
        var character = _pattern[_at];
        switch (character)
        {
            case '(':
                return Group(out repeatable);
            case '[':
                Class();
                return false;
            case '\\':
                return Escape();
            case '^' or '$':
                _at++;
                return true;
            case '*' or '+' or '?':
                throw Invalid("missing argument to repetition operator", _pattern[_at..(_at + 1)]);
            case '{' when TryCount(out _):
                throw Invalid("missing argument to repetition operator", _pattern[.._at]);
            default:
                _at += char.IsHighSurrogate(character) && _at + 1 < _pattern.Length ? 2 : 1;
                return false;
        }
    }

    private bool Group(out bool repeatable)
    {
        var start = _at++;
        repeatable = true;
        if (!AtEnd && _pattern[_at] == '?')
        {
            _at++;
            if (Rest().StartsWith("P<", StringComparison.Ordinal) || IsNamed())
            {
                Name(start);
            }
            else if (!Flags(start))
            {
                repeatable = false;
                return true;
            }
        }

        var empty = Alternation();
        if (AtEnd)
        {
            throw Invalid("missing closing )", _pattern);
        }

        _at++;
        return empty;
    }

    private readonly bool IsNamed() =>
        Rest().StartsWith("<", StringComparison.Ordinal) && Rest().Length > 1 && Rest()[1] is not ('=' or '!');

    private readonly ReadOnlySpan<char> Rest() => _pattern.AsSpan(_at);

    private void Name(int start)
    {
        var open = _pattern.IndexOf('<', _at);
        var close = _pattern.IndexOf('>', open);
        var name = close < 0 ? "" : _pattern[(open + 1)..close];
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            throw Invalid("invalid named capture", close < 0 ? _pattern[start..] : _pattern[start..(close + 1)]);
        }

        if (_names.Contains(name))
        {
            throw Invalid("duplicate capture group name", name);
        }

        _names.Add(name);
        _at = close + 1;
    }

    // True when a group body follows, false for (?flags) alone.
    private bool Flags(int start)
    {
        var minus = false;
        var any = false;
        for (; !AtEnd; _at++)
        {
            switch (_pattern[_at])
            {
                case 'i' or 'm' or 's' or 'U':
                    any = true;
                    continue;
                case '-' when !minus:
                    minus = true;
                    any = false;
                    continue;
                case ':' when !minus || any:
                    _at++;
                    return true;
                case ')' when any:
                    _at++;
                    return false;
            }

            break;
        }

        throw AtEnd
            ? Invalid("missing argument to repetition operator", "?")
            : Invalid("invalid or unsupported Perl syntax", _pattern[start..(_at + 1)]);
    }

    private bool Escape()
    {
        var start = _at++;
        if (AtEnd)
        {
            throw new FormatException("trailing backslash at end of expression: ``");
        }

        switch (_pattern[_at])
        {
            case 'A' or 'z' or 'B':
                _at++;
                return true;
            case 'b':
                _at++;
                return false;
            case 'Q':
                _at++;
                var end = _pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
                var empty = end == _at || _at == _pattern.Length;
                _at = end < 0 ? _pattern.Length : end + 2;
                return empty;
            default:
                _at = start;
                ClassEscape(out _);
                return false;
        }
    }
}
