using System.Text.Json;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What has come to a host and is still looked at, since its Docker is slow: it is known, can be cancelled, and can lapse.</summary>
public sealed class ArrivalTests : IAsyncLifetime
{
    private readonly Desk desk = new();
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => desk.DisposeAsync();

    private async Task<Task<Delivery>> ArrivingAsync()
    {
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.OnInspect = async id =>
        {
            asked.TrySetResult();
            await answers.Task;
            return desk.Engine.Containers.GetValueOrDefault(id);
        };
        var delivery = desk.DeliverAsync(Samples.Restart("p1", container));
        await asked.Task.WaitAsync(Patience.Usual);
        return delivery;
    }

    private ActionReport? Recalled =>
        desk.Actions.Recall("p1") is { } told
            ? JsonSerializer.Deserialize(told, ActionJson.Default.ActionReport)
            : null;

    [Fact]
    public async Task It_is_known_before_it_is_begun()
    {
        Assert.Null(Recalled);
        var delivery = await ArrivingAsync();
        Assert.Equal(("progress", ActionReport.Arriving), (Recalled!.Type, Recalled.Status));
        answers.SetResult();
        Assert.True((await delivery).Accepted);
        await desk.Actions.IdleAsync();
        Assert.Equal(ProposalState.Succeeded, Recalled.Outcome!.State);
    }

    [Fact]
    public async Task Cancelled_it_ends_before_its_first_step()
    {
        var delivery = await ArrivingAsync();
        Assert.True(desk.Actions.Cancel("p1"));
        answers.SetResult();
        await delivery;
        await desk.Actions.IdleAsync();
        Assert.Equal(ProposalState.Cancelled, Recalled!.Outcome!.State);
        Assert.Empty(desk.Engine.Calls);
        Assert.False(desk.Actions.Cancel("p1"));
    }

    [Fact]
    public async Task What_lapses_meanwhile_is_not_begun()
    {
        var delivery = await ArrivingAsync();
        desk.Time.Advance(TimeSpan.FromMinutes(11));
        answers.SetResult();
        Assert.Equal("expired", (await delivery).RefusalCode);
        Assert.Empty(desk.Engine.Calls);
    }
}
