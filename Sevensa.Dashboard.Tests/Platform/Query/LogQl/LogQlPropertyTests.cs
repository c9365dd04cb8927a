using CsCheck;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

public sealed class LogQlPropertyTests
{
    private static readonly LogQlLimits Roomy = LogQlLimits.Default with { MaxParts = 100_000 };

    [Fact]
    public void What_is_printed_is_read_back_as_the_same_tree() =>
        LogQlTrees.Any.Sample(
            tree =>
            {
                Assert.Equal(tree, LogQlParser.Parse(tree.ToString(), Roomy));
            },
            iter: 3_000
        );

    [Fact]
    public void Every_selector_is_narrowed_and_nothing_else_changes() =>
        Gen.Select(LogQlTrees.Any, LogQlTrees.Text.Where(text => text.Length > 0).Array[1, 3])
            .Sample(
                (tree, tenants) =>
                {
                    var tenant = LogQlScoper.Tenants("tenant", tenants);
                    var scoped = LogQlParser.Parse(LogQlScoper.Scope(tree, tenant).ToString(), Roomy);

                    Assert.All(scoped.Selectors, selector => Assert.Equal(tenant, selector.Matchers[^1]));
                    var undone = scoped.WithSelectors(selector => new StreamSelector(
                        selector.Matchers.SkipLast(1).ToValueList()
                    ));
                    Assert.Equal(tree, undone);
                },
                iter: 3_000
            );

    [Fact]
    public void Any_text_is_read_or_refused_with_its_place()
    {
        var pieces = Gen.OneOf(
            LogQlTrees.Text,
            Gen.OneOf(
                "{",
                "}",
                "(",
                ")",
                "[5m]",
                "[",
                "app",
                "=\"x\"",
                "=~",
                "|",
                "|=",
                "json",
                "sum",
                "by",
                "rate(",
                ",",
                " or ",
                " and ",
                "1",
                "5m",
                "-",
                "{app=\"x\"}",
                "unwrap",
                "ip(",
                "#",
                "\n",
                "`",
                "offset "
            )
        );
        pieces
            .Array[0, 15]
            .Select(parts => string.Concat(parts))
            .Sample(
                text =>
                {
                    try
                    {
                        var tree = LogQlParser.Parse(text);
                        Assert.Equal(tree, LogQlParser.Parse(tree.ToString()));
                    }
                    catch (LogQlException refused)
                    {
                        Assert.InRange(refused.Line, 1, text.Count(c => c == '\n') + 1);
                        Assert.InRange(refused.Column, 1, text.Length + 1);
                    }
                },
                iter: 20_000
            );
    }

    [Fact]
    public void A_built_search_finds_its_way_back_from_its_text() =>
        Gen.Select(
                LogQlTrees.Text.Array[0, 2],
                LogQlTrees.Text.Array[0, 2],
                LogQlTrees.Text,
                Gen.Enum<LogFieldParser>()
            )
            .Sample(
                (contains, excludes, value, parser) =>
                {
                    var search = new LogSearch
                    {
                        Contains = contains.ToValueList(),
                        Excludes = excludes.ToValueList(),
                        Parser = parser,
                    }
                        .Label("service", value)
                        .Field("user", FieldOperator.Equal, value)
                        .Field("ms", FieldOperator.Greater, "250ms")
                        .Level("error")
                        .Level("warn");

                    var read = LogQlParser.ParseLogQuery(search.ToString());
                    Assert.Equal(search.ToQuery(), read);
                    Assert.Equal(search.ToQuery(), LogSearch.TryRead(read)?.ToQuery());
                },
                iter: 2_000
            );
}
