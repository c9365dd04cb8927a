using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Bench;

[assembly: HostingStartup(typeof(HeapAfterCollection))]

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Put into the dashboard's own process by the bench alone: an address that collects all garbage and says how many bytes are
/// still held. What a process has of the system tells when it last collected; this tells what it keeps.
/// </summary>
internal sealed class HeapAfterCollection : IHostingStartup
{
    private const string Path = "/api/bench/heap";

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, Filter>());

    /// <summary>Asks the dashboard, in megabytes.</summary>
    public static async Task<double> OfMbAsync(HttpClient dashboard) =>
        double.Parse(await dashboard.GetStringAsync(new Uri(Path, UriKind.Relative)), CultureInfo.InvariantCulture)
        / (1024 * 1024);

    private sealed class Filter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.MapWhen(context => context.Request.Path == Path, heap => heap.Run(TellAsync));
                next(app);
            };
    }

    private static Task TellAsync(HttpContext context)
    {
        // Twice: what the first round finalised is collected by the second.
        for (var turn = 0; turn < 2; turn++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return context.Response.WriteAsync(
            GC.GetTotalMemory(forceFullCollection: false).ToString(CultureInfo.InvariantCulture)
        );
    }
}
