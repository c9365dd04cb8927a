using System.Globalization;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>
/// What one query may ask, looked at before it is sent. A refusal names the limit and its setting; length and depth are
/// the parser's own (<see cref="PromQlLimits"/>).
/// </summary>
internal readonly struct QueryLimits(MetricsOptions options)
{
    private const int PrometheusPoints = 11_000;

    /// <summary>Why a range is too long or too finely cut, or null.</summary>
    public string? Refusal(double start, double end, double step)
    {
        if (end - start > options.MaximumRangeHours * 3600.0)
        {
            return $"the range is longer than {options.MaximumRangeHours} h (Metrics:MaximumRangeHours). Ask for a shorter one";
        }
        return Math.Floor((end - start) / step) <= options.MaximumPoints ? null
            : options.MaximumPoints == PrometheusPoints
                ? "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"exceeded maximum resolution of {options.MaximumPoints:N0} points per timeseries (Metrics:MaximumPoints). Try decreasing the query resolution (?step=XX)"
            );
    }

    public string? TimeoutRefusal(double? seconds) =>
        seconds > options.MaximumTimeoutSeconds
            ? $"longer than the {options.MaximumTimeoutSeconds} s that a query may take (Metrics:MaximumTimeoutSeconds)"
            : null;

    public string? LookbackRefusal(double? seconds) =>
        seconds > options.MaximumRangeHours * 3600.0
            ? $"longer than the {options.MaximumRangeHours} h that a query may look back (Metrics:MaximumRangeHours)"
            : null;

    /// <summary>Why a query that can be read looks back too far, or computes too many points on the way, or null.</summary>
    public string? Refusal(string query) => Refusal(PromQlParser.Parse(query), 0, 1);

    private string? Refusal(Expr expr, double back, double times)
    {
        switch (expr)
        {
            case MatrixSelector matrix:
                return TooFar(back + matrix.Range.Seconds(default, default));
            case Subquery subquery:
                var range = subquery.Range.Seconds(default, default);
                // Without a step it is the server's evaluation interval, a minute unless it is set otherwise.
                var step = subquery.Step?.Seconds(default, default) is > 0 and var given ? given : 60;
                var points = times * Math.Max(1, range / step);
                if (points > options.MaximumSubqueryPoints)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"a subquery computes {points:N0} points, more than {options.MaximumSubqueryPoints:N0} (Metrics:MaximumSubqueryPoints). Give it a shorter range or a larger step"
                    );
                }
                return TooFar(back + range) ?? Refusal(subquery.Expr, back + range, points);
            case Call call:
                return First(call.Arguments, back, times);
            case Aggregation aggregation:
                return Refusal(aggregation.Expr, back, times)
                    ?? (aggregation.Parameter is { } parameter ? Refusal(parameter, back, times) : null);
            case Binary binary:
                return Refusal(binary.Left, back, times) ?? Refusal(binary.Right, back, times);
            case Unary unary:
                return Refusal(unary.Expr, back, times);
            case Paren paren:
                return Refusal(paren.Expr, back, times);
            default:
                return null;
        }
    }

    private string? First(IEnumerable<Expr> exprs, double back, double times)
    {
        foreach (var expr in exprs)
        {
            if (Refusal(expr, back, times) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }

    private string? TooFar(double seconds) =>
        seconds > options.MaximumRangeHours * 3600.0
            ? $"the query looks back further than {options.MaximumRangeHours} h (Metrics:MaximumRangeHours). Use a shorter range in brackets"
            : null;
}
