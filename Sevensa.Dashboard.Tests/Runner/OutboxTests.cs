namespace Sevensa.Dashboard.Tests.Runner;

public class OutboxTests
{
    [Fact]
    public async Task What_is_told_again_is_not_lost_with_the_line_it_was_told_on()
    {
        await using var desk = new Desk();
        var plan = Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"));
        await desk.RunAsync(plan);
        foreach (var report in desk.Journal.Unacknowledged())
        {
            desk.Journal.Acknowledge(report.ActionId, report.Sequence);
        }
        Assert.True((await desk.DeliverAsync(plan)).Accepted);
        await Assert.ThrowsAsync<IOException>(() =>
            desk.Outbox.RunAsync((_, _) => throw new IOException("the line broke"), CancellationToken.None)
        );
        using var ending = new CancellationTokenSource();
        var sent = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            desk.Outbox.RunAsync(
                async (_, _) =>
                {
                    sent++;
                    await ending.CancelAsync();
                },
                ending.Token
            )
        );
        Assert.Equal(1, sent);
    }
}
