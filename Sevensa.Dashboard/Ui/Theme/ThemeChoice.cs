using Microsoft.AspNetCore.Http;

namespace Sevensa.Dashboard.Ui.Theme;

/// <summary>
/// Dark or light, as the viewer chose, which a cookie keeps. Who never chose gets what their system asks for: only the browser
/// knows that, so a script of the page's head says it before the first paint (<see cref="FollowSystem"/>).
/// </summary>
public sealed class ThemeChoice
{
    public const string Cookie = "sevensa-theme";

    public bool IsDark { get; private set; } = true;

    /// <summary>Whether the viewer chose; else their system decides.</summary>
    public bool IsChosen { get; private set; }

    public string Name => IsDark ? "dark" : "light";

    public event Action? Changed;

    public void Set(string? name, bool isChosen)
    {
        var dark = name != "light";
        if (dark == IsDark && isChosen == IsChosen)
            return;
        (IsDark, IsChosen) = (dark, isChosen);
        Changed?.Invoke();
    }

    /// <summary>What the first paint uses; dark until the browser has told of its system.</summary>
    public static string Of(HttpContext? context) => Chosen(context) ?? "dark";

    /// <summary>What the viewer chose; null when the system decides.</summary>
    public static string? Chosen(HttpContext? context) =>
        context?.Request.Cookies[Cookie] is "light" or "dark" ? context.Request.Cookies[Cookie] : null;

    /// <summary>Puts the system's theme in place before anything is painted.</summary>
    public const string FollowSystem =
        "document.documentElement.dataset.theme=matchMedia('(prefers-color-scheme: light)').matches?'light':'dark'";
}
