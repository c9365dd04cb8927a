using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Tests.Ui;

/// <summary>A bUnit context with the shared components' services, a clock that stands still, and a browser that accepts every call.</summary>
internal static class UiContext
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static (BunitContext Page, FakeTimeProvider Clock) Create(string environment = "Sandbox")
    {
        var page = new BunitContext();
        var clock = new FakeTimeProvider(Now);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddSingleton<TimeProvider>(clock);
        page.Services.AddSingleton<IHostEnvironment>(new FixedEnvironment(environment));
        page.Services.AddUi();
        // A component alone has no layout above it, which holds the place where menus and lists open.
        page.Services.Configure<PopoverOptions>(options => options.CheckForPopoverProvider = false);
        page.AddAuthorization().SetAuthorized("operator");
        return (page, clock);
    }

    private sealed class FixedEnvironment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;
        public string ApplicationName { get; set; } = "tests";
        public string ContentRootPath { get; set; } = ".";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
