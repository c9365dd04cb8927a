using Microsoft.Playwright;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Fields that open a list to pick from.</summary>
public static class Fields
{
    /// <summary>Opens the field's list and picks the option of exactly these words.</summary>
    public static async Task ChooseAsync(this ILocator field, string option)
    {
        await field.ClickAsync();
        await field.Page.GetByRole(AriaRole.Option, new() { Name = option, Exact = true }).ClickAsync();
        await Assertions.Expect(field).ToHaveAttributeAsync("aria-expanded", "false");
    }
}
