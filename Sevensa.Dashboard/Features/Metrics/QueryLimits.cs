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
    /// <param name="step">Of a range, which <c>step()</c> in the query means; nothing for a moment.</param>
    /// <param name="range">Of a range, which <c>range()</c> means.</param>
    public string? Refusal(Expr query, TimeSpan step, TimeSpan range) =>
        new Walk(this, step, range).Refusal(query, 0, 1);

    private string? TooFar(double seconds) =>
        seconds > options.MaximumRangeHours * 3600.0
            ? $"the query looks back further than {options.MaximumRangeHours} h (Metrics:MaximumRangeHours). Use a shorter range in brackets"
            : null;

    private string? TooMany(double points) =>
        points > options.MaximumSubqueryPoints
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"a subquery computes {points:N0} points, more than {options.MaximumSubqueryPoints:N0} (Metrics:MaximumSubqueryPoints). Give it a shorter range or a larger step"
            )
            : null;

    /// <summary>Through a query, with the step and the range that it will be asked with.</summary>
    private readonly struct Walk(QueryLimits limits, TimeSpan step, TimeSpan range)
    {
        // Without a step it is the server's evaluation interval, a minute unless it is set otherwise.
        private const double UsualStep = 60;

        /// <param name="back">Seconds that what stands around it looks back.</param>
        /// <param name="times">How often it is evaluated.</param>
        public string? Refusal(Expr expr, double back, double times)
        {
            switch (expr)
            {
                case MatrixSelector matrix:
                    return limits.TooFar(back + Seconds(matrix.Range));
                case Subquery subquery:
                    var length = Seconds(subquery.Range);
                    var each =
                        subquery.Step is { } given && Seconds(given) is > 0 and var seconds ? seconds : UsualStep;
                    var points = times * Math.Max(1, length / each);
                    return limits.TooMany(points)
                        ?? limits.TooFar(back + length)
                        ?? Refusal(subquery.Expr, back + length, points);
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

        /// <summary>What is no length (a division by the step of a moment) is the server's to refuse.</summary>
        private double Seconds(DurationExpr duration) =>
            duration.Seconds(step, range) is var seconds && double.IsFinite(seconds) ? Math.Max(0, seconds) : 0;
    }
}
