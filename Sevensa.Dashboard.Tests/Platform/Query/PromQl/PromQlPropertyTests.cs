using CsCheck;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

public sealed class PromQlPropertyTests
{
    private static readonly SelectorScope Scope = SelectorScope.For("tenant", ["a|b", "rentguy"]);

    /// <summary>Only what mixes metric names, fill and matching in ways that types forbid is not read; most must be.</summary>
    [Fact]
    public void Prints_as_text_that_reads_as_the_same_tree()
    {
        var (read, all) = (0, 0);
        ExpressionGenerator.Vector.Sample(
            text =>
            {
                Interlocked.Increment(ref all);
                if (!PromQlParser.TryParse(text, out var tree, out _))
                    return;
                Interlocked.Increment(ref read);
                var printed = PromQlPrinter.Print(tree);
                var again = PromQlParser.Parse(printed);
                Assert.True(TreeComparison.Same(tree, again), $"{text}\n{printed}");
                Assert.Equal(printed, PromQlPrinter.Print(again));
            },
            iter: 5_000
        );
        Assert.True(read > all * 0.8, $"only {read} of {all} generated expressions are PromQL");
    }

    [Fact]
    public void Scopes_every_selector_and_changes_nothing_else()
    {
        ExpressionGenerator.Vector.Sample(
            text =>
            {
                if (!PromQlParser.TryParse(text, out var tree, out _))
                    return;
                var scoped = PromQlParser.Parse(Scope.Apply(tree).Text);
                // Counted in the text, so that a walk that forgets a place on both sides is noticed.
                Assert.Equal(
                    TreeComparison.Selectors(tree).Count(selector => !IsWithin(selector)),
                    scoped.ToString().Split(Scope.Matcher.Name + "=~\"a\\\\|b|rentguy\"").Length - 1
                );
                Assert.True(
                    TreeComparison.Same(
                        tree,
                        scoped,
                        (before, after) =>
                            after.Matchers.SequenceEqual(
                                IsWithin(before) ? before.Matchers : before.Matchers.Add(Scope.Matcher)
                            )
                    ),
                    text
                );
            },
            iter: 5_000
        );
    }

    /// <summary>What asks for one value of the scope by equality is within it as it stands.</summary>
    private static bool IsWithin(VectorSelector selector) =>
        selector.Matchers.Any(matcher =>
            matcher.Name == Scope.Matcher.Name
            && matcher is { Operator: MatchOperator.Equal, Value: "a|b" or "rentguy" }
        );

    /// <summary>Whatever is typed, the answer is a tree or an error with a place: never another exception.</summary>
    [Fact]
    public void Broken_text_is_an_error_with_a_place()
    {
        Gen.Select(
                ExpressionGenerator.Vector,
                Gen.Int[0, 400],
                Gen.Int[0, 8],
                Gen.String[Gen.Char["{}[]()\"'`\\,:=~!@#-+^. a5mnxo\n\u00e9\ud83d"], 0, 4]
            )
            .Sample(
                (text, at, cut, put) =>
                {
                    var from = Math.Min(at, text.Length);
                    var broken = text[..from] + put + text[Math.Min(text.Length, from + cut)..];
                    if (PromQlParser.TryParse(broken, out var tree, out var error))
                        Assert.True(TreeComparison.Same(tree, PromQlParser.Parse(PromQlPrinter.Print(tree))), broken);
                    else
                        Assert.True(error.Line >= 1 && error.Column >= 1 && error.Render().Contains('^'), broken);
                },
                iter: 5_000
            );
    }
}
