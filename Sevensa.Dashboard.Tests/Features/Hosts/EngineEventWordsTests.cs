using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

public sealed class EngineEventWordsTests
{
    [Theory]
    [InlineData("health_status", "health", "unhealthy", "is unhealthy")]
    [InlineData("health_status", "name", "x", "was checked")]
    [InlineData("die", "exitCode", "137", "ended (exit code 137)")]
    [InlineData("die", "name", "x", "ended")]
    [InlineData("oom", "name", "x", "was out of memory")]
    [InlineData("kill", "signal", "15", "was sent the signal 15")]
    [InlineData("some_new-thing", "name", "x", "some new thing")]
    public void What_Docker_tells_is_put_in_words(string action, string name, string value, string words) =>
        Assert.Equal(
            words,
            new EngineEvent(
                0,
                "container",
                action,
                "c1",
                "rentguy-api-1",
                "rentguy",
                "api",
                new Dictionary<string, string> { [name] = value }
            ).Words()
        );
}
