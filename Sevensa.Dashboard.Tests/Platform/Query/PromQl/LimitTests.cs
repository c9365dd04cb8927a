using System.Text;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>Bounded in depth and length; run on a small stack, so that an overflow would end the test run.</summary>
public sealed class LimitTests
{
    /// <summary>Below what any platform gives the threads of its pool (1.5 MB at the least).</summary>
    private const int SmallStack = 1024 * 1024;

    public static TheoryData<string> Hostile()
    {
        const int n = 20_000;
        return
        [
            new string('(', n),
            new string('(', n) + "1" + new string(')', n),
            new string('-', n) + "1",
            new string('-', n) + "a",
            Repeat("abs(", n) + "a" + new string(')', n),
            Repeat("sum by (a) (", 9_000) + "a",
            "a" + Repeat("[1h:]", n),
            "a" + Repeat(" or a", n),
            "1" + Repeat("^1", n),
            "1" + Repeat("+1", n),
            "a" + Repeat(" == bool a ^ b", 5_000),
            "a[" + new string('(', n) + "1",
            "a[" + new string('-', n) + "1]",
            "a[1" + Repeat("^1", n) + "]",
            "a[1" + Repeat("+1", n) + "]",
            "a[" + Repeat("max_of(1,", 9_000) + "1",
            "a{b=~\"" + new string('(', n) + "\"}",
            "a{b=~\"" + Repeat("(?:", n) + "\"}",
            "(" + Repeat("-{}-1", 10_000) + ")" + Repeat("[1m:]", 1_000),
            new string('a', 1_000_000),
        ];

        static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Deep_and_long_text_is_refused(string text)
    {
        var error = OnSmallStack(() => PromQlParser.TryParse(text, out _, out var e) ? null : e);
        Assert.NotNull(error);
    }

    [Fact]
    public void The_limit_is_named()
    {
        Assert.Contains("250", Refusal(new string('(', 300)).Message);
        Assert.Contains("1000", Refusal("a" + string.Concat(Enumerable.Repeat(" or a", 1_000))).Message);
        Assert.Contains($"{PromQlLimits.MaxLength}", Refusal(new string(' ', PromQlLimits.MaxLength + 1)).Message);
        Assert.All(
            ["(", "a or ", " "],
            unit =>
                Assert.Equal(PromQlErrorKind.Limit, Refusal(string.Concat(Enumerable.Repeat(unit, 131_100)) + "a").Kind)
        );
    }

    [Fact]
    public void What_is_within_the_limits_is_read_scoped_and_printed_on_a_small_stack()
    {
        string[] texts =
        [
            new string('(', 249) + "a" + new string(')', 249),
            string.Concat(Enumerable.Repeat("abs(", 249)) + "a" + new string(')', 249),
            "a" + string.Concat(Enumerable.Repeat(" or a", 998)),
            "a" + string.Concat(Enumerable.Repeat(" ^ a", 249)),
            new string('-', 249) + "a",
            string.Concat(Enumerable.Repeat("a or b and c == d + e * f ^ (", 124)) + "a" + new string(')', 124),
            "a{b=\"" + new string('x', 100_000) + "\"}",
            "a{b=~\"" + string.Join('|', Enumerable.Range(0, 5_000).Select(i => $"host-{i}")) + "\"}",
        ];
        foreach (var text in texts)
        {
            var printed = OnSmallStack(() => SelectorScope.For("tenant", ["x"]).Apply(text).Text);
            Assert.Equal(
                TreeComparison.Selectors(PromQlParser.Parse(text)).Count(),
                printed.Split("tenant=\"x\"").Length - 1
            );
        }
    }

    private static PromQlException Refusal(string text) =>
        Assert.Throws<PromQlException>(() => PromQlParser.Parse(text));

    private static T OnSmallStack<T>(Func<T> work)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            SmallStack
        );
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new InvalidOperationException(failure.Message, failure);
    }
}
