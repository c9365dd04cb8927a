using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;
using Sevensa.Dashboard.Features.Identity.Contracts;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Whether a person has to prove anew who they are before a program is answered (<c>prompt=login</c>, <c>max_age</c>). When that was
/// asked travels with the request, sealed, so that the sign-in that follows is told from the one before it. It holds for that
/// request alone, and for a few minutes: what somebody kept of another request spares nobody the password.
/// </summary>
internal sealed class SignInAgain(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Parameter of the request that carries when it was asked.</summary>
    public const string Parameter = "asked_at";

    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly IDataProtector sealing = protection.CreateProtector("sign in again");

    /// <summary>What approves or administers is not given away by a session that somebody left open, or that was stolen.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    /// <param name="signedInAt">When the person proved who they are; null when nobody says, which is never of late.</param>
    /// <param name="granted">What the program would get of the API.</param>
    public bool IsWanted(OpenIddictRequest request, DateTimeOffset? signedInAt, ApiScopes granted)
    {
        if (IsDone(request, signedInAt))
        {
            return false;
        }
        var age = time.GetUtcNow() - signedInAt;
        return ((granted & (ApiScopes.Approve | ApiScopes.Admin)) != ApiScopes.None && !(age <= Recent))
            || request.HasPromptValue(PromptValues.Login)
            || request.HasPromptValue(PromptValues.SelectAccount)
            || (request.MaxAge is { } most && !(age?.TotalSeconds <= most));
    }

    /// <summary>The person was sent to sign in for this request, and did.</summary>
    /// <inheritdoc cref="IsWanted"/>
    public bool IsDone(OpenIddictRequest request, DateTimeOffset? signedInAt) =>
        AskedAt(request) is { } asked && signedInAt >= asked && time.GetUtcNow() - asked <= Patience;

    /// <summary>What <see cref="Parameter"/> is to be for a sign-in from now on.</summary>
    public string Now(OpenIddictRequest request) =>
        SealingOf(request).Protect(time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    private DateTimeOffset? AskedAt(OpenIddictRequest request)
    {
        if ((string?)request[Parameter] is not { Length: > 0 and < 1_000 } text)
        {
            return null;
        }
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(
                long.Parse(SealingOf(request).Unprotect(text), CultureInfo.InvariantCulture)
            );
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector SealingOf(OpenIddictRequest request) =>
        sealing.CreateProtector(
            request.ClientId ?? "",
            request.CodeChallenge ?? "",
            request.State ?? "",
            request.Nonce ?? ""
        );
}
