using System.Text.Json;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>A program that waits behind a code, as the page shows it that asks a person about it.</summary>
/// <param name="At">When it asked.</param>
internal sealed record DeviceAsks(string Code, string Client, IReadOnlyList<string> Scopes, DateTimeOffset? At = null)
{
    private const string Purpose = "what a device asks";

    public string Seal(IDataProtectionProvider protection) =>
        protection.CreateProtector(Purpose).Protect(JsonSerializer.Serialize(this));

    /// <returns>Null when it was not sealed here.</returns>
    public static DeviceAsks? Read(IDataProtectionProvider protection, string text)
    {
        try
        {
            return text.Length is 0 or > 4_000
                ? null
                : JsonSerializer.Deserialize<DeviceAsks>(protection.CreateProtector(Purpose).Unprotect(text));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}

/// <summary>
/// Takes a code that somebody typed on <c>/device</c>, looks up who waits behind it, and then their yes or no. Whoever is not signed
/// in does that first. A code that comes by a link is typed in for nobody: it fills the field, and who sent the link has not asked yet.
/// Wrong codes count by address and by person.
/// </summary>
internal static class VerifyEndpoint
{
    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        PersonStore people,
        SessionStore sessions,
        LogoutStore leaving,
        BegunConsents begun,
        StepUp stepUp,
        FailureLimiter failures,
        IDataProtectionProvider protection,
        IAntiforgery antiforgery,
        IAuditLog audit,
        CancellationToken cancellation
    )
    {
        var request =
            context.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The token server passed a request that it did not read.");
        var signedIn = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var person =
            signedIn.Succeeded && Caller.From(signedIn.Principal) is { } known
                ? await people.FindAsync(known.Subject, cancellation)
                : null;
        var proof = signedIn.Principal?.GetClaim(CallerPrincipal.Session) is { } session
            ? await sessions.ProofAsync(session, cancellation)
            : null;
        if (person is null or { Disabled: true } || proof is null)
        {
            return Results.Redirect(
                context.Local("/signin")
                    + QueryString.Create("returnUrl", context.Local(DeviceCodes.PagePath) + Typed(request.UserCode))
            );
        }
        // From our own page alone, code and answer alike.
        if (!HttpMethods.IsPost(context.Request.Method) || !await antiforgery.IsRequestValidAsync(context))
        {
            return Results.Redirect(context.Local(DeviceCodes.PagePath) + Typed(request.UserCode));
        }
        var address = context.NetworkOf();
        var (byAddress, byPerson) = ($"{address} device", $"{person.Id} device");
        if (failures.IsOver(byAddress) || failures.IsOver(byPerson))
        {
            return ToPage("trouble", "many");
        }
        var shown = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        if (
            shown is not { Succeeded: true, Principal: { } waiting }
            || waiting.GetClaim(Claims.ClientId) is not { Length: > 0 } id
            || await callers.FindClientAsync(id, cancellation) is not { IsForDevices: true } client
            || await callers.OfPersonAsync(client, person.Id, cancellation) is not { } caller
        )
        {
            failures.Note(byAddress);
            failures.Note(byPerson);
            return ToPage("trouble", "code");
        }
        var asked = AuthorizeEndpoint.Asked(client, waiting.GetScopes());
        var decision = (string?)request[AuthorizeEndpoint.Decision];
        var asks = new DeviceAsks(request.UserCode ?? "", client.Id, asked, waiting.GetCreationDate()).Seal(protection);
        if (decision is not (AuthorizeEndpoint.Allow or AuthorizeEndpoint.Deny))
        {
            return ToPage("asks", asks);
        }
        var allowed = decision == AuthorizeEndpoint.Allow;
        if (allowed && TakesProof(caller.Scopes & ScopeWords.Parse(asked)))
        {
            try
            {
                await stepUp.AssureAsync(
                    Caller.From(signedIn.Principal!)!,
                    (string?)request[Given] ?? "",
                    $"device.allow {client.Id}",
                    cancellation
                );
            }
            catch (ForbiddenException)
            {
                return Results.Redirect(
                    context.Local(DeviceCodes.PagePath) + QueryString.Create("asks", asks).Add("trouble", "proof")
                );
            }
        }
        // Whoever has just proved it is in none.
        if (allowed && await stepUp.DoubtAsync(Caller.From(signedIn.Principal!)!, cancellation) is { } doubt)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    person.ToCaller().Actor(),
                    "apiClient.allowed",
                    Target: client.Id,
                    Outcome: AuditOutcome.Refused,
                    Detail: doubt
                ),
                cancellation
            );
            return ToPage("asks", asks);
        }
        await audit.AppendAsync(
            new AuditEntry(
                person.ToCaller().Actor(),
                allowed ? "apiClient.allowed" : "apiClient.denied",
                Target: client.Id,
                Outcome: allowed ? AuditOutcome.Ok : AuditOutcome.Refused,
                Detail: $"On a device, by its code: {string.Join(' ', asked)}"
            ),
            cancellation
        );
        var done = new AuthenticationProperties
        {
            RedirectUri =
                context.Local(DeviceCodes.PagePath) + QueryString.Create("done", allowed ? "allowed" : "denied"),
        };
        if (allowed && client.BackchannelLogoutUri is not null)
        {
            await leaving.NoteAsync(
                proof.Session,
                client.Id,
                person.Id,
                AuthorizeEndpoint.IssuerOf(context),
                cancellation
            );
        }
        if (!allowed)
        {
            return Results.Forbid(done, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
        }
        var principal = TokenEndpoint.OfPerson(caller, client, person, asked, proof);
        principal.SetAuthorizationId(await begun.BeginAsync(client, person, asked, proof.Session, cancellation));
        return Results.SignIn(principal, done, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);

        IResult ToPage(string name, string value) =>
            Results.Redirect(context.Local(DeviceCodes.PagePath) + QueryString.Create(name, value));
    }

    /// <summary>Field with the password or a code.</summary>
    public const string Given = "given";

    /// <summary>Whether a click alone is too little: it is for good, and whoever shows the code may be anybody.</summary>
    public static bool TakesProof(ApiScopes granted) =>
        (granted & (ApiScopes.Approve | ApiScopes.Admin)) != ApiScopes.None;

    private static QueryString Typed(string? code) =>
        string.IsNullOrEmpty(code) ? QueryString.Empty : QueryString.Create("user_code", code);
}
