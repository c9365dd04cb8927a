using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MudBlazor;
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

/// <summary>The page of a conversation: while the program is slow, and when it is deleted.</summary>
public sealed class ConsolePageTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task What_is_asked_before_the_page_knows_everything_is_not_taken_back_by_what_comes_late()
    {
        await using var scope = app.Services.CreateAsyncScope();
        var late = new TaskCompletionSource<IReadOnlyList<Tenant>>();
        await using var page = Page(scope.ServiceProvider, late.Task, "1");
        var callers = page.Services.GetRequiredService<ICurrentCaller>();
        var shown = page.Render<ConsolePage>();

        await shown.Find("form.ask textarea").InputAsync("/help");
        await shown.Find("form.ask").SubmitAsync();
        late.SetResult([]);

        await shown.WaitForAssertionAsync(() =>
        {
            Assert.Contains("/help", shown.Find(".messages").TextContent, StringComparison.Ordinal);
            Assert.Contains("/restart", shown.Find(".messages").TextContent, StringComparison.Ordinal);
        });
        // It was begun without a title; the list shows the one that its first question gave it.
        await shown.WaitForAssertionAsync(() =>
            Assert.Equal("/help", shown.Field("Conversations").GetAttribute("value"))
        );
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

    [Fact]
    public async Task A_conversation_is_deleted_once_that_was_confirmed()
    {
        await using var scope = app.Services.CreateAsyncScope();
        await using var page = Page(scope.ServiceProvider, Task.FromResult<IReadOnlyList<Tenant>>([]), "2");
        var stop = Xunit.TestContext.Current.CancellationToken;
        var caller = await page.Services.GetRequiredService<ICurrentCaller>().GetAsync(stop);
        var talk = scope.ServiceProvider.GetRequiredService<Conversations>();
        var conversation = await talk.BeginAsync(caller, "An old one", null, stop);
        var dialogs = page.Render<MudDialogProvider>();
        var shown = page.Render<ConsolePage>(parameters => parameters.Add(one => one.Id, conversation.Id));

        (await shown.WaitForElementAsync(".head .actions button:contains('Delete')")).Click();
        var asked = (await dialogs.WaitForElementAsync(".mud-dialog")).TextContent;
        Assert.Contains("An old one", asked, StringComparison.Ordinal);
        Assert.NotNull(await talk.FindAsync(caller, conversation.Id, stop));

        await dialogs.Find(".mud-dialog-actions button:contains('Delete it for good')").ClickAsync(new());
        await shown.WaitForAssertionAsync(() =>
            Assert.Equal("/console", new Uri(page.Services.GetRequiredService<NavigationManager>().Uri).AbsolutePath)
        );
        Assert.Null(await talk.FindAsync(caller, conversation.Id, stop));
    }

    /// <summary>With the services of the program.</summary>
    private static BunitContext Page(IServiceProvider services, Task<IReadOnlyList<Tenant>> tenants, string subject)
    {
        var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers
            .GetAsync(Arg.Any<CancellationToken>())
            .Returns(new Caller(subject, "Admin", Role.Admin, true, TenantSet.All, ApiScopes.All));
        page.Services.AddSingleton<ITenants>(new Late(tenants));
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(Substitute.For<IProposalCards>());
        page.Services.AddSingleton(services.GetRequiredService<Conversations>());
        page.Services.AddSingleton(services.GetRequiredService<ChatModels>());
        page.Services.AddSingleton(services.GetRequiredService<ModelStandings>());
        page.Services.AddSingleton(services.GetRequiredService<BudgetDesk>());
        page.Services.AddSingleton(services.GetRequiredService<SharingDesk>());
        page.Services.AddSingleton(services.GetRequiredService<IOptions<AssistantOptions>>());
        return page;
    }

    /// <summary>Says what tenants there are when it is let.</summary>
    private sealed class Late(Task<IReadOnlyList<Tenant>> tenants) : ITenants
    {
        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) => new(tenants);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            new(tenants);
    }
}
