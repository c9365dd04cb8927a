using Sevensa.Dashboard.Features.Secrets.Schedules;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>What a rule holds for, by what stands before it.</summary>
public class RuleReachTests
{
    [Theory]
    [InlineData("api/*", "*", "", true)]
    [InlineData("api/*", "*", "api/*", false)]
    [InlineData("api/*", "*", "*", false)]
    [InlineData("api/*", "*", "api/database", true)]
    [InlineData("api/database", "*", "api/*", false)]
    [InlineData("api/database", "api/*", "web/*", true)]
    [InlineData("*", "api/*", "api/*", false)]
    [InlineData("*", "api/*", "web/*", true)]
    [InlineData("web/*", "api/*", "", false)]
    [InlineData("web/*", "web", "", false)]
    [InlineData("web/*", "webs/x", "", false)]
    [InlineData("", "api/*", "api/x", false)]
    public void It_grows_by_what_no_longer_stands_before_it(string before, string own, string after, bool grows)
    {
        var rule = RotationRuleTests.Rule() with { Secrets = [own] };
        Assert.Equal(grows, RuleReach.Grows(rule, [.. Others(before), rule], [.. Others(after), rule]));
    }

    private static IEnumerable<RotationRule> Others(string path) =>
        path.Length == 0 ? [] : [RotationRuleTests.Rule() with { Id = "other", Secrets = [path] }];
}
