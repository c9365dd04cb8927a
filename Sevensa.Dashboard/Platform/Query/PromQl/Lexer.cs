using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Cuts a text into tokens, one at a time and without allocating. What a character means depends on whether braces or brackets
/// are open, as in Prometheus' own lexer, whose corners are kept.
/// </summary>
internal partial struct Lexer(string text, bool unquotedNames = false)
{
    private const char None = '\0';

    private int _position = 0;
    private int _parens = 0;
    private bool _inBraces = false;
    private bool _inBrackets = false;

    /// <summary>Directly after a bracket or an operator in one, where only lengths of time may follow.</summary>
    private bool _inDuration = false;
    private bool _sawColon = false;
    private bool _sawDuration = false;

    public Token Next()
    {
        while (true)
        {
            if (_inBraces)
                return InBraces();
            if (_inDuration)
                return InDuration();
            SkipSpaces();
            if (Current != '#')
                return InStatement();
            SkipComment();
        }
    }

    private readonly char Current => _position < text.Length ? text[_position] : None;

    private readonly bool AtEnd => _position >= text.Length;

    private readonly char Ahead(int count = 1) => _position + count < text.Length ? text[_position + count] : None;

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r';

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void SkipSpaces()
    {
        while (IsSpace(Current))
            _position++;
    }

    private void SkipComment()
    {
        while (!AtEnd && text[_position] is not ('\n' or '\r'))
            _position++;
    }

    private Token Take(TokenKind kind, int length)
    {
        var start = _position;
        _position += length;
        return new Token(kind, start, _position);
    }

    private readonly PromQlException Error(int start, string detail) =>
        new(PromQlErrorKind.Invalid, detail, text, new SourceSpan(start, Math.Max(start + 1, _position)));

