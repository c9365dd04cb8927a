using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Bench;
using Sevensa.Dashboard.Features.Identity.Contracts;

[assembly: HostingStartup(typeof(BarePassThrough))]

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Put into the dashboard's own process by the bench alone: addresses that ask for the same token and the same policy, and hand a
/// form on to Prometheus and a query string to Loki by the same clients without reading them. What the scoped APIs cost is measured
/// against them.
/// </summary>
internal sealed class BarePassThrough : IHostingStartup
{
    public const string Path = "/api/bare/query_range";
    public const string LokiPath = "/api/bare/loki/query_range";

    /// <summary>Asks for the same token and policy, and answers with nothing.</summary>
    public const string EmptyPath = "/api/bare/empty";

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter, Filter>());

    private sealed class Filter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.MapWhen(context => context.Request.Path == Path, bare => bare.UseAuthentication().Run(PassAsync));
                app.MapWhen(
                    context => context.Request.Path == EmptyPath,
                    bare => bare.UseAuthentication().Run(async context => await IsAllowedAsync(context))
                );
                app.MapWhen(
                    context => context.Request.Path == LokiPath,
                    bare => bare.UseAuthentication().Run(PassToLokiAsync)
                );
                next(app);
            };
    }

    private static async Task PassAsync(HttpContext context)
    {
        if (!await IsAllowedAsync(context))
            return;
        var http = context.RequestServices.GetRequiredService<IHttpClientFactory>().CreateClient("PrometheusClient");
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/query_range")
        {
            Content = new StreamContent(context.Request.Body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        await PassAsync(context, http, request);
    }

    private static async Task PassToLokiAsync(HttpContext context)
    {
        if (!await IsAllowedAsync(context))
            return;
        var services = context.RequestServices;
        var server = services.GetRequiredService<IConfiguration>()["Loki:Url"];
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("Loki");
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{server}/loki/api/v1/query_range{context.Request.QueryString}"
        );
        request.Headers.Add("X-Scope-OrgID", "rentguy");
        await PassAsync(context, http, request);
    }

    private static async Task<bool> IsAllowedAsync(HttpContext context)
    {
        var allowed = await context
            .RequestServices.GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(context.User, context, Policies.Read);
        if (!allowed.Succeeded)
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return allowed.Succeeded;
    }

    private static async Task PassAsync(HttpContext context, HttpClient http, HttpRequestMessage request)
    {
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
