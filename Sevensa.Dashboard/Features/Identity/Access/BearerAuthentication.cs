using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Shell;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Reads an access token of the built-in server, a personal access token, or (for WebSockets only) a ticket. Whom it acts for
/// is looked up each time: a token of a disabled person or client opens nothing.
/// </summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    ReadTokens read,
    TokenCallers callers,
    TokenFamilyStore families,
    PersonalTokenStore personal,
    TicketStore tickets
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        try
        {
            return await WhoAsync();
        }
        catch (Exception exception)
            when (StoreFault.In(exception) is not null
                && Context.GetEndpoint()?.Metadata.GetMetadata<AnswersWithoutStore>() is not null
            )
        {
            return AuthenticateResult.NoResult();
        }
    }

    private async Task<AuthenticateResult> WhoAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            var token = header[Prefix.Length..].Trim();
            return PersonalTokenStore.Looks(token)
                ? Result(await personal.CallerOfAsync(token, Context.RequestAborted))
                : await FromAccessTokenAsync(token);
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
        List<string> told = [];
        if (Request.Headers.Authorization.Count > 0)
        {
            told.Add("error=\"invalid_token\"");
        }
        if (Request.Path.StartsWithSegments("/mcp"))
        {
            // Its clients find from here how to sign in (RFC 9728, section 5.1).
            var address = Context.RequestServices.GetRequiredService<PublicAddress>().BaseFor(Request);
            told.Add($"resource_metadata=\"{address}{WellKnown.McpResourcePath}\"");
        }
        Response.Headers.WWWAuthenticate = told.Count > 0 ? $"Bearer {string.Join(", ", told)}" : "Bearer";
        return Task.CompletedTask;
    }

    private async Task<AuthenticateResult> FromAccessTokenAsync(string text)
    {
        if ((read.Find(text, Request) ?? await ReadAsync(text)) is not { } token)
        {
            return AuthenticateResult.Fail("The access token is not valid here, or no longer.");
        }
        if (
            token.Audiences.Count > 0
            && !token.IsFor(
                Context.RequestServices.GetRequiredService<PublicAddress>().BaseFor(Request) + Request.Path.Value
            )
        )
        {
            return AuthenticateResult.Fail("The access token was given for something else.");
        }
        if (!await families.IsLiveAsync(token.Id, token.Subject, token.Client, Context.RequestAborted))
        {
            return Result((ClaimsPrincipal?)null);
        }
        var caller = await callers.FindAsync(
            token.Client,
            token.Subject,
            token.Scopes,
            token.Mark,
            Context.RequestAborted
        );
        return Result(caller is null ? null : token.PrincipalOf(caller));
    }

    /// <summary>Has the token server check signature, issuer and times; null when one of them is wrong.</summary>
    private async Task<ReadToken?> ReadAsync(string text)
    {
        const string scheme = OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme;
        var handlers = Context.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        // It takes note of the request before it can be asked.
        if (
            await handlers.GetHandlerAsync(Context, scheme) is IAuthenticationRequestHandler reader
            && await reader.HandleRequestAsync()
        )
        {
            return null;
        }
        var result = await Context.AuthenticateAsync(scheme);
        if (result is not { Succeeded: true, Principal: { } principal } || principal.GetTokenId() is not { } id)
        {
            return null;
        }
        var token = new ReadToken(
            id,
            principal.FindFirstValue(OpenIddictConstants.Claims.ClientId)
                ?? principal.FindFirstValue(CallerClaims.Client)
                ?? "",
            principal.FindFirstValue(CallerClaims.Subject) ?? "",
            ScopeWords.Parse(principal.GetScopes()),
            principal.FindFirstValue(CallerPrincipal.StampMark),
            principal.GetAuthorizationId(),
            principal.GetExpirationDate(),
            [.. principal.GetAudiences()]
        );
        read.Keep(text, Request, token);
        return token;
    }

    private AuthenticateResult Result(Caller? caller) =>
        Result(caller is null ? null : CallerPrincipal.Of(caller, Scheme.Name));

    private AuthenticateResult Result(ClaimsPrincipal? principal) =>
        principal is null
            ? AuthenticateResult.Fail("The token is not valid here, or no longer.")
            : AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
}