    private Token InStatement()
    {
        if (AtEnd)
        {
            if (_parens != 0)
                throw Error(_position, "unclosed left parenthesis");
            if (_inBrackets)
                throw Error(_position, "unclosed left bracket");
            return new Token(TokenKind.End, text.Length, text.Length);
        }
        var c = text[_position];
        switch (c)
        {
            case ',':
                return Take(TokenKind.Comma, 1);
            case '*':
                return Take(TokenKind.Multiply, 1);
            case '/':
                return Take(TokenKind.Divide, 1);
            case '%':
                return Take(TokenKind.Modulo, 1);
            case '+':
                return Take(TokenKind.Add, 1);
            case '-':
                return Take(TokenKind.Subtract, 1);
            case '^':
                return Take(TokenKind.Power, 1);
            case '@':
                return Take(TokenKind.At, 1);
            case '=' when Ahead() == '~':
                throw Error(_position, "unexpected character after '=': '~'");
            case '=':
                return Ahead() == '=' ? Take(TokenKind.EqualsEquals, 2) : Take(TokenKind.Equals, 1);
            case '!' when Ahead() == '=':
                return Take(TokenKind.NotEquals, 2);
            case '!':
                throw Error(_position, $"unexpected character after '!': {DescribeAt(_position + 1)}");
            case '<':
                return Ahead() switch
                {
                    '=' => Take(TokenKind.LessOrEqual, 2),
                    '/' => Take(TokenKind.TrimUpper, 2),
                    _ => Take(TokenKind.Less, 1),
                };
            case '>':
                return Ahead() switch
                {
                    '=' => Take(TokenKind.GreaterOrEqual, 2),
                    '/' => Take(TokenKind.TrimLower, 2),
                    _ => Take(TokenKind.Greater, 1),
                };
            case '"' or '\'' or '`':
                return String();
            case '(' or ')':
                return Parenthesis();
            case '{':
                _inBraces = true;
                return Take(TokenKind.LeftBrace, 1);
            case '[':
                return OpenBracket();
            case ']' when !_inBrackets:
                throw Error(_position, "unexpected right bracket ']'");
            case ']':
                _inBrackets = false;
                return Take(TokenKind.RightBracket, 1);
            default:
                if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Ahead())))
                    return Number();
                if (!IsLetter(c) && c != ':' && Foreign(_position) == 0)
                    throw Error(_position, $"unexpected character: {DescribeAt(_position)}");
                return _inBrackets ? WordInBrackets() : Word();
        }
    }

    private Token Parenthesis()
    {
        var opens = text[_position] == '(';
        _parens += opens ? 1 : -1;
        if (_parens < 0)
            throw Error(_position, "unexpected right parenthesis ')'");
        return Take(opens ? TokenKind.LeftParen : TokenKind.RightParen, 1);
    }

    private Token OpenBracket()
    {
        if (_inBrackets)
            throw Error(_position, "unexpected left bracket '['");
        _inBrackets = true;
        _inDuration = true;
        _sawColon = false;
        return Take(TokenKind.LeftBracket, 1);
    }

    private Token Word()
    {
        var end = _position + Math.Max(1, Foreign(_position));
        var colon = text[_position] == ':';
        while (end < text.Length)
        {
            if (IsWord(text[end]) || text[end] == ':')
                colon |= text[end++] == ':';
            else if (InName(end) is > 0 and var length)
                end += length;
            else
                break;
        }
        if (colon)
            return Take(TokenKind.MetricIdentifier, end - _position);
        var kind = Keywords.Of(text.AsSpan(_position, end - _position));
        // These came late to the language: they are keywords only before a parenthesis, so that metrics may have their names.
        if (kind is TokenKind.Fill or TokenKind.FillLeft or TokenKind.FillRight)
        {
            var next = end;
            while (next < text.Length && IsSpace(text[next]))
                next++;
            if (next == text.Length || text[next] != '(')
                kind = TokenKind.Identifier;
        }
        return Take(kind, end - _position);
    }

    private Token WordInBrackets()
    {
        if (Current == ':')
        {
            if (_sawColon)
                throw Error(_position, "unexpected colon ':'");
            _sawColon = true;
            return Take(TokenKind.Colon, 1);
        }
        return DurationWord() ?? throw Error(_position, $"unexpected character: {DescribeAt(_position)}, expected ':'");
    }

    /// <summary>Length of a letter beyond ASCII, where names may have such without quotes; 0 for none.</summary>
    private readonly int Foreign(int at) =>
        unquotedNames && !char.IsAscii(text[at]) && Rune.TryGetRuneAt(text, at, out var rune) && Rune.IsLetter(rune)
            ? rune.Utf16SequenceLength
            : 0;

    /// <summary>The same within a name, where dots may stand too.</summary>
    private readonly int InName(int at) =>
        !unquotedNames ? 0
        : text[at] == '.' ? 1
        : Foreign(at);

    private Token? DurationWord()
    {
        var end = _position;
        while (end < text.Length && IsLetter(text[end]))
            end++;
        var kind = Keywords.Of(text.AsSpan(_position, end - _position));
        return kind is TokenKind.Step or TokenKind.Range or TokenKind.MaxOf or TokenKind.MinOf
            ? Take(kind, end - _position)
            : null;
    }

    private Token InDuration()
    {
        SkipSpaces();
        if (AtEnd)
            throw Error(_position, "unexpected end of input in duration expression");
        var c = text[_position];
        switch (c)
        {
            case ']':
                _inBrackets = _inDuration = _sawColon = false;
                return Take(TokenKind.RightBracket, 1);
            case ':' when !_sawDuration:
                throw Error(_position, "unexpected colon before duration in duration expression");
            case ':' when _sawColon:
                throw Error(_position, "unexpected repeated colon in duration expression");
            case ':':
                _sawColon = true;
                return Take(TokenKind.Colon, 1);
            case '(' or ')':
                return Parenthesis();
            case '+':
                return Take(TokenKind.Add, 1);
            case '-':
                return Take(TokenKind.Subtract, 1);
            case '*':
                return Take(TokenKind.Multiply, 1);
            case '/':
                return Take(TokenKind.Divide, 1);
            case '%':
                return Take(TokenKind.Modulo, 1);
            case '^':
                return Take(TokenKind.Power, 1);
            case ',':
                return Take(TokenKind.Comma, 1);
            default:
                if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Ahead())))
                {
                    _sawDuration = true;
                    _inDuration = false;
                    return Number();
                }
                var word =
                    DurationWord()
                    ?? throw Error(_position, $"unexpected character in duration expression: {DescribeAt(_position)}");
                _sawDuration = true;
                return word;
        }
    }

    private Token InBraces()
    {
        while (IsSpace(Current) || Current == '#')
        {
            if (Current == '#')
                SkipComment();
            else
                _position++;
        }
        if (AtEnd)
            throw Error(_position, "unexpected end of input inside braces");
        var c = text[_position];
        switch (c)
        {
            case ',':
                return Take(TokenKind.Comma, 1);
            case '"' or '\'' or '`':
                return String();
            case '=':
                return Ahead() == '~' ? Take(TokenKind.RegexMatch, 2) : Take(TokenKind.Equals, 1);
            case '!' when Ahead() == '~':
                return Take(TokenKind.RegexNotMatch, 2);
            case '!' when Ahead() == '=':
                return Take(TokenKind.NotEquals, 2);
            case '!':
                throw Error(_position, $"unexpected character after '!' inside braces: {DescribeAt(_position + 1)}");
            case '{':
                throw Error(_position, "unexpected left brace '{'");
            case '}':
                _inBraces = false;
                return Take(TokenKind.RightBrace, 1);
            default:
                if (!IsLetter(c) && Foreign(_position) == 0)
                    throw Error(_position, $"unexpected character inside braces: {DescribeAt(_position)}");
                var end = _position + Math.Max(1, Foreign(_position));
                while (end < text.Length && (IsWord(text[end]) ? 1 : InName(end)) is > 0 and var length)
                    end += length;
                return Take(TokenKind.Identifier, end - _position);
        }
    }
}
