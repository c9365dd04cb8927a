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
        await form.Find("select").ChangeAsync("Matrix");
        var inputs = form.FindAll(".toolbar input");
        Assert.Equal(4, inputs.Count);
        Assert.Equal("password", inputs[3].GetAttribute("type"));
        var texts = (string[])["Operators", "https://matrix.example.org", "!a:example.org", "secret"];
        foreach (var (at, text) in texts.Index())
        {
            await form.FindAll(".toolbar input")[at].ChangeAsync(text);
        }
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
        await form.Find("select").ChangeAsync("Slack");
        Assert.Contains("The address is a secret", form.Markup, StringComparison.Ordinal);
        await form.Find("select").ChangeAsync("Email");
        var inputs = form.FindAll(".toolbar input");
        Assert.Equal(2, inputs.Count);
        Assert.Null(inputs[1].GetAttribute("type"));
        await inputs[0].ChangeAsync("Operators");
        await form.FindAll(".toolbar input")[1].ChangeAsync("ops@example.org, night@example.org");
        await form.Find("form").SubmitAsync();
        Assert.Equal(
            ("email", "ops@example.org, night@example.org", null, null),
            (wished!.Kind, wished.Url, wished.Room, wished.Token)
        );
    }

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
