using System.Collections.Immutable;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>
/// What prom-label-proxy makes of expressions. It replaces what a query says about the enforced label where that is an equality;
/// here matchers are only added. So trees are identical where the expression does not name the label, and elsewhere ours must
/// select no more, selector by selector.
/// </summary>
public sealed class LabelEnforcementCaseTests
{
    private sealed record Case(
        string Name,
        string Expr,
        ImmutableArray<LabelMatcher> Matchers,
        string? Expected,
        string? Error,
        bool IsMatch,
        bool ErrorOnReplace
    );

    /// <summary>Rows whose parser options are listed (and so off unless named) are read with them off.</summary>
    private static IEnumerable<Case> Cases(bool withOptionsOff)
    {
        foreach (var row in PublicDatasets.Lines("prom-label-proxy/enforce_cases.jsonl"))
        {
            var optionsOff = row.GetProperty("name").GetString()!.EndsWith("disabled", StringComparison.Ordinal);
            if (optionsOff != withOptionsOff || row.GetProperty("matcher").ValueKind == JsonValueKind.Null)
                continue;
            var matcher = row.GetProperty("matcher").GetString()!;
            // One row enforces what is no regular expression, which is refused when the scope is made.
            ImmutableArray<LabelMatcher> matchers = PromQlParser.TryParse($"x{{{matcher}}}", out var tree, out _)
                ? ((VectorSelector)tree).Matchers
                : [];
            yield return new Case(
                $"{row.GetProperty("name").GetString()}: {row.GetProperty("expr").GetString()} with {matcher}",
                row.GetProperty("expr").GetString()!,
                matchers,
                row.GetProperty("expected").GetString(),
                row.GetProperty("error").GetString(),
                row.TryGetProperty("kind", out var kind)
                    && kind.GetString()!.StartsWith("match[]", StringComparison.Ordinal),
                row.TryGetProperty("error_on_replace", out var replace) && replace.GetBoolean()
            );
        }
    }

    [Fact]
    public void Experimental_syntax_is_refused_where_it_is_off()
    {
        var rows = Cases(withOptionsOff: true).ToList();
        Assert.NotEmpty(rows);
        Assert.All(
            rows,
            row => Assert.False(PromQlParser.TryParse(row.Expr, out _, out _, PromQlOptions.Stable), row.Name)
        );
        Assert.All(rows, row => Assert.True(PromQlParser.TryParse(row.Expr, out _, out _), row.Name));
    }

    [Fact]
    public void Gives_the_same_tree_where_the_label_is_not_named_and_selects_no_more_where_it_is()
    {
        var (identical, narrower, refused) = (0, 0, 0);
        foreach (var row in Cases(withOptionsOff: false))
        {
            if (row.Matchers.IsEmpty || row.Matchers.Any(m => m is { Operator: MatchOperator.Regex, Value: ".*" }))
            {
                // No pattern, or one that includes series without the label: no scope can be made of it.
                Assert.NotNull(row.Error);
                Assert.All(row.Matchers, m => Assert.Throws<ArgumentException>(() => new SelectorScope(m)));
                refused++;
                continue;
            }
            if (!row.IsMatch && !PromQlParser.TryParse(row.Expr, out _, out _))
            {
                Assert.True(row.Expected is null && row.Error is not null, row.Name);
                refused++;
                continue;
            }
            var original = row.IsMatch ? PromQlParser.ParseSelector(row.Expr) : PromQlParser.Parse(row.Expr);
            var ours = row.Matchers.Aggregate(original, (expr, m) => new SelectorScope(m).Apply(expr).Expr);
            ours = PromQlParser.Parse(PromQlPrinter.Print(ours));
            Assert.True(SelectsNoMore(ours, row.Matchers), $"{row.Name}: {ours} selects beyond the enforced matchers");
            if (row.Expected is null)
                continue;
            var expected = PromQlParser.Parse(row.Expected);
            var labels = row.Matchers.Select(m => m.Name).ToHashSet();
            if (!TreeComparison.Selectors(original).Any(s => s.Matchers.Any(m => labels.Contains(m.Name))))
            {
                Assert.True(
                    TreeComparison.Same(ours, expected, (x, y) => Sorted(x.Matchers).SequenceEqual(Sorted(y.Matchers))),
                    $"{row.Name}\n  ours:     {ours}\n  expected: {expected}"
                );
                identical++;
            }
            else
            {
                Assert.True(
                    TreeComparison.Same(ours, expected, (x, y) => SelectsNoMore(x, y, labels)),
                    $"{row.Name}\n  ours:     {ours}\n  expected: {expected}"
                );
                narrower++;
            }
        }
        Assert.True(identical >= 10 && narrower >= 20 && refused >= 3, $"{identical} {narrower} {refused}");
    }

