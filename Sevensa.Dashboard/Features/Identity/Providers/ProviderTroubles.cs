using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>What went wrong between a provider and this program, in words for the person who waits.</summary>
internal static class ProviderTroubles
{
    private const string TellAdministrator = " Tell an administrator; nobody was signed in.";

    /// <summary>Of an answer that nobody in this browser asked for.</summary>
    public const string Stray =
        "This was begun in another browser, more than a quarter of an hour ago, or was answered before. Sign in again.";

    /// <param name="shown">The provider, as the sign-in page calls it.</param>
    public static string Of(Exception? failure, string shown)
    {
        var chain = Chain(failure).ToList();
        return chain.OfType<ProviderDenialException>().Any()
                ? $"{shown} did not let you go on: you, or its rules, said no there. Try again, or sign in another way."
            : chain.OfType<SecurityTokenInvalidIssuerException>().Any()
                ? $"The answer did not come from {shown} as it is configured here.{TellAdministrator}"
            : chain.OfType<OpenIdConnectProtocolInvalidNonceException>().Any()
                ? $"{shown} answered something that was not asked in this browser (the nonce differs). Sign in again; if it stays so, tell an administrator."
            : chain.OfType<SecurityTokenInvalidAudienceException>().Any()
                ? $"{shown} answered with a token that was made for another program.{TellAdministrator}"
            : chain.OfType<SecurityTokenExpiredException>().Any()
            || chain.OfType<SecurityTokenNotYetValidException>().Any()
                ? $"The token of {shown} is over, or does not count yet: its clock and the one here differ.{TellAdministrator}"
            : chain.OfType<SecurityTokenException>().Any()
                ? $"The token of {shown} is not signed by one of its keys, or can't be read.{TellAdministrator}"
            : chain.OfType<NoWayOutException>().Any()
                ? $"{shown} can't be told from here that you leave. Sign out there yourself."
            : IsAbsent(chain)
                ? $"{shown} can't be reached, or does not answer as an OpenID Connect provider does. Try again in a moment, or sign in another way."
            : Said(chain) is { } said ? $"{shown} said: {Short(said)}{TellAdministrator}"
            : IsState(chain) ? Stray
            : $"{shown} answered something that can't be made use of.{TellAdministrator}";
    }

    /// <summary>What the record is told besides: who is meant by it may be a stranger's text, which is shown to nobody.</summary>
    public static string ForRecord(Exception? failure) =>
        Chain(failure).OfType<SecurityTokenInvalidIssuerException>().FirstOrDefault() is { InvalidIssuer: { } issuer }
            ? $" It names the issuer \"{Short(issuer)}\"."
            : "";

    /// <summary>Whether nobody in this browser asked for the answer: anybody can lead one here with whatever they like.</summary>
    public static bool IsStray(Exception? failure) => failure is not null && IsState([failure]);

    private static bool IsAbsent(IEnumerable<Exception> chain) =>
        chain.Any(one =>
            one
                is HttpRequestException
                    or IOException
                    or OperationCanceledException
                    or TimeoutException
                    or ProviderAbsentException
            || one.Message.StartsWith("IDX20803", StringComparison.Ordinal)
        );

    private static string? Said(IEnumerable<Exception> chain) =>
        chain
            .OfType<OpenIdConnectProtocolException>()
            .Select(one =>
                one.Data["error"] is string error
                    ? string.Join(": ", new[] { error, one.Data["error_description"] as string }.OfType<string>())
                    : null
            )
            .FirstOrDefault(said => said is not null);

    /// <summary>By the handler's own words, and no other's: those of a failed fetch hold a whole trace, which may name any word.</summary>
    private static bool IsState(IEnumerable<Exception> chain) =>
        chain
            .OfType<AuthenticationFailureException>()
            .Any(one =>
                one.Message.Contains("Correlation", StringComparison.Ordinal)
                || one.Message.Contains("State", StringComparison.OrdinalIgnoreCase)
                // Tokens in the address, where a code was asked for: looked at before anything else.
                || one.Message.Contains("response_mode", StringComparison.Ordinal)
            );

    private static IEnumerable<Exception> Chain(Exception? failure)
    {
        for (var at = failure; at is not null; at = at.InnerException)
        {
            yield return at;
        }
    }

    private static string Short(string text) =>
        StoreText.Shorten(StoreText.Whole(new string([.. text.Where(letter => !char.IsControl(letter))])), 300);
}
