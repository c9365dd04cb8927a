using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Pages;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>The page around the views of a tenant's alerts.</summary>
public sealed class AlertsPageTests
{
    [Fact]
    public async Task A_silence_of_no_alert_in_particular_is_begun_beside_the_list_of_silences()
    {
        await using var page = UiContext.Create().Page;
        var news = new AlertNews(NullLogger<AlertNews>.Instance);
        page.Services.AddSingleton(news);
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(Callers.Operator);
        page.Services.AddSingleton(callers);
        var scopes = Substitute.For<ITenantScopes>();
        scopes.ForAsync(default!, default!, default).ReturnsForAnyArgs(new TenantScope(["rentguy"]));
        page.Services.AddSingleton(scopes);
        var tenants = Substitute.For<ITenants>();
        IReadOnlyList<Tenant> all = [new Tenant("rentguy", "RentGuy", "#2563eb", [], [])];
        tenants.AllAsync(default).ReturnsForAnyArgs(all);
        page.Services.AddSingleton(tenants);
        page.Services.AddSingleton(
            new SilenceDesk(
                () => throw new UpstreamException("Alertmanager", UpstreamFault.Unreachable, "Connection refused"),
                null!,
                null!,
                null!,
                news,
                Substitute.For<IAuditLog>(),
                TimeProvider.System
            )
        );
        page.Services.GetRequiredService<NavigationManager>().NavigateTo("/tenants/rentguy/alerts?view=silences");
        var view = page.Render<AlertsPage>(parameters => parameters.Add(one => one.Id, "rentguy"));
        view.WaitForElements("button").First(button => button.TextContent.Trim() == "New silence").Click();
        view.WaitForElement("form.silence-form");
    }
}
