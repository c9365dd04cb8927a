using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Leaving;

/// <summary>What tells a program that a session ended (OpenID Connect Back-Channel Logout 1.0, section 2.4).</summary>
internal static class LogoutToken
{
    public const string Type = "logout+jwt";
    public const string Event = "http://schemas.openid.net/event/backchannel-logout";
    public const string SessionClaim = "sid";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>A session as programs know it: they are told of one by the same name, and nothing else is opened by it.</summary>
    public static string SidOf(string session) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"sid {SessionStore.RootOf(session)}")))[..32];

    public static string Of(LogoutNoticeRow notice, SigningKey key, DateTimeOffset now) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = Type,
                Issuer = notice.Issuer,
                Audience = notice.Client,
                IssuedAt = now.UtcDateTime,
                Expires = (now + Lifetime).UtcDateTime,
                SigningCredentials = SigningKeys.Credentials(key),
                Claims = new Dictionary<string, object>
                {
                    [Claims.Subject] = notice.PersonId,
                    [SessionClaim] = SidOf(notice.Session),
                    [Claims.JwtId] = Guid.NewGuid().ToString("N"),
                    ["events"] = new Dictionary<string, object> { [Event] = new Dictionary<string, object>() },
                },
            }
        );
}
