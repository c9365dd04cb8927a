using Microsoft.IdentityModel.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Whose tokens are taken. Where no public address is set, a token bears the name by which it was asked for: on this machine
/// <c>localhost</c>, <c>127.0.0.1</c> and <c>[::1]</c> are the same program, as long as port and path are the same.
/// </summary>
internal static class LoopbackIssuer
{
    /// <summary>The issuer, when it is one of those that are valid for this request.</summary>
    /// <exception cref="SecurityTokenInvalidIssuerException">It is another's.</exception>
    public static string Check(string issuer, SecurityToken token, TokenValidationParameters parameters) =>
        (parameters.ValidIssuers ?? []).Any(valid => valid == issuer || AreSame(valid, issuer))
            ? issuer
            : throw new SecurityTokenInvalidIssuerException("The token was issued elsewhere.")
            {
                InvalidIssuer = issuer,
            };

    private static bool AreSame(string valid, string issuer) =>
        Uri.TryCreate(valid, UriKind.Absolute, out var one)
        && Uri.TryCreate(issuer, UriKind.Absolute, out var other)
        && one.IsLoopback
        && other.IsLoopback
        && (one.Scheme, one.Port, one.AbsolutePath) == (other.Scheme, other.Port, other.AbsolutePath);
}
