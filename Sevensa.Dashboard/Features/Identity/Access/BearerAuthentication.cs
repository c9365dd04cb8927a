using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Reads an access token of the built-in server, a personal access token, or (for WebSockets only) a ticket. Whom it acts for
/// is looked up each time: a token of a disabled person or client opens nothing.
/// </summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    TokenCallers callers,
    TokenFamilyStore families,
    PersonalTokenStore personal,
    TicketStore tickets
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            var token = header[Prefix.Length..].Trim();
            return PersonalTokenStore.Looks(token)
                ? Result(await personal.CallerOfAsync(token, Context.RequestAborted))
                : await FromAccessTokenAsync();
        }
        var takes = Context.GetEndpoint()?.Metadata.GetMetadata<TakesTickets>() is not null;
        var upgrade = string.Equals(Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);
        if (takes && upgrade && Request.Query[TicketStore.Parameter].ToString() is { Length: > 0 } ticket)
        {
            return Result(await tickets.RedeemAsync(ticket, Request, Context.RequestAborted));
        }
        return AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate =
            Request.Headers.Authorization.Count > 0 ? "Bearer error=\"invalid_token\"" : "Bearer";
        return Task.CompletedTask;
    }

    private async Task<AuthenticateResult> FromAccessTokenAsync()
    {
        var result = await Context.AuthenticateAsync(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        if (!result.Succeeded)
        {
            return AuthenticateResult.Fail("The access token is not valid here, or no longer.");
        }
        var principal = result.Principal;
        if (principal.GetTokenId() is not { } token || !await families.IsLiveAsync(token, Context.RequestAborted))
        {
            return Result((ClaimsPrincipal?)null);
        }
        var mark = principal.FindFirstValue(CallerPrincipal.StampMark);
        var caller = await callers.FindAsync(
            principal.FindFirstValue(OpenIddictConstants.Claims.ClientId)
                ?? principal.FindFirstValue(CallerClaims.Client)
                ?? "",
            principal.FindFirstValue(CallerClaims.Subject) ?? "",
            ScopeWords.Parse(principal.GetScopes()),
            mark,
            Context.RequestAborted
        );
        return Result(
            caller is null
                ? null
                : RightsToday.OfAccessToken(
                    caller with
                    {
                        Token = token,
                    },
                    mark,
                    principal.GetAuthorizationId(),
                    principal.GetExpirationDate()?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
                )
        );
    }

    private AuthenticateResult Result(Caller? caller) =>
        Result(caller is null ? null : CallerPrincipal.Of(caller, Scheme.Name));

    private AuthenticateResult Result(ClaimsPrincipal? principal) =>
        principal is null
            ? AuthenticateResult.Fail("The token is not valid here, or no longer.")
            : AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
}
