using System.Text.Json;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Who may ask whether a token holds (RFC 7662): the client that it was given to, and those that an administrator named as
/// resource servers, of access tokens alone. Everybody else hears of it what they hear of one that never was: not active.
/// </summary>
internal static class ResourceServers
{
    public static OpenIddictServerHandlerDescriptor Asked { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateIntrospectionRequestContext>()
            .UseScopedHandler<Asking>()
            .SetOrder(OpenIddictServerHandlers.Introspection.ValidateAuthorizedParty.Descriptor.Order)
            .Build();

    public static OpenIddictServerHandlerDescriptor Told { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleIntrospectionRequestContext>()
            .UseScopedHandler<Telling>()
            .SetOrder(OpenIddictServerHandlers.Introspection.AttachApplicationClaims.Descriptor.Order + 1)
            .Build();

    private static bool IsOf(this System.Security.Claims.ClaimsPrincipal token, string client) =>
        token.HasPresenter(client)
        || token.GetClaim(Claims.ClientId) == client
        || token.GetClaim(CallerClaims.Client) == client;

    internal sealed class Asking(TokenCallers callers) : IOpenIddictServerHandler<ValidateIntrospectionRequestContext>
    {
        public async ValueTask HandleAsync(ValidateIntrospectionRequestContext context)
        {
            var (id, token) = (context.Request.ClientId ?? "", context.GenericTokenPrincipal);
            if (
                token is null
                || await callers.FindClientAsync(id, context.CancellationToken) is not { } client
                || !(
                    token.IsOf(id) || (client.IsResourceServer && token.HasTokenType(TokenTypeIdentifiers.AccessToken))
                )
            )
            {
                context.Reject(Errors.InvalidToken, "The token is not this client's to ask about.");
            }
        }
    }

    /// <summary>A resource server decides by what it hears: scopes, role and tenants as they stand now, not as the token was given.</summary>
    internal sealed class Telling(TokenCallers callers) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
    {
        public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
        {
            var token = context.GenericTokenPrincipal;
            if (
                !token.HasTokenType(TokenTypeIdentifiers.AccessToken)
                || await callers.FindClientAsync(context.Request.ClientId ?? "", context.CancellationToken)
                    is not { IsResourceServer: true }
                || await callers.FindAsync(
                    token.GetClaim(CallerClaims.Client) ?? token.GetClaim(Claims.ClientId) ?? "",
                    token.GetClaim(Claims.Subject) ?? "",
                    ScopeWords.Parse(token.GetScopes()),
                    token.GetClaim(CallerPrincipal.StampMark),
                    context.CancellationToken
                )
                    is not { } caller
            )
            {
                return;
            }
            context.Scopes.Clear();
            context.Scopes.UnionWith(caller.Scopes.Words());
            context.Username = caller.Name;
            context.Claims[IdentityClaims.Role] = caller.Role.ToString().ToLowerInvariant();
            if (caller.Custom is { } custom)
            {
                context.Claims[IdentityClaims.CustomRole] = custom.Id;
            }
            context.Claims[IdentityClaims.Tenants] = JsonSerializer.SerializeToElement(
                caller.Tenants.IsAll ? ["*"] : caller.Tenants.Ids.Order(StringComparer.Ordinal).ToArray()
            );
        }
    }
}
