using System.Security.Claims;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Introspection and revocation (RFC 7662, RFC 7009) by what holds today: a token whose person, client or consent ended is told as
/// inactive, and who hands back a refresh token ends all that came from it.
/// </summary>
internal static class EndedTokens
{
    public static OpenIddictServerHandlerDescriptor Introspected { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleIntrospectionRequestContext>()
            .UseScopedHandler<Introspection>()
            .SetOrder(OpenIddictServerHandlers.Introspection.AttachPrincipal.Descriptor.Order + 1)
            .Build();

    public static OpenIddictServerHandlerDescriptor Revoked { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleRevocationRequestContext>()
            .UseScopedHandler<Revocation>()
            .SetOrder(OpenIddictServerHandlers.Revocation.AttachPrincipal.Descriptor.Order + 1)
            .Build();

    /// <summary>Whether what an access or refresh token stands on still holds.</summary>
    public static async Task<bool> IsLiveAsync(
        ClaimsPrincipal token,
        TokenCallers callers,
        TokenFamilyStore families,
        CancellationToken cancellation
    ) =>
        token.GetTokenId() is { } id
        && (token.GetClaim(CallerClaims.Client) ?? token.GetClaim(Claims.ClientId) ?? "") is var client
        && (token.GetClaim(Claims.Subject) ?? "") is var subject
        && await families.IsLiveAsync(id, subject, client, cancellation)
        && await callers.FindAsync(
            client,
            subject,
            ScopeWords.Parse(token.GetScopes()),
            token.GetClaim(CallerPrincipal.StampMark),
            cancellation
        )
            is not null;

    internal sealed class Introspection(TokenCallers callers, TokenFamilyStore families)
        : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
    {
        public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
        {
            if (!await IsLiveAsync(context.GenericTokenPrincipal, callers, families, context.CancellationToken))
            {
                context.Reject(Errors.InvalidToken, "The token is not valid here, or no longer.");
            }
        }
    }

    internal sealed class Revocation(TokenFamilyStore families)
        : IOpenIddictServerHandler<HandleRevocationRequestContext>
    {
        public async ValueTask HandleAsync(HandleRevocationRequestContext context)
        {
            var shown = context.GenericTokenPrincipal;
            if (shown.HasTokenType(TokenTypeIdentifiers.RefreshToken) && shown.GetAuthorizationId() is { } family)
            {
                await families.EndAsync(family, context.CancellationToken);
            }
            else
            {
                families.Forget();
            }
        }
    }
}
