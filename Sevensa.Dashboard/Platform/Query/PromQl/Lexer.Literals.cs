namespace Sevensa.Dashboard.Platform.Query.PromQl;

internal partial struct Lexer
{
    private Token String()
    {
        var start = _position;
        var quote = text[start];
        _position++;
        while (true)
        {
            if (AtEnd || (quote != '`' && Current == '\n'))
                throw Error(start, quote == '`' ? "unterminated raw string" : "unterminated quoted string");
            var c = text[_position];
            if (c == quote)
            {
                _position++;
                return new Token(TokenKind.Text, start, _position);
            }
            if (c == '\\' && quote != '`')
            {
                Escape(quote);
                continue;
            }
            if (char.IsHighSurrogate(c) && char.IsLowSurrogate(Ahead()))
                _position++;
            else if (c == '\uFFFD' || char.IsSurrogate(c))
                throw Error(_position, "invalid UTF-8 rune");
            _position++;
        }
    }

    private void Escape(char quote)
    {
        var start = _position;
        _position++;
        if (AtEnd)
            throw Error(start, "escape sequence not terminated");
        var c = text[_position];
        if (c == quote || c is 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v' or '\\')
        {
            _position++;
            return;
        }
        var (digits, radix, max) = c switch
        {
            >= '0' and <= '7' => (3, 8, 255L),
            'x' => (2, 16, 255L),
            'u' => (4, 16, 0x10FFFFL),
            'U' => (8, 16, 0x10FFFFL),
            _ => throw Error(start, $"unknown escape sequence U+{(int)c:X4} {DescribeAt(_position)}"),
        };
        if (radix == 16)
            _position++;
        long value = 0;
        for (; digits > 0; digits--, _position++)
        {
            if (AtEnd)
                throw Error(start, "escape sequence not terminated");
            var d = text[_position];
            if (!(radix == 8 ? d is >= '0' and <= '7' : char.IsAsciiHexDigit(d)))
                throw Error(start, $"illegal character U+{(int)d:X4} {DescribeAt(_position)} in escape sequence");
            value = (value * radix) + Convert.ToInt32(d.ToString(), 16);
        }
        if (value > max || value is >= 0xD800 and < 0xE000)
            throw Error(start, "escape sequence is an invalid Unicode code point");
    }

    private Token Number()
    {
        var start = _position;
        if (ScanNumber())
            return new Token(TokenKind.Number, start, _position);
        if (ScanRestOfDuration())
            return new Token(TokenKind.Duration, start, _position);
        // The character that spoils it is shown with it.
        if (!AtEnd && IsWord(Current))
            _position++;
        throw Error(start, $"bad number or duration syntax: {GoText.Quote(text[start.._position])}");
    }

    private readonly string DescribeAt(int position) =>
        position >= text.Length ? "end of input"
        : position + 1 < text.Length && char.IsHighSurrogate(text[position]) ? $"'{text.AsSpan(position, 2)}'"
        : $"'{text[position]}'";

    private bool Accept(ReadOnlySpan<char> valid)
    {
        if (AtEnd || !valid.Contains(text[_position]))
            return false;
        _position++;
        return true;
    }

    private bool ScanRestOfDuration()
    {
        if (!Accept("smhdwy"))
            return false;
        Accept("s");
        while (char.IsAsciiDigit(Current))
        {
            while (char.IsAsciiDigit(Current))
                _position++;
            if (!Accept("smhdw"))
                return false;
            Accept("s");
        }
        return !IsWord(Current);
    }

    /// <summary>Goes over what looks like a number; whether it is one is seen when it is read.</summary>
    private bool ScanNumber()
    {
        var hex = Current == '0' && Ahead() is 'x' or 'X';
        if (hex)
        {
            _position += 2;
            Accept("_");
        }
        if (Current == '.')
            _position++;
        if (IsDigit(Current, hex))
            _position++;
        var (dot, exponent) = (false, false);
        while (true)
        {
            var c = Current;
            if (c == '.')
            {
                _position++;
                if (dot || hex || Accept("_."))
                    return false;
                dot = true;
            }
            else if (c is 'e' or 'E')
            {
                _position++;
                if (exponent)
                    return false;
                exponent = true;
                Accept("+-");
                if (Accept("._eE") || AtEnd)
                    return false;
            }
            else if (c == '_')
            {
                _position++;
                if (Accept("._eE") || AtEnd)
                    return false;
            }
            else if (IsDigit(c, hex))
            {
                while (IsDigit(Current, hex))
                    _position++;
            }
            else
            {
                return !IsWord(c);
            }
        }
    }

    private static bool IsDigit(char c, bool hex) => hex ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c);
}
