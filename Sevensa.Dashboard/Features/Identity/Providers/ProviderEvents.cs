using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>Where the framework's handler hands over to this program: who arrived, and what went wrong.</summary>
internal static class ProviderEvents
{
    public static OpenIdConnectEvents Of(string name, ProviderOptions provider) =>
        new()
        {
            OnAuthorizationCodeReceived = context =>
            {
                // RFC 9207: who answers says so, and the answer of one provider is not taken for another's. Looked at once it is known
                // that this browser asked, and before the code is shown to anybody.
                if (context.ProtocolMessage.Iss is { Length: > 0 } issuer && !provider.IsIssuer(issuer))
                {
                    context.Fail(
                        new SecurityTokenInvalidIssuerException("The answer is of another issuer.")
                        {
                            InvalidIssuer = issuer,
                        }
                    );
                }
                return Task.CompletedTask;
            },
            OnTokenValidated = context =>
            {
                // The handler takes one that nobody signed, since it came straight from the provider. Here it has to be signed.
                if (context.TokenEndpointResponse?.IdToken?.Split('.') is not [_, _, { Length: > 0 }])
                {
                    context.Fail(new SecurityTokenInvalidSignatureException("The token is not signed."));
                }
                return Task.CompletedTask;
            },
            OnRedirectToIdentityProvider = context =>
                string.IsNullOrEmpty(context.ProtocolMessage.IssuerAddress)
                    ? throw new ProviderAbsentException()
                    : Task.CompletedTask,
            OnRedirectToIdentityProviderForSignOut = context =>
            {
                if (string.IsNullOrEmpty(context.ProtocolMessage.IssuerAddress))
                {
                    throw new NoWayOutException();
                }
                context.ProtocolMessage.ClientId = provider.ClientId;
                return Task.CompletedTask;
            },
            OnTicketReceived = async context =>
            {
                var services = context.HttpContext.RequestServices;
                var desk = services.GetRequiredService<ProviderDesk>();
                services.GetRequiredService<ProviderNews>().Came(name);
                context.HandleResponse();
                context.Response.Redirect(
                    await desk.ArriveAsync(context.HttpContext, name, context.Principal!, context.Properties!)
                );
            },
            OnRemoteFailure = context =>
            {
                context
                    .HttpContext.RequestServices.GetRequiredService<ProviderNews>()
                    .Failed(name, context.Failure, provider.DisplayName ?? name);
                return FailAsync(context.HttpContext, name, context.Failure, context.HandleResponse);
            },
            OnAccessDenied = context =>
                FailAsync(context.HttpContext, name, new ProviderDenialException(), context.HandleResponse),
        };

    private static async Task FailAsync(HttpContext context, string name, Exception? failure, Action handle)
    {
        handle();
        var desk = context.RequestServices.GetRequiredService<ProviderDesk>();
        context.Response.Redirect(await desk.FailAsync(context, name, failure));
    }
}

/// <summary>The person, or the provider's administrator, said no there.</summary>
internal sealed class ProviderDenialException() : Exception("access_denied");

/// <summary>What answers there names no address to sign in at: it is no OpenID Connect provider.</summary>
internal sealed class ProviderAbsentException() : InvalidOperationException("No authorization_endpoint is named.");

/// <summary>The provider names no address to sign out at, which the standard lets it.</summary>
internal sealed class NoWayOutException() : InvalidOperationException("No end_session_endpoint is named.");
