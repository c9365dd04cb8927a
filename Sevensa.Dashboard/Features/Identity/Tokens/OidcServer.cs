using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>The built-in OpenID Connect server: access tokens (JWT, ES256) for programs.</summary>
internal static class OidcServer
{
    public const string TokenPath = "/connect/token";

    public static void AddOidcServer(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ApiClients>();
        services.AddSingleton<TokenCallers>();
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
                    .SetTokenEndpointUris(TokenPath)
                    .SetConfigurationEndpointUris("/.well-known/openid-configuration")
                    .SetJsonWebKeySetEndpointUris("/.well-known/jwks");
                server.AllowClientCredentialsFlow();
                server.RegisterScopes([.. ScopeWords.All.Select(scope => scope.Word)]);
                // Checked below, where the answer is the standard's invalid_scope.
                server.IgnoreScopePermissions();
                server.DisableAccessTokenEncryption();
                server.SetAccessTokenLifetime(TimeSpan.FromHours(1));
                if (
                    builder.Configuration["Identity:PublicUrl"] is { Length: > 0 } url
                    && Uri.TryCreate(url, UriKind.Absolute, out var issuer)
                )
                {
                    server.SetIssuer(issuer);
                }
                var host = server.UseAspNetCore().EnableTokenEndpointPassthrough();
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

    public static void MapOidcServer(this WebApplication app) =>
        app.MapPost(TokenPath, TokenAsync).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();

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
                        if (failures.IsOver(address))
                        {
                            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                            context.Response.Headers.RetryAfter = "60";
                            await context.Response.WriteAsJsonAsync(
                                new
                                {
                                    error = "slow_down",
                                    error_description = "Too many failed attempts from this address. Try again in a minute.",
                                }
                            );
                            return;
                        }
                        await next(context);
                        if (context.Response.StatusCode is 400 or 401)
                        {
                            failures.Note(address);
                        }
                    }
                )
        );

    private static async Task<IResult> TokenAsync(
        HttpContext context,
        ApiClients clients,
        TokenCallers callers,
        CancellationToken cancellation
    )
    {
        var request = context.GetOpenIddictServerRequest();
        if (request is null || !request.IsClientCredentialsGrantType())
        {
            return Refuse(Errors.UnsupportedGrantType, "Only client_credentials is served here.");
        }
        var client = await clients.FindAsync(request.ClientId ?? "", cancellation);
        var caller = client is { Disabled: false } ? await callers.OfClientAsync(client, cancellation) : null;
        if (caller is null)
        {
            return Refuse(Errors.InvalidGrant, "The client, or the person it acts for, is disabled.");
        }
        var asked = request.GetScopes();
        if (asked.FirstOrDefault(word => !client!.Scopes.Words().Contains(word)) is { } beyond)
        {
            return Refuse(Errors.InvalidScope, $"This client may not ask for {beyond}.");
        }
        var granted = asked.IsEmpty ? caller.Scopes : caller.Scopes & ScopeWords.Parse(asked);
        return Results.SignIn(
            Principal(caller with { Scopes = granted }, client!.Id),
            properties: null,
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
        );
    }

    private static ClaimsPrincipal Principal(Caller caller, string clientId)
    {
        var identity = new ClaimsIdentity(
            TokenValidationParameters.DefaultAuthenticationType,
            Claims.Name,
            CallerClaims.Role
        );
        identity
            .SetClaim(Claims.Subject, caller.Subject)
            .SetClaim(Claims.Name, caller.Name)
            .SetClaim(CallerClaims.Role, caller.Role.ToString())
            .SetClaim(CallerClaims.Client, clientId)
            .SetClaims(CallerClaims.Tenant, [.. caller.Tenants.Ids])
            .SetScopes(caller.Scopes.Words())
            .SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }

    private static IResult Refuse(string error, string description) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
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
