using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Tokens.Leaving;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>What a provider sent to tell of an end does not hold. The message says why, for the provider and the record.</summary>
internal sealed class LogoutTokenException(string message, string error = "invalid_request") : Exception(message)
{
    public string Error => error;
}

/// <summary>What a provider says that has ended there (OpenID Connect Back-Channel Logout 1.0, section 2.4), once it is checked.</summary>
/// <param name="Subject">Whose; null where it names the session alone.</param>
/// <param name="Session">Which; null for all of theirs.</param>
/// <param name="Id">Told once.</param>
internal sealed record ProviderLogoutToken(
    string Issuer,
    string? Subject,
    string? Session,
    string Id,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>So far the provider's clock may differ from the one here.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <summary>Good for longer, its id would have to be remembered for longer too.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>By a key pair of the provider's: what both sides know is no proof of who sent it.</summary>
    private static readonly string[] algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    /// <param name="scheme">With the provider's keys, and whose its tokens may be.</param>
    /// <exception cref="LogoutTokenException">It does not hold.</exception>
    public static async Task<ProviderLogoutToken> ReadAsync(
        string text,
        OpenIdConnectOptions scheme,
        DateTimeOffset now
    )
    {
        var checks = scheme.TokenValidationParameters.Clone();
        checks.ConfigurationManager = scheme.ConfigurationManager as BaseConfigurationManager;
        checks.ValidAudience = scheme.ClientId;
        checks.ValidAlgorithms = algorithms;
        checks.RequireSignedTokens = true;
        // Looked at below, with what else has to be there.
        checks.ValidateLifetime = false;
        var read = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(text, checks);
        if (!read.IsValid || read.SecurityToken is not JsonWebToken token)
        {
            throw new LogoutTokenException(Trouble(read.Exception));
        }
        // An identity token is signed by the same keys and is no logout token; its type says so where it says anything.
        if (token.Typ is { Length: > 0 } type && !IsType(type))
        {
            throw new LogoutTokenException($"The token is of the type \"{Cut(type)}\" and not {LogoutToken.Type}.");
        }
        using var payload = JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedPayload));
        return Of(payload.RootElement, token.Issuer, now);
    }

    private static ProviderLogoutToken Of(JsonElement claims, string issuer, DateTimeOffset now)
    {
        if (claims.TryGetProperty("nonce", out _))
        {
            throw new LogoutTokenException("The token has a nonce, which no logout token may have.");
        }
        if (
            !claims.TryGetProperty("events", out var events)
            || events.ValueKind != JsonValueKind.Object
            || !events.TryGetProperty(LogoutToken.Event, out var logout)
            || logout.ValueKind != JsonValueKind.Object
        )
        {
            throw new LogoutTokenException($"The claim events does not name {LogoutToken.Event}.");
        }
        var (issued, expires) = (Moment(claims, "iat"), Moment(claims, "exp"));
        if (issued > now + Slack)
        {
            throw new LogoutTokenException("The token is of a time to come (iat): the clocks differ.");
        }
        if (expires < now - Slack)
        {
            throw new LogoutTokenException("The token is over (exp).");
        }
        if (expires > now + Longest)
        {
            throw new LogoutTokenException("The token is good for longer than an hour (exp).");
        }
        var (subject, session) = (Text(claims, "sub"), Text(claims, LogoutToken.SessionClaim));
        if (subject is null && session is null)
        {
            throw new LogoutTokenException("The token names neither a person (sub) nor a session (sid).");
        }
        return new ProviderLogoutToken(
            issuer,
            subject,
            session,
            Text(claims, "jti") ?? throw new LogoutTokenException("The token has no id (jti)."),
            expires
        );
    }

    private static bool IsType(string type) =>
        type.Equals(LogoutToken.Type, StringComparison.OrdinalIgnoreCase)
        || type.Equals($"application/{LogoutToken.Type}", StringComparison.OrdinalIgnoreCase)
        // As those have it who do not tell their tokens apart by it.
        || type.Equals("JWT", StringComparison.OrdinalIgnoreCase);

    private static string? Text(JsonElement claims, string name) =>
        !claims.TryGetProperty(name, out var claim) ? null
        : claim.ValueKind == JsonValueKind.String
        && claim.GetString() is { Length: > 0 and <= ExternalPersonRow.LongestSubject } text
            ? text
        : throw new LogoutTokenException($"The claim {name} is no text of 1 to 255 letters.");

    private static DateTimeOffset Moment(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim)
        && claim.ValueKind == JsonValueKind.Number
        && claim.TryGetDouble(out var seconds)
        && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : throw new LogoutTokenException($"The token does not say its {name} as a number of seconds.");

    private static string Trouble(Exception? failure) =>
        failure switch
        {
            SecurityTokenInvalidIssuerException =>
                "The token is of another issuer than the one that is configured here.",
            SecurityTokenInvalidAudienceException => "The token is for another program (aud).",
            SecurityTokenInvalidAlgorithmException => "The token is signed by an algorithm that is not taken (alg).",
            ArgumentException => "What was sent is no token.",
            SecurityTokenException => "The token is not signed by one of the provider's keys.",
            _ => "The token can't be read.",
        };

    private static string Cut(string text) => text.Length > 40 ? text[..40] : text;
}
