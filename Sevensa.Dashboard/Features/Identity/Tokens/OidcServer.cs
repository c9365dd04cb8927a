using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Diagnostics;
using OpenIddict.EntityFrameworkCore.Models;
using OpenIddict.Server;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Features.Identity.Tokens.Leaving;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// The built-in OpenID Connect server: access tokens (JWT, ES256) for programs, by client credentials, or by authorization code
/// with PKCE for people who let a program act for them.
/// </summary>
internal static class OidcServer
{
    public const string TokenPath = "/connect/token";
    public const string AuthorizePath = "/connect/authorize";
    public const string EndSessionPath = "/connect/logout";
    public const string UserInfoPath = "/connect/userinfo";
    public const string DevicePath = "/connect/device";
    public const string VerifyPath = "/connect/verify";
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(14);

    public static void AddOidcServer(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var platform = builder.Configuration.GetSection("Platform").Get<PlatformOptions>() ?? new PlatformOptions();
        services.AddSingleton<ApiClients>();
        services.AddSingleton<IPrograms>(provider => provider.GetRequiredService<ApiClients>());
        services.AddSingleton<TokenCallers>();
        services.AddSingleton<ICallersToday>(provider => provider.GetRequiredService<TokenCallers>());
        services.AddSingleton<TokenFamilyStore>();
        services.AddSingleton<GivenConsents>();
        services.AddSingleton<BegunConsents>();
        services.AddSingleton<SignInAgain>();
        services.AddSingleton<DeviceCodes>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<TokenFamilyStore>());
        services.AddSigningKeys();
        services.AddBackchannelLogout();
        services.AddSingleton<VerifiedSecrets>();
        services
            .AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<Store>();
                core.ReplaceApplicationManager<OpenIddictEntityFrameworkCoreApplication, ClientApplications>();
            })
            .AddServer(server =>
            {
                server
                    // Without a slash at the start they are below the path that the program is served below.
                    .SetAuthorizationEndpointUris(AuthorizePath[1..])
                    .SetTokenEndpointUris(TokenPath[1..])
                    .SetPushedAuthorizationEndpointUris(PushPath[1..])
                    .SetUserInfoEndpointUris(UserInfoPath[1..])
                    .SetIntrospectionEndpointUris(IntrospectPath[1..])
                    .SetRevocationEndpointUris(RevokePath[1..])
                    .SetEndSessionEndpointUris(EndSessionPath[1..])
                    .SetDeviceAuthorizationEndpointUris(DevicePath[1..])
                    .SetEndUserVerificationEndpointUris(VerifyPath[1..])
                    .SetConfigurationEndpointUris(
                        ".well-known/openid-configuration",
                        ".well-known/oauth-authorization-server"
                    )
                    .SetJsonWebKeySetEndpointUris(".well-known/jwks");
                server.AllowClientCredentialsFlow();
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.AllowRefreshTokenFlow();
                server.AllowDeviceAuthorizationFlow();
                server.SetDeviceCodeLifetime(DeviceCodes.Lifetime).SetUserCodeLifetime(DeviceCodes.Lifetime);
                // Each is used once; one that comes again was stolen or lost, and ends its family.
                server.SetRefreshTokenLifetime(RefreshLifetime).SetRefreshTokenReuseLeeway(TimeSpan.Zero);
                server.SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(2));
                server.Configure(options => options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain));
                server.RegisterScopes([Scopes.Profile, Scopes.Email, .. ScopeWords.All.Select(scope => scope.Word)]);
                server.RegisterClaims(
                    Claims.Name,
                    Claims.PreferredUsername,
                    Claims.Email,
                    Claims.AuthenticationTime,
                    Claims.AuthenticationMethodReference,
                    LogoutToken.SessionClaim,
                    IdentityClaims.Role,
                    IdentityClaims.CustomRole,
                    IdentityClaims.Tenants
                );
                // Checked below, where the answer is the standard's invalid_scope.
                server.IgnoreScopePermissions();
                // What a token is for may be named (RFC 8707): something of this program, which is checked below.
                server.DisableResourceValidation().IgnoreResourcePermissions();
                server.AddEventHandler(FormPost.Allowed);
                server.AddEventHandler(SoleRedirect.Filled);
                server.AddEventHandler(SoleRedirect.NotBound);
                // Its own check knows no resource servers but those that a token names.
                server.RemoveEventHandler(OpenIddictServerHandlers.Introspection.ValidateAuthorizedParty.Descriptor);
                server.AddEventHandler(ResourceServers.Asked);
                server.AddEventHandler(ResourceServers.Told);
                server.AddEventHandler(EndedTokens.Introspected);
                server.AddEventHandler(EndedTokens.Revoked);
                server.AddEventHandler(Told.OfLeaving);
                server.AddEventHandler(DeviceCodes.Asked);
                server.AddEventHandler(DeviceCodes.Answered);
                server.AddEventHandler(DeviceCodes.Polled);
                server.AddEventHandler(DeviceCodes.Waiting);
                server.AddEventHandler(TypedAgain.Refused);
                server.DisableAccessTokenEncryption();
                server.SetAccessTokenLifetime(TimeSpan.FromHours(1));
                if (PublicAddress.Of(builder.Configuration, platform) is { } address)
                {
                    server.SetIssuer(new Uri(address));
                }
                var host = server
                    .UseAspNetCore()
                    .EnableTokenEndpointPassthrough()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .EnableEndUserVerificationEndpointPassthrough()
                    .EnableStatusCodePagesIntegration();
                if (builder.Environment.IsSandbox())
                {
                    host.DisableTransportSecurityRequirement();
                }
            })
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore();
                validation.Configure(options =>
                    options.TokenValidationParameters.IssuerValidator = LoopbackIssuer.Check
                );
            });
    }

    private const int LongestShown = 100;

    public static void MapOidcServer(this IEndpointRouteBuilder app)
    {
        app.MapPost(TokenPath, TokenEndpoint.AnswerAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        // Who asks is looked up inside, since a stranger is sent to sign in and comes back.
        app.MapMethods(AuthorizePath, ["GET", "POST"], AuthorizeEndpoint.AnswerAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        app.MapMethods(UserInfoPath, ["GET", "POST"], UserInfoEndpoint.AnswerAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        app.MapMethods(EndSessionPath, ["GET", "POST"], EndSessionEndpoint.AnswerAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        app.MapMethods(VerifyPath, ["GET", "POST"], VerifyEndpoint.AnswerAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        app.MapWellKnown();
    }

    /// <summary>
    /// What can't be answered by sending the person back to the program is told on a page of ours. Before endpoints are looked for:
    /// the request is sent on once more.
    /// </summary>
    public static void UseRefusalPage(this WebApplication app) =>
        app.UseWhen(
            context => PathOf(context) is var path && (path == AuthorizePath || path == EndSessionPath),
            refused =>
            {
                refused.Properties["__GlobalEndpointRouteBuilder"] = app;
                refused.UseStatusCodePagesWithReExecute("/consent", createScopeForStatusCodePages: true);
                refused.Use(
                    (context, next) =>
                    {
                        if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                        {
                            // The page that says so is no form.
                            context.Request.Method = HttpMethods.Get;
                        }
                        return next(context);
                    }
                );
            }
        );

    private const string PushPath = "/connect/par";
    private const string IntrospectPath = "/connect/introspect";
    private const string RevokePath = "/connect/revoke";

    /// <summary>As the server reads it, which takes a slash at the end for nothing.</summary>
    private static PathString PathOf(HttpContext context) =>
        new((context.Request.Path.Value ?? "").TrimEnd('/') is { Length: > 0 } path ? path : "/");

    private static readonly PathString[] bySecret = [TokenPath, PushPath, IntrospectPath, RevokePath, DevicePath];

    /// <summary>Counts secrets that were refused, by address; must stand before authentication, where the server answers.</summary>
    public static void UseTokenLimit(this WebApplication app) =>
        app.UseWhen(
            context => PathOf(context) is var asked && Array.Exists(bySecret, path => asked == path),
            token =>
                token.Use(
                    async (context, next) =>
                    {
                        var failures = context.RequestServices.GetRequiredService<FailureLimiter>();
                        var address = context.NetworkOf();
                        var isDevice = PathOf(context) == DevicePath;
                        // Counted apart: many who begin at once keep none of them from going on.
                        var program = (isDevice ? "begins " : "") + await ProgramOfAsync(context.Request);
                        // Of those that are under way nobody knows yet how they end: no more of them than may fail pass at once.
                        using var under = failures.Begin(address, program);
                        if (failures.IsOver(address, program) || under.IsOver)
                        {
                            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                            context.Response.Headers.RetryAfter = "60";
                            await context.Response.WriteAsJsonAsync(
                                new
                                {
                                    error = "slow_down",
                                    error_description = "Too many failed attempts of this client from this address. Try again in a minute.",
                                }
                            );
                            return;
                        }
                        await next(context);
                        // Each code that is asked for is kept: nobody gets any number of them.
                        if (isDevice || (context.Response.StatusCode is 400 or 401 && !DeviceCodes.IsWaiting(context)))
                        {
                            failures.Note(address, program);
                        }
                    }
                )
        );

    /// <summary>The client that asks, by what it says; empty when it says nothing that can be read.</summary>
    private static async Task<string> ProgramOfAsync(HttpRequest request)
    {
        if (
            AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            && header is { Parameter.Length: <= 4096 and > 0 }
            && header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
        )
        {
            var told = new byte[header.Parameter.Length];
            return Convert.TryFromBase64String(header.Parameter, told, out var length)
                ? StoreText.Shorten(
                    // As the server reads it: what is written in two ways is one client.
                    Uri.UnescapeDataString(Encoding.UTF8.GetString(told, 0, length).Split(':')[0].Replace('+', ' ')),
                    LongestShown
                )
                : "";
        }
        if (!request.HasFormContentType)
        {
            return "";
        }
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        return StoreText.Shorten(form["client_id"].ToString(), LongestShown);
    }
}
