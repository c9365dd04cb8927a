using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Logs;

[Collection(SandboxCollection.Name)]
public sealed class LogToolTests(SandboxApp app)
{
    private static readonly Caller Viewer = new(
        "v",
        "Viewer",
        Role.Viewer,
        true,
        TenantSet.Of(["rentguy", "platform"]),
        ApiScopes.All
    );

    [Fact]
    public async Task Lines_are_found_and_each_has_a_link_that_finds_it_again()
    {
        var found = await CallAsync(
            "search_logs",
            new
            {
                tenant = "rentguy",
                service = "api",
                level = "info",
                minutes = 120,
            }
        );
        Assert.True(found.GetProperty("untrusted").GetBoolean());
        var line = found.GetProperty("lines").EnumerateArray().First();
        Assert.Equal("api", line.GetProperty("service").GetString());
        var id = line.GetProperty("id").GetString();
        Assert.Contains($"line={id}", line.GetProperty("link").GetString());

        var around = await CallAsync(
            "log_context",
            new
            {
                tenant = "rentguy",
                line = id,
                around = 5,
            }
        );
        Assert.True(around.GetProperty("untrusted").GetBoolean());
        Assert.Contains(
            around.GetProperty("lines").EnumerateArray(),
            one => one.GetProperty("text").GetString() == line.GetProperty("text").GetString()
        );
        var lost = await CallAsync(
            "log_context",
            new
            {
                tenant = "rentguy",
                line = "1-00",
                around = 5,
            }
        );
        Assert.Contains("no line 1-00", lost.GetProperty("note").GetString());
    }

    [Fact]
    public async Task Lines_are_counted_over_time_by_level()
    {
        var counted = await CallAsync("count_logs", new { tenant = "rentguy", minutes = 60 });
        var total = counted.GetProperty("total").GetDouble();
        Assert.True(total > 0);
        Assert.Equal(total, counted.GetProperty("byLevel").EnumerateObject().Sum(level => level.Value.GetDouble()));
        Assert.Equal(
            total,
            counted
                .GetProperty("overTime")
                .EnumerateArray()
                .Sum(at => at.GetProperty("lines").EnumerateObject().Sum(level => level.Value.GetDouble()))
        );
        Assert.StartsWith("/tenants/rentguy/logs?", counted.GetProperty("link").GetString());
    }

    [Fact]
    public async Task Kinds_are_told_with_the_release_they_are_compared_with()
    {
        var kinds = await CallAsync(
            "log_patterns",
            new
            {
                tenant = "rentguy",
                service = "api",
                minutes = 60,
            }
        );
        Assert.True(kinds.GetProperty("untrusted").GetBoolean());
        Assert.Contains("2.4.1", kinds.GetProperty("release").GetString());
        Assert.NotEmpty(kinds.GetProperty("patterns").EnumerateArray());
        Assert.All(
            kinds.GetProperty("patterns").EnumerateArray(),
            kind => Assert.Contains("/tenants/rentguy/logs?query=", kind.GetProperty("link").GetString())
        );
    }

    [Theory]
    [InlineData("search_logs")]
    [InlineData("count_logs")]
    [InlineData("log_patterns")]
    public async Task Another_tenants_logs_are_not_there(string tool) =>
        await Assert.ThrowsAsync<UnknownTenantException>(() => CallAsync(tool, new { tenant = "witcom" }));

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        var function = app
            .Services.GetServices<IToolSource>()
            .SelectMany(source => source.ToolsFor(Viewer))
            .Single(one => one.Name == tool);
        var given = JsonSerializer.SerializeToElement(arguments).EnumerateObject();
        return (JsonElement)
            (
                await function.InvokeAsync(
                    new AIFunctionArguments(given.ToDictionary(one => one.Name, one => (object?)one.Value)),
                    TestContext.Current.CancellationToken
                )
            )!;
    }
}
