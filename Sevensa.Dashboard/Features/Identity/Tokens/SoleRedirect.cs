using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// A client with one redirect address need not say it (RFC 6749, section 3.1.2.3). What it did not say, it need not repeat when it
/// fetches its tokens.
/// </summary>
internal static class SoleRedirect
{
    private const string Mark = "sevensa:sole_redirect";

    public static OpenIddictServerHandlerDescriptor Filled { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractAuthorizationRequestContext>()
            .UseScopedHandler<Filling>()
            .SetOrder(int.MaxValue - 1_000)
            .Build();

    public static OpenIddictServerHandlerDescriptor NotBound { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .UseInlineHandler(context =>
            {
                if (IsFilled(context.Transaction))
                {
                    context.AuthorizationCodePrincipal?.SetClaim(Claims.Private.RedirectUri, (string?)null);
                }
                return ValueTask.CompletedTask;
            })
            .SetOrder(OpenIddictServerHandlers.PrepareAuthorizationCodePrincipal.Descriptor.Order + 1)
            .Build();

    /// <summary>Whether the address is ours to know, and not the client's word.</summary>
    public static bool IsFilled(OpenIddictServerTransaction transaction) => transaction.Properties.ContainsKey(Mark);

    internal sealed class Filling(ApiClients clients) : IOpenIddictServerHandler<ExtractAuthorizationRequestContext>
    {
        public async ValueTask HandleAsync(ExtractAuthorizationRequestContext context)
        {
            if (
                context.Request
                    is { RedirectUri: null or "", RequestUri: null or "", ClientId: { Length: > 0 } id } request
                && await clients.FindAsync(id, context.CancellationToken) is { RedirectUris: [var sole] }
            )
            {
                request.RedirectUri = sole;
                context.Transaction.Properties[Mark] = true;
            }
        }
    }
}
