namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The one form that nearly all of a large answer of Prometheus or Loki has: <c>,[1435781430.781,"1.5"]</c>, over and over. Read as what it is
/// it costs a fraction of reading its tokens; whatever looks otherwise is left to who reads tokens.
/// </summary>
internal static class SampleList
{
    /// <summary>How many bytes of samples, each with its comma before it, stand at the beginning; those that are whole.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (Sample(text[length..]) is > 0 and var one)
        {
            length += one;
        }
        return length;
    }

    private static int Sample(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)',', (byte)'[', >= (byte)'1' and <= (byte)'9', ..])
        {
            return 0;
        }
        var at = AfterDigits(text, 3);
        if (at < text.Length && text[at] == '.')
        {
            var whole = at;
            at = AfterDigits(text, at + 1);
            if (at == whole + 1)
            {
                return 0;
            }
        }
        if (at + 1 >= text.Length || text[at] != ',' || text[at + 1] != '"')
        {
            return 0;
        }
        at = AfterPlain(text, at + 2);
        return at + 1 < text.Length && text[at] == '"' && text[at + 1] == ']' ? at + 2 : 0;
    }

    private static int AfterDigits(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
        {
            at++;
        }
        return at;
    }

    /// <summary>Past what needs no escape in a text and is one byte.</summary>
    private static int AfterPlain(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is >= (byte)' ' and <= (byte)'~' and not ((byte)'"' or (byte)'\\'))
        {
            at++;
        }
        return at;
    }
}
