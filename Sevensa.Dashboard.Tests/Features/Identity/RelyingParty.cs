using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A web program of somebody else that lets people in by the dashboard, with ASP.NET Core's own OpenID Connect handler.</summary>
internal sealed class RelyingParty : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SandboxApp dashboard;

    private RelyingParty(WebApplication app, SandboxApp dashboard, string id, string secret)
    {
        this.app = app;
        this.dashboard = dashboard;
        (Id, Secret) = (id, secret);
    }

    public string Id { get; }

    public string Secret { get; }

    public string Url { get; private init; } = "";

    public static async Task<RelyingParty> StartAsync(
        SandboxApp dashboard,
        string[]? scopes = null,
        Action<OpenIdConnectOptions>? configure = null
    )
    {
        var port = Workspace.FreePort();
        var url = $"http://127.0.0.1:{port}";
        var id = $"party-{port}";
        using var admin = await dashboard.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                name = "Some party",
                scopes = scopes ?? [],
                redirectUris = new[] { $"{url}/signin-oidc" },
                postLogoutRedirectUris = new[] { $"{url}/signout-callback-oidc" },
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder
            .Services.AddAuthentication("cookie")
            .AddCookie("cookie")
            .AddOpenIdConnect(
                "oidc",
                options =>
                {
                    options.Authority = dashboard.Address.ToString();
                    options.RequireHttpsMetadata = false;
                    options.ClientId = id;
                    options.ClientSecret = secret;
                    options.ResponseType = "code";
                    options.ResponseMode = "query";
                    options.SaveTokens = true;
                    options.GetClaimsFromUserInfoEndpoint = true;
                    options.MapInboundClaims = false;
                    options.ClaimActions.MapAll();
                    options.SignInScheme = "cookie";
                    options.Scope.Clear();
                    foreach (var scope in new[] { "openid", "profile", "email" })
                    {
                        options.Scope.Add(scope);
                    }
                    // It is served over plain HTTP here.
                    options.CorrelationCookie.SecurePolicy = options.NonceCookie.SecurePolicy = CookieSecurePolicy.None;
                    options.CorrelationCookie.SameSite = options.NonceCookie.SameSite = SameSiteMode.Lax;
                    options.Events.OnRemoteFailure = context =>
                    {
                        context.HandleResponse();
                        context.Response.StatusCode = 500;
                        return context.Response.WriteAsync(context.Failure?.ToString() ?? "It failed.");
                    };
                    configure?.Invoke(options);
                }
            );
        var app = builder.Build();
        app.UseAuthentication();
        app.MapGet(
            "/",
            async (HttpContext context) =>
                context.User.Identity?.IsAuthenticated == true
                    ? Results.Json(
                        new
                        {
                            claims = context.User.Claims.Select(claim => new { claim.Type, claim.Value }),
                            accessToken = await context.GetTokenAsync("access_token"),
                            idToken = await context.GetTokenAsync("id_token"),
                        }
                    )
                    : Results.Challenge(authenticationSchemes: ["oidc"])
        );
        app.MapGet(
            "/leave",
            () => Results.SignOut(new AuthenticationProperties { RedirectUri = "/left" }, ["cookie", "oidc"])
        );
        app.MapGet("/left", () => "You left.");
        await app.StartAsync();
        return new RelyingParty(app, dashboard, id, secret) { Url = url };
    }

    /// <summary>Goes from page to page as a browser does, until one is shown.</summary>
    public async Task<(Uri At, HttpResponseMessage Page)> FollowAsync(HttpClient browser, string address)
    {
        var at = new Uri(address);
        for (var steps = 0; steps < 15; steps++)
        {
            var answer = await browser.GetAsync(at);
            if (answer.StatusCode is not (HttpStatusCode.Found or HttpStatusCode.SeeOther))
            {
                var html = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, $"{at} {html}");
                if (SandboxApp.OnwardFrom(html) is not { } onward)
                {
                    return (at, answer);
                }
                at = new Uri(dashboard.Address, onward);
                continue;
            }
            at = new Uri(at, answer.Headers.Location!);
            answer.Dispose();
        }
        throw new InvalidOperationException($"It goes on and on, and was last at {at}.");
    }

    /// <summary>Fills in the form of the page at an address, and goes on from what it answers.</summary>
    public async Task<(Uri At, HttpResponseMessage Page)> SubmitAsync(
        HttpClient browser,
        Uri at,
        string action,
        params (string Name, string Value)[] fields
    )
    {
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync(at));
        foreach (var (name, value) in fields)
        {
            form[name] = value;
        }
        using var answer = await browser.PostAsync(new Uri(dashboard.Address, action), new FormUrlEncodedContent(form));
        var html = await answer.Content.ReadAsStringAsync();
        var onward = answer.Headers.Location?.ToString() ?? SandboxApp.OnwardFrom(html);
        Assert.True(onward is not null, $"{(int)answer.StatusCode} {html}");
        return await FollowAsync(browser, new Uri(dashboard.Address, onward).ToString());
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
