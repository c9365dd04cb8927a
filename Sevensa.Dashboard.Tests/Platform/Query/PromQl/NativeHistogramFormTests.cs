using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>Questions written for classic histograms, put to native ones.</summary>
public sealed class NativeHistogramFormTests
{
    [Theory]
    [InlineData(
        "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))",
        "histogram_quantile(0.9, sum (rate(x[5m])))"
    )]
    [InlineData(
        "histogram_quantile(0.9, sum(rate(x_bucket{a=\"b\"}[$__rate_interval])) by (le, service))",
        "histogram_quantile(0.9, sum by (service) (rate(x{a=\"b\"}[1m])))"
    )]
    [InlineData(
        "histogram_quantile(0.5, sum without (pod) (irate(x_bucket[5m] offset 1d)))",
        "histogram_quantile(0.5, sum without (pod) (irate(x[5m] offset 1d)))"
    )]
    [InlineData("histogram_quantile(0.99, increase(x_bucket[1h]))", "histogram_quantile(0.99, increase(x[1h]))")]
    [InlineData(
        "histogram_quantile(0.9, sum by (le) (rate({__name__=\"x_bucket\"}[5m]))) > 1",
        "histogram_quantile(0.9, sum (rate({__name__=\"x\"}[5m]))) > 1"
    )]
    [InlineData(
        "sum(rate(x_sum[5m])) / sum(rate(x_count[5m]))",
        "sum(histogram_sum(rate(x[5m]))) / sum(histogram_count(rate(x[5m])))"
    )]
    [InlineData("x_count", "histogram_count(x)")]
    [InlineData("sum by (le) (increase(x_bucket[1m]))", "sum (increase(x[1m]))")]
    [InlineData(
        "sum(rate(x_bucket{le=\"0.3\"}[5m]))",
        "sum((histogram_fraction(-Inf, 0.3, rate(x[5m])) * histogram_count(rate(x[5m]))))"
    )]
    [InlineData("rate(x_bucket{le=\"+Inf\"}[5m])", "histogram_count(rate(x[5m]))")]
    [InlineData("max_over_time(x_count[5m:1m])", "max_over_time(histogram_count(x)[5m:1m])")]
    [InlineData("rate(x_count[5m]) + y", "histogram_count(rate(x[5m])) + y")]
    public void What_is_asked_of_buckets_counts_and_sums_is_asked_of_the_histogram(string classic, string native)
    {
        classic = classic.Replace("$__rate_interval", "1m", StringComparison.Ordinal);
        var expr = PromQlParser.Parse(classic);
        Assert.Equal(["x"], NativeHistogramForm.Names(expr));
        var either = Assert.IsType<Binary>(NativeHistogramForm.Either(expr, ["x"]));
        Assert.Equal(BinaryOperator.Or, either.Operator);
        Assert.True(TreeComparison.Same(Bare(PromQlParser.Parse(native)), Bare(either.Right)), either.Right.ToString());
        Assert.True(TreeComparison.Same(expr, Bare(either.Left)));
        // What is sent reads as what was meant, and every selector of it is limited.
        var scoped = SelectorScope.For("tenant", ["rentguy"]).Apply(PromQlPrinter.Print(either)).Text;
        Assert.DoesNotMatch(@"\bx(_\w+)?[\[)]", scoped);
    }

    [Theory]
    [InlineData("sum by (le) (rate(x_bucket{le=~\"0.*\"}[5m]))")]
    [InlineData("changes(x_count[5m])")]
    [InlineData("scalar(x_count)")]
    public void What_has_no_native_form_stays_as_it_is(string classic) =>
        Assert.Null(NativeHistogramForm.Either(PromQlParser.Parse(classic), ["x"]));

    [Theory]
    [InlineData("rate(x[5m])")]
    [InlineData(
        "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m]))) or histogram_quantile(0.9, sum(rate(x[5m])))"
    )]
    [InlineData("{__name__=~\"x_bucket|y_bucket\"}")]
    [InlineData("_bucket")]
    public void Nothing_is_looked_for_where_nothing_classic_is_asked(string text) =>
        Assert.Empty(NativeHistogramForm.Names(PromQlParser.Parse(text)));

    [Fact]
    public void Only_what_is_native_is_asked_so()
    {
        var expr = PromQlParser.Parse("rate(x_count[5m]) / rate(y_count[5m])");
        Assert.Equal(["x", "y"], NativeHistogramForm.Names(expr));
        Assert.Equal(
            "rate(x_count[5m]) / rate(y_count[5m]) or histogram_count(rate(x[5m])) / rate(y_count[5m])",
            NativeHistogramForm
                .Either(expr, ["x"])!
                .ToString()
                .Replace(
                    "(rate(x_count[5m]) / rate(y_count[5m]))",
                    "rate(x_count[5m]) / rate(y_count[5m])",
                    StringComparison.Ordinal
                )
                .Replace(
                    "(histogram_count(rate(x[5m])) / rate(y_count[5m]))",
                    "histogram_count(rate(x[5m])) / rate(y_count[5m])",
                    StringComparison.Ordinal
                )
        );
        Assert.Null(NativeHistogramForm.Either(expr, ["z"]));
    }

    private static Expr Bare(Expr expr) => expr is Paren paren ? paren.Expr : expr;
}
