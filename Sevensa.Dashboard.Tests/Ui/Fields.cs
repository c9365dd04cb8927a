using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Sevensa.Dashboard.Tests.Ui;

/// <summary>Fields as a person finds them: by the words beside them.</summary>
internal static class Fields
{
    /// <summary>The element that takes the input of the field with this label, or with this accessible name.</summary>
    public static IElement Field<T>(this IRenderedComponent<T> page, string label)
        where T : class, IComponent =>
        page.FindAll("label").FirstOrDefault(l => l.TextContent.Trim() == label && l.GetAttribute("for") is not null)
            is { } named
            ? page.Find($"[id='{named.GetAttribute("for")}']")
            : page.Find($"input[aria-label='{label}'], textarea[aria-label='{label}']");

    /// <summary>Chooses in a list to pick from; what was chosen goes the way that a click on it takes.</summary>
    public static async Task ChooseAsync<T, TValue>(this IRenderedComponent<T> page, string label, TValue value)
        where T : class, IComponent
    {
        var select = page.FindComponents<MudSelect<TValue>>()
            .Single(s => IsCalled(s.Instance, s.Instance.Label, label));
        await page.InvokeAsync(() => select.Instance.ValueChanged.InvokeAsync(value));
    }

    /// <summary>Ticks a box or takes the tick away.</summary>
    public static void Tick<T>(this IRenderedComponent<T> page, string label, bool on = true)
        where T : class, IComponent =>
        page.FindAll("label")
            .First(l => l.TextContent.Trim() == label)
            .QuerySelector("input[type=checkbox]")!
            .Change(on);

    private static bool IsCalled(MudComponentBase field, string? label, string wanted) =>
        label == wanted || field.UserAttributes.GetValueOrDefault("aria-label") as string == wanted;
}
