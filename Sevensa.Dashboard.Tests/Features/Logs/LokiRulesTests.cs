using System.Text;
using Sevensa.Dashboard.Features.Logs.Loki;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>Rules of Loki's ruler on their way to a client.</summary>
public sealed class LokiRulesTests
{
    private static Task<string> ReadAsync(string text) =>
        LokiRules.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(
        "team:\n    - name: g\n      rules:\n        - alert: A\n          expr: sum(rate({a=\"b\"}[1m])) > 1\n"
    )]
    [InlineData("{}")]
    public async Task Rules_come_as_they_are(string rules) => Assert.Equal(rules, await ReadAsync(rules));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("<html><body>Welcome</body></html>")]
    [InlineData("{\"status\":\"succ,,,")]
    [InlineData("- a\n- b\n")]
    [InlineData("team:\n\t- broken")]
    public async Task What_is_no_file_of_rules_is_garbage(string text) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(text));
}
