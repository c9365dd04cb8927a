using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Pages;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>One rule is changed on the page, and the others are sent along as they were read.</summary>
public class SchedulesPageTests
{
    private sealed class House : IHouseZone
    {
        public TimeZoneInfo Zone => TimeZoneInfo.Utc;
    }

    [Fact]
    public async Task Saving_one_rule_leaves_the_others_to_who_set_them()
    {
        await using var shop = new Workshop(services =>
        {
            services.AddSingleton<IHouseZone, House>();
            services.AddSingleton<ScheduleStore>();
            services.AddSingleton<ScheduleDesk>();
        });
        var desk = shop.Services.GetRequiredService<ScheduleDesk>();
        var (_, before) = await desk.SetAsync(
            Callers.Operator,
            "rentguy",
            new ScheduleWish([
                new RuleWish(null, "first", ["api/database"]),
                new RuleWish(null, "second", ["web/a,b"], UpTo: Risk.Low),
                new RuleWish(null, "third", ["web/c,d"], Mode: RotationMode.Do),
            ]),
            Xunit.TestContext.Current.CancellationToken
        );
        await using var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(Arg.Any<CancellationToken>()).Returns(Callers.Admin);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(desk);
        page.Services.AddSingleton(shop.Services.GetRequiredService<ITenants>());
        page.Services.AddSingleton<IHouseZone, House>();
        page.Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>()
            .NavigateTo($"/tenants/rentguy/secrets/schedules?schedule={before[0].Id}");
        var shown = page.Render<SchedulesPage>(parameters => parameters.Add(one => one.Id, "rentguy"));
        await shown.WaitForElementAsync("form.stack");
        await shown.Field("Every so many days (each secret's own, when left out)").ChangeAsync("45");
        await shown.Find("form.stack").SubmitAsync();
        var (_, after) = await desk.OfTenantAsync(
            Callers.Admin,
            "rentguy",
            Xunit.TestContext.Current.CancellationToken
        );
        Assert.Equal((45, "admin"), (after[0].EveryDays, after[0].State.SetBy));
        Assert.All(after.Skip(1), rule => Assert.Equal("operator", rule.State.SetBy));
        Assert.Equal((Risk.Low, "web/a,b"), (after[1].UpTo, Assert.Single(after[1].Secrets)));
        Assert.Equal("web/c,d", Assert.Single(after[2].Secrets));
    }
}
