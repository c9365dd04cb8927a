using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Explorer;

/// <summary>The part of a text that is at fault, in UTF-16 units.</summary>
public sealed record QueryFault(int From, int To, string Message);

/// <param name="Scoped">What Prometheus would be asked; null when it is not asked.</param>
/// <param name="Fault">Why not.</param>
/// <param name="Words">The fault for reading: with line, column and, where it has a place, the line and a caret under it.</param>
internal sealed record QueryVerdict(ScopedQuery? Scoped, QueryFault? Fault = null, string? Words = null);

/// <summary>Whether a text can be asked, before it is.</summary>
internal sealed class QueryCheck(IOptions<MetricsOptions> options, PromQlDialect dialect)
{
    /// <param name="range">How long and how finely it would be asked; null for a moment.</param>
    public QueryVerdict Of(TenantScope scope, string text, (double Seconds, double Step)? range = null)
    {
        if (!PromQlParser.TryParse(text, out var expr, out var error, dialect.Options))
        {
            return dialect.UnknownHere(text) is { } here
                ? new(null, new(error.Span.Start, error.Span.End, here), Sentence(here))
                : new(null, new(error.Span.Start, error.Span.End, error.Message), error.Render());
        }
        ScopedQuery scoped;
        try
        {
            scoped = scope.PromQl(text, dialect.Options);
        }
        catch (QueryRefusedException refused)
        {
            var from = Offset(text, refused.Line, refused.Column);
            return new(null, new(from, EndOfWord(text, from), refused.Message), refused.Message);
        }
        var limits = new QueryLimits(options.Value);
        var refusal =
            limits.Refusal(expr, TimeSpan.FromSeconds(range?.Step ?? 0), TimeSpan.FromSeconds(range?.Seconds ?? 0))
            ?? (range is { } asked ? limits.Refusal(0, asked.Seconds, asked.Step) : null);
        return refusal is null ? new(scoped) : new(null, new(0, text.Length, refusal), Sentence(refusal));
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";

    private static int Offset(string text, int line, int column)
    {
        var at = 0;
        for (var next = 1; next < line; next++)
        {
            at = text.IndexOf('\n', at) + 1;
        }
        return Math.Clamp(at + column - 1, 0, text.Length);
    }

    private static int EndOfWord(string text, int from)
    {
        var end = from;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or ':'))
        {
            end++;
        }
        return Math.Max(end, Math.Min(from + 1, text.Length));
    }
}
