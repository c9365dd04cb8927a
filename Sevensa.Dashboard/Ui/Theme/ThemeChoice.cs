using Microsoft.AspNetCore.Http;

namespace Sevensa.Dashboard.Ui.Theme;

/// <summary>Dark or light, as the viewer's cookie says; dark without one.</summary>
public sealed class ThemeChoice
{
    public const string Cookie = "sevensa-theme";

    public bool IsDark { get; private set; } = true;

    public string Name => IsDark ? "dark" : "light";

    public event Action? Changed;

    public void Set(string? name)
    {
        var dark = name != "light";
        if (dark == IsDark)
            return;
        IsDark = dark;
        Changed?.Invoke();
    }

    public static string Of(HttpContext? context) => context?.Request.Cookies[Cookie] == "light" ? "light" : "dark";
}
