using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

public enum PromQlErrorKind
{
    /// <summary>Not PromQL, or PromQL whose types do not fit.</summary>
    Invalid,

    /// <summary>PromQL beyond one of <see cref="PromQlLimits"/>.</summary>
    Limit,

    /// <summary>PromQL that can't be limited to a scope.</summary>
    Refused,
}

/// <summary>A text that is not accepted as PromQL, with the place where and the reason.</summary>
public sealed class PromQlException : FormatException
{
    private const int Window = 100;

    /// <param name="kind">Why it is not accepted.</param>
    /// <param name="detail">The reason alone, worded as Prometheus words it where it has words for it.</param>
    /// <param name="query">The text that was read; empty if only its tree is known.</param>
    /// <param name="span">The part of the text that is at fault.</param>
    public PromQlException(PromQlErrorKind kind, string detail, string query, SourceSpan span)
        : base(Compose(detail, query, span))
    {
        Kind = kind;
        Detail = detail;
        Query = query;
        Span = span;
        (Line, Column) = Locate(query, span.Start);
    }

    public PromQlErrorKind Kind { get; }

    /// <summary>The reason without the position.</summary>
    public string Detail { get; }

    public string Query { get; }

    public SourceSpan Span { get; }

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>From 1, in UTF-16 units.</summary>
    public int Column { get; }

    /// <summary>The message, the line at fault and a caret under the place. A long line is shown around it.</summary>
    public string Render()
    {
        var start = Math.Min(Span.Start, Query.Length);
        var lineStart = start - (Column - 1);
        var lineEnd = Query.AsSpan(start).IndexOfAny('\r', '\n') is var ahead and >= 0 ? start + ahead : Query.Length;
        var from = Math.Max(lineStart, Math.Min(start - (Window / 2), lineEnd - Window));
        var to = Math.Min(lineEnd, from + Window);
        var text = new StringBuilder(Message).Append('\n');
        var lead = from > lineStart ? "… " : "";
        text.Append(lead).Append(Query, from, to - from).Append(to < lineEnd ? " …" : "").Append('\n');
        text.Append(' ', lead.Length);
        // Tabs are repeated, so that the caret stands under its place whatever their width.
        foreach (var c in Query.AsSpan(from, start - from))
            text.Append(c == '\t' ? '\t' : ' ');
        return text.Append('^', Math.Max(1, Math.Min(Span.End, to) - start)).ToString();
    }

    private static string Compose(string detail, string query, SourceSpan span)
    {
        var (line, column) = Locate(query, span.Start);
        return $"{line}:{column}: {detail}";
    }

    private static (int Line, int Column) Locate(string query, int offset)
    {
        var before = query.AsSpan(0, Math.Clamp(offset, 0, query.Length));
        var lastBreak = before.LastIndexOf('\n');
        return (before.Count('\n') + 1, before.Length - lastBreak);
    }
}
