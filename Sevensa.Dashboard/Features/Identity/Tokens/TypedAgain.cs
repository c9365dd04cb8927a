using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// A code that a person typed on <c>/device</c> and that comes a second time (a form sent twice, a page gone back to, whoever else
/// reads it off the screen) lets nobody in, and takes nothing back either: it was shown to everybody, so that a second use tells of
/// no theft, as that of a token would.
/// </summary>
internal sealed class TypedAgain(IOpenIddictTokenManager tokens) : IOpenIddictServerHandler<ValidateTokenContext>
{
    /// <summary>Before the token server looks itself, which ends all that a code led to.</summary>
    public static OpenIddictServerHandlerDescriptor Refused { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseScopedHandler<TypedAgain>()
            .SetOrder(OpenIddictServerHandlers.Protection.ValidateTokenEntry.Descriptor.Order - 1)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            context.Principal?.HasTokenType(TokenTypeIdentifiers.Private.UserCode) == true
            && context.TokenId is { Length: > 0 } id
            && await tokens.FindByIdAsync(id, context.CancellationToken) is { } token
            && await tokens.HasStatusAsync(token, Statuses.Redeemed, context.CancellationToken)
        )
        {
            context.Reject(Errors.InvalidToken, "The code was used before.");
        }
    }
}
