namespace Sevensa.Dashboard.Platform.Query.LogQl;

internal enum TokenKind
{
    End,
    Identifier,
    String,
    Number,
    Duration,
    Bytes,
    Range,
    Flag,
    RangeFunction,
    VectorFunction,
    Conversion,

    /// <summary>A word of the language or a sign; the text says which.</summary>
    Word,
}

/// <param name="Text">The sign, the word in lower case, the identifier, the decoded string or the number as written.</param>
/// <param name="Number">Nanoseconds of a duration or range, bytes of a size.</param>
internal readonly record struct LogQlToken(TokenKind Kind, string Text, Int128 Number, int Line, int Column)
{
    public bool Is(string word) => Kind == TokenKind.Word && Text == word;

    public LogQlDuration Duration => new((long)Number);

    /// <summary>The token's name in an error message, as Loki's parser generator names it.</summary>
    public string Name =>
        Kind switch
        {
            TokenKind.End => "$end",
            TokenKind.Identifier => "IDENTIFIER",
            TokenKind.String => "STRING",
            TokenKind.Number => "NUMBER",
            TokenKind.Duration => "DURATION",
            TokenKind.Bytes => "BYTES",
            TokenKind.Range => "RANGE",
            TokenKind.Flag => "FUNCTION_FLAG",
            TokenKind.RangeFunction or TokenKind.VectorFunction => Text.ToUpperInvariant(),
            TokenKind.Conversion => Text.ToUpperInvariant() + "_CONV",
            _ => Text,
        };
}
