using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>
/// Where a provider tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0): the sessions here end that it
/// vouched for. Who may say so is proved by the token alone.
/// </summary>
internal sealed class ProviderLogout(
    IOptions<IdentityOptions> identity,
    IOptionsMonitor<OpenIdConnectOptions> schemes,
    SessionStore sessions,
    BegunConsents begun,
    ExternalPeople external,
    UsedCodes used,
    FailureLimiter failures,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>Below it, each provider has its own by its name.</summary>
    public const string Path = "/connect/backchannel-logout";

    public const int LongestBody = 32 * 1024;

    private const string Field = "logout_token";

    public async Task<IResult> AnswerAsync(HttpContext context, string name)
    {
        context.Response.Headers.CacheControl = "no-store";
        var address = $"{context.NetworkOf()} logout";
        using var under = failures.Begin(address, name);
        if (failures.IsOver(address) || under.IsOver)
        {
            context.Response.Headers.RetryAfter = "60";
            return Refused(
                StatusCodes.Status429TooManyRequests,
                "slow_down",
                "Too many tokens that do not hold came from this address. Try again in a minute."
            );
        }
        try
        {
            if (!identity.Value.Providers.TryGetValue(name, out var provider))
            {
                throw new LogoutTokenException("No provider of this name is configured here.");
            }
            var scheme = schemes.Get(ProviderSchemes.Of(name));
            var text = await TokenInAsync(context);
            await RequireKeysAsync(scheme, provider.Shown(name), context.RequestAborted);
            await EndAsync(name, provider, await ProviderLogoutToken.ReadAsync(text, scheme, time.GetUtcNow()));
            return Results.Ok();
        }
        catch (LogoutTokenException refusal)
        {
            failures.Note(address);
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("system", "provider", "A provider"),
                    "logout.refused",
                    Target: identity.Value.Providers.ContainsKey(name) ? name : "(no provider)",
                    Outcome: AuditOutcome.Refused,
                    Detail: refusal.Message
                ),
                CancellationToken.None
            );
            return Refused(StatusCodes.Status400BadRequest, refusal.Error, refusal.Message);
        }
    }

    /// <summary>What is once begun is done, though the provider waits no longer.</summary>
    private async Task EndAsync(string name, ProviderOptions provider, ProviderLogoutToken token)
    {
        var left = token.ExpiresAt + ProviderLogoutToken.Slack - time.GetUtcNow();
        var once = $"logout {name}\n{provider.Authority}\n{token.Id}";
        if (!await used.UseAsync(once, left, CancellationToken.None))
        {
            throw new LogoutTokenException("The token was told before (jti).");
        }
        try
        {
            await EndOnceAsync(name, provider, token);
        }
        catch
        {
            // Not all of it is done, so it may be told again.
            await used.ForgetAsync(once, CancellationToken.None);
            throw;
        }
    }

    private async Task EndOnceAsync(string name, ProviderOptions provider, ProviderLogoutToken token)
    {
        var link = token.Subject is { } subject ? ExternalPersonRow.IdOf(name, token.Issuer, subject) : null;
        var session = token.Session is { } there ? ExternalSession.IdOf(name, token.Issuer, there) : null;
        if (session is not null)
        {
            await used.UseAsync(ExternalSession.Left(session), ExternalSession.Remembered, CancellationToken.None);
        }
        else if (link is not null)
        {
            await used.NoteAsync(ExternalSession.LeftAll(link), ExternalSession.Remembered, CancellationToken.None);
        }
        var those = await sessions.VouchedAsync(link, session, CancellationToken.None);
        var who = link is null ? null : await external.FindAsync(link, CancellationToken.None);
        await audit.AppendAsync(
            new AuditEntry(
                new AuditActor("system", "provider", provider.Shown(name)),
                "logout.received",
                Target: those is [var first, ..] ? first.PersonId : who?.PersonId ?? name,
                Detail: those.Count switch
                {
                    0 => $"{name} says that a session ended there. None here came by it.",
                    1 => $"{name} says that a session ended there. The one here that came by it ends.",
                    var count => $"{name} says that sessions ended there. The {count} here that came by them end.",
                }
            ),
            CancellationToken.None
        );
        await sessions.EndAsync(those);
        // After the sessions, so that nothing is begun in one of them that is not ended here.
        if (await begun.EndAsync(those, link, session) is > 0 and var consents)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("system", "provider", provider.Shown(name)),
                    "logout.programsEnded",
                    Target: those is [var ended, ..] ? ended.PersonId : who?.PersonId ?? name,
                    Detail: consents == 1
                        ? "What a program was given in it has ended."
                        : $"What programs were given in them ({consents}) has ended."
                ),
                CancellationToken.None
            );
        }
    }

    private static async Task<string> TokenInAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            throw new LogoutTokenException($"Send {Field} as application/x-www-form-urlencoded.");
        }
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form[Field] is [{ Length: > 0 } token]
                ? token
                : throw new LogoutTokenException($"Send one {Field}, and not more.");
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            throw new LogoutTokenException("The form can't be read, or is longer than 32 KB.");
        }
    }

    /// <exception cref="LogoutTokenException">Its keys can't be had, so nothing of it can be checked.</exception>
    private static async Task RequireKeysAsync(
        OpenIdConnectOptions scheme,
        string shown,
        CancellationToken cancellation
    )
    {
        try
        {
            if (await KeysAsync() is { SigningKeys.Count: > 0 })
            {
                return;
            }
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or IOException or HttpRequestException or JsonException
                || (exception is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            // Said below.
        }
        throw new LogoutTokenException(
            $"The keys of {shown} can't be had, so the token can't be checked. Send it again later.",
            "temporarily_unavailable"
        );

        Task<OpenIdConnectConfiguration> KeysAsync() =>
            scheme.ConfigurationManager is { } manager
                ? manager.GetConfigurationAsync(cancellation)
                : throw new InvalidOperationException("Nothing says where its keys are.");
    }

    private static IResult Refused(int status, string error, string description) =>
        Results.Json(
            new Dictionary<string, string> { ["error"] = error, ["error_description"] = description },
            statusCode: status
        );
}
