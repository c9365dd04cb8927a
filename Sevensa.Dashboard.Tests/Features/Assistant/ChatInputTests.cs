using Bunit;
using Sevensa.Dashboard.Features.Assistant.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The field of the chat.</summary>
public sealed class ChatInputTests
{
    [Fact]
    public async Task A_completion_is_taken_into_the_field_which_keeps_the_focus()
    {
        var (page, _) = UiContext.Create();
        await using var shown = page;
        var input = page.Render<ChatInput>(parameters => parameters.Add(one => one.Targets, ["rentguy-api"]));
        await input.Find("textarea").InputAsync(new() { Value = "/res" });
        await input.Find("[aria-label=Commands] button").ClickAsync(new());
        Assert.Equal("/restart ", input.Find("textarea").GetAttribute("value"));
        Assert.Equal("/restart rentguy-api", input.Find("[aria-label=Commands] button").TextContent);
        page.JSInterop.VerifyFocusAsyncInvoke();
    }
}
