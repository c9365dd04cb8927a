using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Tests.Features.Actions;
using static Sevensa.Dashboard.Tests.Features.Secrets.Schedules.RotationHouse;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>What the calendar tells of what comes.</summary>
public class RotationCalendarTests
{
    [Fact]
    public async Task The_calendar_says_what_comes_by_rules_and_what_falls_due_without_one()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await SetAsync(shop, Wish());
        var scope = shop.Services.GetRequiredService<Sevensa.Dashboard.Features.Tenants.Contracts.ITenantScopes>();
        var coming = await shop
            .Services.GetRequiredService<RotationCalendar>()
            .OfAsync(scope.ForSystem("rentguy"), 70, TestContext.Current.CancellationToken);
        var mine = coming.Items.Where(one => one.Path == "api/rotated").ToList();
        Assert.Equal(new DateTimeOffset(2027, 3, 2, 2, 0, 0, TimeSpan.Zero), mine[0].At);
        Assert.True(mine[0].Overdue);
        // Thirty days later, and thirty days after that, if the first goes well.
        Assert.Equal([(2, 3), (1, 4), (1, 5)], mine.Select(one => (one.At.Day, one.At.Month)));
        Assert.True(mine[1].Repeats);
        Assert.Contains(coming.Items, one => one is { Kind: "due", Path: "api/database", Schedule: null });
    }

    [Fact]
    public async Task The_calendar_tells_the_first_and_up_to_when()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        foreach (var number in Enumerable.Range(0, 15))
        {
            await vault.SendAsync(
                "vault",
                "POST",
                $"/v1/secret/data/rentguy/many/s{number}",
                """{"data": {"password": "former"}}""",
                Root
            );
        }
        await SetAsync(shop, Wish() with { Secrets = ["*"], EveryDays = 1 });
        var scope = shop
            .Services.GetRequiredService<Sevensa.Dashboard.Features.Tenants.Contracts.ITenantScopes>()
            .ForSystem("rentguy");
        var coming = await shop
            .Services.GetRequiredService<RotationCalendar>()
            .OfAsync(scope, RotationCalendar.MostDays, TestContext.Current.CancellationToken);
        Assert.Equal(RotationCalendar.Most, coming.Items.Count);
        Assert.Equal(coming.Items.Select(one => one.At).Order(), coming.Items.Select(one => one.At));
        Assert.Equal(coming.Items[^1].At, coming.ToldUntil);
        var few = await shop
            .Services.GetRequiredService<RotationCalendar>()
            .OfAsync(scope, 3, TestContext.Current.CancellationToken);
        Assert.Null(few.ToldUntil);
    }
}
