using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>The queries of published Grafana dashboards, with their variables expanded.</summary>
public sealed class DashboardExpressionTests
{
    private static readonly (string Variable, string Value)[] Variables =
    [
        ("$__rate_interval", "5m"),
        ("$__range", "6h"),
        ("$__auto", "1m"),
        ("${namespace}", "apps"),
        ("${pod}", "api-0"),
        ("${level}", "error"),
        ("$loki_datasource", "loki"),
        ("$interval", "10m"),
    ];

    public static IReadOnlyList<string> Expressions() =>
        [
            .. PublicDatasets
                .Lines("dashboards/expressions.jsonl")
                .Where(row => row.GetProperty("datasource").GetString() is not ("$loki_datasource" or "loki"))
                .Select(row => Expand(row.GetProperty("expr").GetString()!))
                .Where(expr => !IsLogQuery(expr)),
        ];

    /// <summary>The Loki dashboards ask two languages and name both sources by variables.</summary>
    private static bool IsLogQuery(string expr) =>
        expr.Contains("|=") || expr.Contains("| logfmt") || expr.Contains("|~");

    private static string Expand(string expr)
    {
        foreach (var (variable, value) in Variables)
            expr = expr.Replace(variable, value, StringComparison.Ordinal);
        return System.Text.RegularExpressions.Regex.Replace(expr, @"\$\{?[A-Za-z_]+(:[a-z]+)?\}?", "value");
    }

    [Fact]
    public void Every_query_is_read_scoped_and_printed_back()
    {
        var scope = SelectorScope.For("tenant", ["rentguy", "witcom"]);
        var expressions = Expressions();
        Assert.True(expressions.Count > 300, $"only {expressions.Count}");
        foreach (var text in expressions)
        {
            Assert.True(PromQlParser.TryParse(text, out var tree, out var error), error?.Render());
            Assert.True(TreeComparison.Same(tree, PromQlParser.Parse(PromQlPrinter.Print(tree))), text);
            var scoped = scope.Apply(tree);
            Assert.Empty(scoped.NeverMatching);
            var again = PromQlParser.Parse(scoped.Text);
            Assert.True(TreeComparison.Same(scoped.Expr, again), scoped.Text);
            Assert.All(TreeComparison.Selectors(again), s => Assert.Contains(scope.Matcher, s.Matchers));
        }
    }
}
