using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>How long the look after open actions leaves the store alone.</summary>
public class SweepRestTests
{
    private static readonly TimeSpan Turn = new ActionsOptions().SweepEvery;

    private static async Task<TimeSpan> RestAsync(Workshop shop)
    {
        await shop.SweepAsync();
        return shop.Services.GetRequiredService<ActionSweep>().Rest;
    }

    [Fact]
    public async Task Nothing_is_open_and_the_store_is_left_alone_until_something_changes()
    {
        await using var shop = new Workshop();
        Assert.True(await RestAsync(shop) >= 10 * Turn);
    }

    [Fact]
    public async Task What_is_approved_is_looked_after_at_every_turn()
    {
        await using var shop = new Workshop();
        shop.Link.Connected = false;
        await shop.ApproveAsync(await shop.ProposeAsync());
        Assert.Equal(Turn, await RestAsync(shop));
    }

    [Fact]
    public async Task What_waits_for_a_decision_ends_when_its_time_is_over()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.Time.Advance(new ActionsOptions().ProposalLifetime - TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), await RestAsync(shop));
        shop.Time.Advance(TimeSpan.FromSeconds(7));
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public async Task In_a_store_that_others_write_to_nothing_is_known_to_rest()
    {
        await using var shop = new Workshop(services =>
            services.Configure<StorageOptions>(storage => storage.Postgres = "Host=shared")
        );
        Assert.Equal(Turn, await RestAsync(shop));
    }
}