    /// <summary>A selector that an enforcing proxy refuses as contradicting says so here, where that can be told.</summary>
    [Fact]
    public void Names_the_selectors_that_contradict_the_scope()
    {
        var told = 0;
        foreach (var row in Cases(withOptionsOff: false).Where(r => r.ErrorOnReplace && r.Matchers is [_]))
        {
            var result = new SelectorScope(row.Matchers[0]).Apply(row.Expr);
            var selector = TreeComparison.Selectors(result.Expr).First();
            var satisfiable = Values(row.Matchers, selector.Matchers)
                .Any(v => Satisfies(selector, row.Matchers[0].Name, v));
            if (result.NeverMatching.Length > 0)
            {
                told++;
                Assert.False(satisfiable, $"{row.Name}: {result.NeverMatching[0].Message}");
            }
            else if (row.Matchers[0].Operator == MatchOperator.Equal)
            {
                Assert.True(
                    TreeComparison
                        .Selectors(result.Expr)
                        .All(s => Values(row.Matchers, s.Matchers).Any(v => Satisfies(s, row.Matchers[0].Name, v))),
                    row.Name
                );
            }
        }
        Assert.True(told >= 8, $"{told}");
    }

    private static IEnumerable<LabelMatcher> Sorted(IEnumerable<LabelMatcher> matchers) =>
        matchers.OrderBy(m => (m.Name, m.Operator, m.Value)).ToList();

    private static bool SelectsNoMore(Expr expr, ImmutableArray<LabelMatcher> enforced) =>
        TreeComparison
            .Selectors(expr)
            .All(selector =>
                enforced
                    .GroupBy(m => m.Name)
                    .All(label =>
                        Values(enforced, selector.Matchers)
                            .Where(v => Satisfies(selector, label.Key, v))
                            .All(v => label.All(m => Accepts(m, v)))
                    )
            );

    /// <summary>The same but for the enforced labels, and on each of those every value that ours lets through, theirs does.</summary>
    private static bool SelectsNoMore(VectorSelector ours, VectorSelector theirs, HashSet<string> labels) =>
        Sorted(ours.Matchers.Where(m => !labels.Contains(m.Name)))
            .SequenceEqual(Sorted(theirs.Matchers.Where(m => !labels.Contains(m.Name))))
        && labels.All(label =>
            Values(ours.Matchers, theirs.Matchers).All(v => !Satisfies(ours, label, v) || Satisfies(theirs, label, v))
        );

    private static bool Satisfies(VectorSelector selector, string label, string value) =>
        selector.Matchers.Where(m => m.Name == label).All(m => Accepts(m, value));

    private static bool Accepts(LabelMatcher matcher, string value)
    {
        var matches = matcher.Value == value;
        if (matcher.Operator is MatchOperator.Regex or MatchOperator.NotRegex)
        {
            Assert.True(Re2Pattern.TryParse(matcher.Value, out var pattern, out var error), error);
            matches = pattern.IsMatch(value) ?? throw new InvalidOperationException(matcher.Value);
        }
        return matches == matcher.Operator is MatchOperator.Equal or MatchOperator.Regex;
    }

    /// <summary>Values around everything that the matchers speak of, and some that none does.</summary>
    private static IEnumerable<string> Values(params IEnumerable<LabelMatcher>[] matchers) =>
        matchers
            .SelectMany(m => m)
            .SelectMany(m =>
                m.Value.Split('|')
                    .Append(m.Value)
                    .SelectMany(v =>
                        new[] { v, v.Replace(".*", "x"), v.Replace(".+", "x"), v + "x", v.TrimEnd('*', '.', '+') }
                    )
            )
            .Concat(["", "foo", "bar", "fred", "foobar", "default", "second", "tenant1-a", "zzz"])
            .Distinct();
}
