using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MudBlazor;
using MudBlazor.Services;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Browser;
using Sevensa.Dashboard.Ui.Data;
using Sevensa.Dashboard.Ui.Nav;
using Sevensa.Dashboard.Ui.Theme;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Ui;

public static class UiSetup
{
    /// <summary>Razor components, and what the shared ones need.</summary>
    public static void AddUi(this WebApplicationBuilder builder)
    {
        // A build that was not published serves its files from the sources; elsewhere this does nothing.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddAuthorizationCore();
        builder.Services.AddUi();
    }

    /// <summary>The services of the shared components alone, as tests need them.</summary>
    public static IServiceCollection AddUi(this IServiceCollection services)
    {
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            mud.SnackbarConfiguration.PreventDuplicates = true;
            mud.SnackbarConfiguration.VisibleStateDuration = 4000;
            mud.SnackbarConfiguration.ShowTransitionDuration = 120;
            mud.SnackbarConfiguration.HideTransitionDuration = 120;
        });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INavSource, DefaultNav>();
        services.TryAddSingleton<Feeds>();
        services.TryAddScoped<ThemeChoice>();
        services.TryAddScoped<ViewerZone>();
        services.TryAddScoped<RangeState>();
        services.TryAddScoped<BrowserModule>();
        return services;
    }

    /// <summary>
    /// The pages for what is missing or failed. Before endpoints are looked for: the request is sent on once more, to such a page,
    /// and nothing behind that place would find it.
    /// </summary>
    public static void UseFaultPages(this WebApplication app) =>
        app.UseWhen(
            context => RequestPaths.IsPage(context.Request.Path),
            pages =>
            {
                // A branch has no routes of its own accord: without those of the program the two pages are not found.
                pages.Properties["__GlobalEndpointRouteBuilder"] = app;
                pages.UseLastPage();
                pages.UseExceptionHandler("/error", createScopeForErrors: true);
                pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
                pages.Use(ShowAsync);
            }
        );

    /// <summary>Pages and their files. Last, after sign-in is in place.</summary>
    public static void MapUi(this WebApplication app)
    {
        app.UseAntiforgery();
        // What a build that was not published would have besides: a route of every address for files that came later, by which
        // each address that there is not took GET and HEAD.
        app.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>()
            // The security headers already say who may frame a page; a second policy here would take their place.
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
    }

    /// <summary>The page that says what went wrong with a form is no form itself, or it would be refused as one.</summary>
    private static Task ShowAsync(HttpContext context, RequestDelegate next)
    {
        if (
            HttpMethods.IsPost(context.Request.Method)
            && (
                context.Features.Get<IStatusCodeReExecuteFeature>() is not null
                || context.Features.Get<IExceptionHandlerPathFeature>() is not null
            )
        )
        {
            context.Request.Method = HttpMethods.Get;
        }
        return next(context);
    }
}
