using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Budgets;
using Sevensa.Dashboard.Features.Assistant.Pages;
using Sevensa.Dashboard.Features.Assistant.Sharing;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The page of a conversation while the program is slow.</summary>
public sealed class ConsolePageTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task What_is_asked_before_the_page_knows_everything_is_not_taken_back_by_what_comes_late()
    {
        await using var page = UiContext.Create().Page;
        await using var scope = app.Services.CreateAsyncScope();
        var late = new TaskCompletionSource<IReadOnlyList<Tenant>>();
        var callers = Substitute.For<ICurrentCaller>();
        callers
            .GetAsync(Arg.Any<CancellationToken>())
            .Returns(new Caller("1", "Admin", Role.Admin, true, TenantSet.All, ApiScopes.All));
        page.Services.AddSingleton<ITenants>(new Late(late.Task));
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(Substitute.For<IProposalCards>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<Conversations>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<ChatModels>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<ModelStandings>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<BudgetDesk>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<SharingDesk>());
        page.Services.AddSingleton(scope.ServiceProvider.GetRequiredService<IOptions<AssistantOptions>>());
        var shown = page.Render<ConsolePage>();

        await shown.Find("form.ask textarea").InputAsync("/help");
        await shown.Find("form.ask").SubmitAsync();
        late.SetResult([]);

        await shown.WaitForAssertionAsync(() =>
        {
            Assert.Contains("/help", shown.Find(".messages").TextContent, StringComparison.Ordinal);
            Assert.Contains("/restart", shown.Find(".messages").TextContent, StringComparison.Ordinal);
        });
        Assert.Equal(
            "/help",
            Assert
                .Single(
                    await scope
                        .ServiceProvider.GetRequiredService<Conversations>()
                        .ListAsync(await callers.GetAsync(default), Xunit.TestContext.Current.CancellationToken)
                )
                .Title
        );
    }

    /// <summary>Says what tenants there are when it is let.</summary>
    private sealed class Late(Task<IReadOnlyList<Tenant>> tenants) : ITenants
    {
        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) => new(tenants);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            new(tenants);
    }
}
