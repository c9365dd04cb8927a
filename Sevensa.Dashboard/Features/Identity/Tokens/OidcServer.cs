using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;
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
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(14);

    public static void AddOidcServer(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var platform = builder.Configuration.GetSection("Platform").Get<PlatformOptions>() ?? new PlatformOptions();
        services.AddSingleton<ApiClients>();
        services.AddSingleton<TokenCallers>();
        services.AddSingleton<TokenFamilyStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<TokenFamilyStore>());
        services.AddSingleton<OidcKeys>();
        services.AddSingleton<IStartStep>(provider => provider.GetRequiredService<OidcKeys>());
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider =>
            provider.GetRequiredService<OidcKeys>()
        );
        services
            .AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<Store>())
            .AddServer(server =>
            {
                server
                    // Without a slash at the start they are below the path that the program is served below.
                    .SetAuthorizationEndpointUris(AuthorizePath[1..])
                    .SetTokenEndpointUris(TokenPath[1..])
                    .SetConfigurationEndpointUris(".well-known/openid-configuration")
                    .SetJsonWebKeySetEndpointUris(".well-known/jwks");
                server.AllowClientCredentialsFlow();
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.AllowRefreshTokenFlow();
                // Each is used once; one that comes again was stolen or lost, and ends its family.
                server.SetRefreshTokenLifetime(RefreshLifetime).SetRefreshTokenReuseLeeway(TimeSpan.Zero);
                server.SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(2));
                server.Configure(options => options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain));
                server.RegisterScopes([.. ScopeWords.All.Select(scope => scope.Word)]);
                // Checked below, where the answer is the standard's invalid_scope.
                server.IgnoreScopePermissions();
                server.DisableAccessTokenEncryption();
                server.SetAccessTokenLifetime(TimeSpan.FromHours(1));
                if (PublicAddress.Of(builder.Configuration, platform) is { } address)
                {
                    server.SetIssuer(new Uri(address));
                }
                var host = server
                    .UseAspNetCore()
                    .EnableTokenEndpointPassthrough()
                    .EnableAuthorizationEndpointPassthrough();
                if (builder.Environment.IsSandbox())
                {
                    host.DisableTransportSecurityRequirement();
                }
            })
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore();
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
    }

    /// <summary>Counts tokens that were refused, by address; must stand before authentication, where the server answers.</summary>
    public static void UseTokenLimit(this WebApplication app) =>
        app.UseWhen(
            context => context.Request.Path == TokenPath,
            token =>
                token.Use(
                    async (context, next) =>
                    {
                        var failures = context.RequestServices.GetRequiredService<FailureLimiter>();
                        var address = context.Connection.RemoteIpAddress?.ToString();
                        var program = await ProgramOfAsync(context.Request);
                        if (failures.IsOver(address, program))
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
                        if (context.Response.StatusCode is 400 or 401)
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
            && header is { Scheme: "Basic", Parameter.Length: <= 4096 and > 0 }
        )
        {
            var told = new byte[header.Parameter.Length];
            return Convert.TryFromBase64String(header.Parameter, told, out var length)
                ? StoreText.Shorten(Encoding.UTF8.GetString(told, 0, length).Split(':')[0], LongestShown)
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

/// <summary>Gives the server its keys: ES256 from the product's keys, encryption derived from the key file.</summary>
internal sealed class OidcKeys(IProductKeys keys, StoreKey storeKey)
    : IStartStep,
        IConfigureOptions<OpenIddictServerOptions>
{
    private ProductKey? signing;

    public async Task RunAsync(CancellationToken cancellation) =>
        signing = await keys.SigningKeyAsync(KeyPurposes.TokenSigning, cancellation);

    public void Configure(OpenIddictServerOptions options)
    {
        var key =
            signing ?? throw new InvalidOperationException("The token server was asked before its keys were read.");
        options.SigningCredentials.Add(
            new SigningCredentials(
                new ECDsaSecurityKey(ECDsa.Create(key.Key.ExportParameters(includePrivateParameters: true)))
                {
                    KeyId = key.Id,
                },
                SecurityAlgorithms.EcdsaSha256
            )
        );
        options.EncryptionCredentials.Add(
            new EncryptingCredentials(
                new SymmetricSecurityKey(storeKey.Derive("token-encryption")),
                SecurityAlgorithms.Aes256KW,
                SecurityAlgorithms.Aes256CbcHmacSha512
            )
        );
    }
}
