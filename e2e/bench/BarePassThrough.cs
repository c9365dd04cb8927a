using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Bench;
using Sevensa.Dashboard.Features.Identity.Contracts;

[assembly: HostingStartup(typeof(BarePassThrough))]

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Put into the dashboard's own process by the bench alone: an address that asks for the same token and the same policy, and hands
/// a form on to Prometheus by the same client without reading it. What the scoped API costs is measured against it.
/// </summary>
internal sealed class BarePassThrough : IHostingStartup
{
    public const string Path = "/api/bare/query_range";

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, Filter>());

    private sealed class Filter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.MapWhen(context => context.Request.Path == Path, bare => bare.UseAuthentication().Run(PassAsync));
                next(app);
            };
    }

    private static async Task PassAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var allowed = await services
            .GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(context.User, context, Policies.Read);
        if (!allowed.Succeeded)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("PrometheusClient");
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/query_range")
        {
            Content = new StreamContent(context.Request.Body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        using var answer = await http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            context.RequestAborted
        );
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
