using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Bench;
using Sevensa.Dashboard.Features.Identity.Contracts;

[assembly: HostingStartup(typeof(BarePolicyLook))]

namespace Sevensa.Dashboard.Bench;

/// <summary>Put into the dashboard's own process by the bench alone: one look at all policies, answered with the milliseconds that it took.</summary>
internal sealed class BarePolicyLook : IHostingStartup
{
    public const string Path = "/api/bare/policies/look";

    private const string Engine = "Sevensa.Dashboard.Features.Automation.Engine.PolicyEngine";

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, Filter>());

    private sealed class Filter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.MapWhen(context => context.Request.Path == Path, bare => bare.UseAuthentication().Run(LookAsync));
                next(app);
            };
    }

    private static async Task LookAsync(HttpContext context)
    {
        var allowed = await context
            .RequestServices.GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(context.User, context, Policies.Read);
        if (!allowed.Succeeded)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        var type = typeof(Policies).Assembly.GetType(Engine, throwOnError: true)!;
        var look = type.GetMethod(
            "LookAsync",
            BindingFlags.Instance | BindingFlags.NonPublic,
            [typeof(CancellationToken)]
        )!;
        var engine = context.RequestServices.GetRequiredService(type);
        var clock = Stopwatch.StartNew();
        await (Task)look.Invoke(engine, [context.RequestAborted])!;
        await context.Response.WriteAsync(
            clock.Elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            context.RequestAborted
        );
    }
}
