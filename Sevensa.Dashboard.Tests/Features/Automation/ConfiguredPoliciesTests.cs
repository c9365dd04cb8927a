using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Policies in the configuration as a file: whole, by their names, and never further than a draft or shadow.</summary>
public sealed class ConfiguredPoliciesTests : IAsyncLifetime
{
    private PolicyShop shop = null!;

    private IConfigurationPart Part => shop.Shop.Services.GetRequiredService<IConfigurationPart>();

    public ValueTask InitializeAsync()
    {
        shop = new PolicyShop();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    [Fact]
    public async Task What_is_written_down_reads_back_as_it_is_and_another_dashboard_makes_it_a_draft()
    {
        await shop.EnforcedAsync(PolicyShop.Wish());
        await shop.Drafts.DraftAsync(
            Callers.Operator,
            "Restart RentGuy api when it is unhealthy for 3 minutes unless it rains, at most once a day",
            null,
            true,
            default
        );
        var written = await Part.ReadAsync(Callers.Admin, default);
        Assert.Equal(2, written.Count);
        Assert.All(written, one => Assert.StartsWith("rentguy/", one.Key, StringComparison.Ordinal));
        foreach (var (key, content) in written)
        {
            var checkedContent = await Part.CheckAsync(Callers.Admin, key, content, null, default);
            Assert.True(JsonElement.DeepEquals(content, checkedContent), $"{content}\n{checkedContent}");
        }
        await shop.DisposeAsync();
        shop = new PolicyShop();
        foreach (var (key, content) in written)
        {
            await Part.ApplyAsync(Callers.Admin, key, content, default);
        }
        var there = await Part.ReadAsync(Callers.Admin, default);
        Assert.Equal(written.Select(one => one.Key).Order(), there.Select(one => one.Key).Order());
        foreach (var row in await shop.Store.AllAsync(["rentguy"], default))
        {
            Assert.Equal(PolicyStage.Draft, row.Stage);
            Assert.Equal(row.Text is null ? 0 : 1, row.Unread.Count);
        }
    }

    [Fact]
    public async Task One_that_is_enforced_and_changed_goes_back_to_shadow()
    {
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        var (key, content) = Assert.Single(await Part.ReadAsync(Callers.Admin, default));
        await Part.ApplyAsync(Callers.Admin, key, content, default);
        Assert.Equal(PolicyStage.Enforced, (await shop.FindAsync(policy.Id!)).Stage);
        var other = JsonElement.Parse(
            content.GetRawText().Replace("\"perDay\":4", "\"perDay\":40", StringComparison.Ordinal)
        );
        var done = await Part.ApplyAsync(Callers.Admin, key, other, default);
        Assert.Contains("shadow", done.Words, StringComparison.Ordinal);
        Assert.Equal((PolicyStage.Shadow, 2), await StandsAsync(policy.Id!));
    }

    [Fact]
    public async Task Those_that_are_called_alike_are_told_apart()
    {
        foreach (var day in new[] { 4, 5 })
        {
            await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(name: "Twin", perDay: day), default);
        }
        var written = await Part.ReadAsync(Callers.Admin, default);
        Assert.All(written, one => Assert.StartsWith("rentguy/Twin #", one.Key, StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<UnfitConfigurationException>(() =>
            Part.CheckAsync(Callers.Admin, "rentguy/Twin", written[0].Content, null, default)
        );
        Assert.Contains(written[1].Key, refused.Message, StringComparison.Ordinal);
        await Part.ApplyAsync(Callers.Admin, written[0].Key, null, default);
        Assert.Equal("rentguy/Twin", Assert.Single(await Part.ReadAsync(Callers.Admin, default)).Key);
        // By the key that it had it is still found.
        await Part.ApplyAsync(Callers.Admin, written[1].Key, null, default);
        Assert.Empty(await Part.ReadAsync(Callers.Admin, default));
    }

    private async Task<(PolicyStage, int)> StandsAsync(string id) =>
        await shop.FindAsync(id) is var now ? (now.Stage, now.Version) : default;
}
