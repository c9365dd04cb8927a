using Sevensa.Dashboard.Features.Assistant.Mcp;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Calls that are taken back by the id that their caller gave them.</summary>
public class McpCallsTests
{
    private readonly McpCalls calls = new();

    [Fact]
    public async Task The_call_of_that_caller_and_id_ends_and_no_other()
    {
        using var own = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        using var others = new CancellationTokenSource();
        using var _ = calls.Begin("a", "1", own);
        using var __ = calls.Begin("a", "2", other);
        using var ___ = calls.Begin("b", "1", others);
        await calls.CancelAsync("a", "1");
        Assert.Equal(
            (true, false, false),
            (own.IsCancellationRequested, other.IsCancellationRequested, others.IsCancellationRequested)
        );
    }

    [Fact]
    public async Task Of_two_that_can_not_be_told_apart_neither_ends_and_the_one_that_is_left_can()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var begun = calls.Begin("a", "1", first);
        using var _ = calls.Begin("a", "1", second);
        await calls.CancelAsync("a", "1");
        Assert.False(first.IsCancellationRequested || second.IsCancellationRequested);
        begun.Dispose();
        await calls.CancelAsync("a", "1");
        Assert.True(second.IsCancellationRequested);
    }
}
