using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Receivers;
using Sevensa.Dashboard.Features.Receivers.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Each kind of receiver is asked for what it takes, and for nothing else.</summary>
public sealed class ReceiverFormTests
{
    [Fact]
    public async Task A_Matrix_room_takes_a_token_that_is_not_shown()
    {
        await using var page = Page();
        ReceiverWish? wished = null;
        var form = page.Render<ReceiverForm>(given =>
            given.Add(one => one.Add, wish => Task.FromResult(wished = wish))
        );
        await form.ChooseAsync("How", ReceiverKind.Matrix);
        Assert.Equal(["Who is told", "How", "Homeserver", "Room's id", "Access token"], Asked(form));
        Assert.Equal("password", form.Field("Access token").GetAttribute("type"));
        await form.Field("Who is told").ChangeAsync("Operators");
        await form.Field("Homeserver").ChangeAsync("https://matrix.example.org");
        await form.Field("Room's id").ChangeAsync("!a:example.org");
        await form.Field("Access token").ChangeAsync("secret");
        await form.Find("form").SubmitAsync();
        Assert.Equal(
            ("matrix", "https://matrix.example.org", "!a:example.org", "secret"),
            (wished!.Kind, wished.Url, wished.Room, wished.Token)
        );
    }

    [Fact]
    public async Task Mail_takes_addresses_and_the_address_of_Slack_is_called_a_secret()
    {
        await using var page = Page();
        ReceiverWish? wished = null;
        var form = page.Render<ReceiverForm>(given =>
            given.Add(one => one.Add, wish => Task.FromResult(wished = wish))
        );
        Assert.DoesNotContain("The address is a secret", form.Markup, StringComparison.Ordinal);
        await form.ChooseAsync("How", ReceiverKind.Slack);
        Assert.Contains("The address is a secret", form.Markup, StringComparison.Ordinal);
        await form.ChooseAsync("How", ReceiverKind.Email);
        Assert.Equal(["Who is told", "How", "Addresses"], Asked(form));
        Assert.Equal("text", form.Field("Addresses").GetAttribute("type"));
        await form.Field("Who is told").ChangeAsync("Operators");
        await form.Field("Addresses").ChangeAsync("ops@example.org, night@example.org");
        await form.Find("form").SubmitAsync();
        Assert.Equal(
            ("email", "ops@example.org, night@example.org", null, null),
            (wished!.Kind, wished.Url, wished.Room, wished.Token)
        );
    }

    /// <summary>What is asked for beside the lists to tick, in order.</summary>
    private static string[] Asked(IRenderedComponent<ReceiverForm> form) =>
        [.. form.FindAll(".toolbar label").Select(label => label.TextContent.Trim())];

    private static BunitContext Page()
    {
        var page = UiContext.Create().Page;
        page.Services.AddSingleton<ITenantNames>(new NoTenants());
        return page;
    }

    private sealed class NoTenants : ITenantNames
    {
        public ValueTask<IReadOnlyList<TenantName>> NamesAsync(CancellationToken cancellation) =>
            ValueTask.FromResult<IReadOnlyList<TenantName>>([]);
    }
}
