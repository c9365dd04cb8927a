using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Where a program sends a person who signs out of it (OpenID Connect RP-Initiated Logout 1.0). With the person's own identity token
/// the session ends at once; without one they are asked, since any page could send them here.
/// </summary>
internal static class EndSessionEndpoint
{
    public const string AskPath = "/signing-out";

    public static async Task<IResult> AnswerAsync(HttpContext context, SignInDesk desk, IAntiforgery antiforgery)
    {
        var request =
            context.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The token server passed a request that it did not read.");
        var signedIn = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        if (signedIn.Succeeded && Caller.From(signedIn.Principal) is { } caller)
        {
            var hint = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
            var isOwn = hint.Principal?.GetClaim(Claims.Subject) == caller.Subject;
            var isSure =
                isOwn || (HttpMethods.IsPost(context.Request.Method) && await antiforgery.IsRequestValidAsync(context));
            if (!isSure)
            {
                return Results.Redirect(context.Local(AskPath) + Query(request));
            }
            context.User = signedIn.Principal;
            await desk.SignOutAsync(context);
            if (HttpMethods.IsPost(context.Request.Method))
            {
                // Out of here the way begins on a page: browsers hold a form to where its page let forms lead.
                return Results.Redirect(context.Local(AskPath) + Query(request));
            }
        }
        return Results.SignOut(
            new AuthenticationProperties { RedirectUri = context.Local("/signin") },
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
    }

    private static QueryString Query(OpenIddictRequest request)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in request.GetParameters())
        {
            if (name is not AuthorizeEndpoint.AntiforgeryField && (string?)value is { } text)
            {
                query.Add(name, text);
            }
        }
        return query.ToQueryString();
    }
}
