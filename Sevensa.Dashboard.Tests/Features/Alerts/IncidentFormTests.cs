using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Components;
using Sevensa.Dashboard.Features.Alerts.Incidents;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

public sealed class IncidentFormTests
{
    [Fact]
    public async Task A_day_that_can_not_be_read_is_not_taken_as_now()
    {
        var (page, clock) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(new AlertsStore(null!));
        page.Services.AddSingleton(new IncidentDesk(null!, null!, null!, null!, null!, null!, clock));
        var callers = Substitute.For<ICurrentCaller>();
        page.Services.AddSingleton(callers);
        var form = page.Render<IncidentForm>(parameters =>
            parameters
                .Add(one => one.Tenant, new Tenant("rentguy", "RentGuy", "#2563eb", ["api"], [], 500, 0.999))
                .Add(one => one.Scope, new TenantScope(["rentguy"]))
        );

        await form.Field("Began on").ChangeAsync("2026-13-45");
        await form.Find("form").SubmitAsync();

        Assert.Contains("a day and a time", form.Find(".note[role=alert]").TextContent, StringComparison.Ordinal);
        await callers.DidNotReceiveWithAnyArgs().GetAsync(default);
    }
}
