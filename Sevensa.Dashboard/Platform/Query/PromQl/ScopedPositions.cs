using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// What a server says of a scoped query, with places in the text that the asker wrote: the server counts in the text that it
/// was sent. Lines and columns are counted as Prometheus does, from 1, columns in bytes of UTF-8.
/// </summary>
/// <param name="scoped">The tree that was sent; its nodes know where they stood.</param>
/// <param name="sent">Its text.</param>
/// <param name="written">The asker's text.</param>
public sealed partial class ScopedPositions(Expr scoped, string sent, string written)
{
    private List<(int Sent, int Written)>? places;

    /// <summary>A warning, info or error with its places put right; as it is when it names none.</summary>
    public string In(string words) =>
        Place()
            .Replace(
                words,
                match =>
                    match.Groups["line"].Value == "1" && int.TryParse(match.Groups["column"].Value, out var column)
                        ? Written(column - 1)
                        : match.Value
            );

    private string Written(int bytes)
    {
        places ??= Places();
        var at = Utf16(sent, bytes);
        var found = places.FindLastIndex(place => place.Sent <= at);
        var offset = found < 0 ? 0 : Onward(places[found], at);
        var before = written.AsSpan(0, Math.Min(offset, written.Length));
        var line = before.Count('\n') + 1;
        var column = Encoding.UTF8.GetByteCount(before[(before.LastIndexOf('\n') + 1)..]) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{line}:{column}");
    }

    /// <summary>As far on from a place that is known as both texts say the same.</summary>
    private int Onward((int Sent, int Written) place, int at)
    {
        var ahead = at - place.Sent;
        return
            at <= sent.Length
            && place.Written + ahead <= written.Length
            && sent.AsSpan(place.Sent, ahead).SequenceEqual(written.AsSpan(place.Written, ahead))
            ? place.Written + ahead
            : place.Written;
    }

    /// <summary>The text that was sent reads as the same tree, so that both are walked side by side.</summary>
    private List<(int Sent, int Written)> Places()
    {
        var found = new List<(int Sent, int Written)>();
        if (PromQlParser.TryParse(sent, out var read, out _))
        {
            Walk(read, scoped, found);
        }
        found.Sort();
        return found;
    }

    private static void Walk(Expr sent, Expr written, List<(int, int)> found)
    {
        found.Add((sent.Span.Start, written.Span.Start));
        // Behind a selector stand brackets, which are no node of their own.
        if (sent is VectorSelector)
        {
            found.Add((sent.Span.End, written.Span.End));
        }
        var (ones, others) = (Parts(sent), Parts(written));
        for (var i = 0; i < Math.Min(ones.Count, others.Count); i++)
        {
            Walk(ones[i], others[i], found);
        }
    }

    private static IReadOnlyList<Expr> Parts(Expr expr) =>
        expr switch
        {
            MatrixSelector matrix => [matrix.Selector],
            Subquery subquery => [subquery.Expr],
            Call call => call.Arguments,
            Aggregation { Parameter: { } parameter } aggregation => [parameter, aggregation.Expr],
            Aggregation aggregation => [aggregation.Expr],
            Binary binary => [binary.Left, binary.Right],
            Unary unary => [unary.Expr],
            Paren paren => [paren.Expr],
            _ => [],
        };

    private static int Utf16(string text, int bytes)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (bytes <= 0)
            {
                break;
            }
            bytes -= rune.Utf8SequenceLength;
            at += rune.Utf16SequenceLength;
        }
        return at;
    }

    // At the end of an annotation, or before "parse error".
    [GeneratedRegex(
        @"(?<=\()(?<line>\d+):(?<column>\d+)(?=\)$)|(?<=^|[ :])(?<line>\d+):(?<column>\d+)(?=: parse error)"
    )]
    private static partial Regex Place();
}
