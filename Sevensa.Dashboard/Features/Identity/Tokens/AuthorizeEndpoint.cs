using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// Where a program sends a person who shall let it act for them. By now the server has checked the client, its redirect address
/// and the code challenge; here the person signs in, and says yes or no on <c>/consent</c>.
/// </summary>
internal static class AuthorizeEndpoint
{
    public const string ConsentPath = "/consent";
    public const string Decision = "decision";
    public const string Allow = "allow";
    public const string Deny = "deny";
    public const string AntiforgeryField = "__RequestVerificationToken";

    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        PersonStore people,
        IAuditLog audit,
        IAntiforgery antiforgery,
        SessionStore sessions,
        SignInAgain again,
        StepUp stepUp,
        GivenConsents consents,
        BegunConsents begun,
        LogoutStore leaving,
        PublicAddress address,
        CancellationToken cancellation
    )
    {
        var request =
            context.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The token server passed a request that it did not read.");
        var isSole =
            context.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction is { } transaction
            && SoleRedirect.IsFilled(transaction);
        if (await callers.FindClientAsync(request.ClientId ?? "", cancellation) is not { } client)
        {
            return TokenEndpoint.Refuse(Errors.UnauthorizedClient, "This client is disabled.");
        }
        if (TokenEndpoint.Beyond(client, request.GetScopes()) is { } beyond)
        {
            return TokenEndpoint.Refuse(Errors.InvalidScope, $"This client may not ask for {beyond}.");
        }
        if (TokenEndpoint.Foreign(request, address.BaseFor(context.Request)) is { } foreign)
        {
            return TokenEndpoint.Refuse(TokenEndpoint.InvalidTarget, $"{foreign} is nothing of this server.");
        }
        var signedIn = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var person =
            signedIn.Succeeded && Caller.From(signedIn.Principal) is { } known
                ? await people.FindAsync(known.Subject, cancellation)
                : null;
        var proof = signedIn.Principal?.FindFirstValue(CallerPrincipal.Session) is { } session
            ? await sessions.ProofAsync(session, cancellation)
            : null;
        if (person is null or { Disabled: true } || proof is not { } proved)
        {
            return request.HasPromptValue(PromptValues.None)
                ? TokenEndpoint.Refuse(Errors.LoginRequired, "Nobody is signed in.")
                : ToSignIn();
        }
        if (await HintedAsync(context) is { } hinted && hinted != person.Id)
        {
            // Whoever signed in for this very request as somebody else is not asked for ever.
            return request.HasPromptValue(PromptValues.None) || again.IsDone(request, proved.At)
                ? TokenEndpoint.Refuse(Errors.LoginRequired, "Somebody else is signed in.")
                : ToSignIn(isAgain: true);
        }
        var asked = Asked(client, request.GetScopes());
        var caller = await callers.OfPersonAsync(client, person.Id, cancellation);
        var granted = (caller?.Scopes ?? ApiScopes.None) & ScopeWords.Parse(asked);
        if (again.IsWanted(request, proved.At, granted))
        {
            return request.HasPromptValue(PromptValues.None)
                ? TokenEndpoint.Refuse(Errors.LoginRequired, "The person has to sign in again.")
                : ToSignIn(isAgain: true);
        }
        // What a program is given outlasts the session, so that one in doubt gives nothing: the page says so, and where to prove it.
        var doubt = await stepUp.DoubtAsync(Caller.From(signedIn.Principal!)!, cancellation);
        var decision = HttpMethods.IsPost(context.Request.Method) ? (string?)request[Decision] : null;
        if (decision is not (Allow or Deny))
        {
            if (
                doubt is null
                && caller is not null
                && !request.HasPromptValue(PromptValues.Consent)
                && await consents.CoversAsync(client, person, asked, cancellation)
            )
            {
                await audit.AppendAsync(
                    new AuditEntry(
                        person.ToCaller().Actor(),
                        "apiClient.entered",
                        Target: client.Id,
                        Detail: $"As allowed before: {string.Join(' ', asked)}"
                    ),
                    cancellation
                );
                return await SignInAsync(caller);
            }
            return request.HasPromptValue(PromptValues.None)
                ? doubt is null
                    ? TokenEndpoint.Refuse(Errors.ConsentRequired, "The person has to be asked.")
                    : TokenEndpoint.Refuse(Errors.LoginRequired, "The person has to sign in again.")
                : Results.Redirect(context.Local(ConsentPath) + Query());
        }
        // The answer counts only from our own page.
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Results.Redirect(context.Local(ConsentPath) + Query());
        }
        if (decision == Allow && doubt is not null)
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
            return Results.Redirect(context.Local(ConsentPath) + Query());
        }
        var allowed = decision == Allow && caller is not null;
        await audit.AppendAsync(
            new AuditEntry(
                person.ToCaller().Actor(),
                allowed ? "apiClient.allowed" : "apiClient.denied",
                Target: client.Id,
                Outcome: allowed ? AuditOutcome.Ok : AuditOutcome.Refused,
                Detail: string.Join(' ', asked)
            ),
            cancellation
        );
        if (!allowed)
        {
            return TokenEndpoint.Refuse(Errors.AccessDenied, "The person said no.");
        }
        await consents.KeepAsync(client, person, asked, cancellation);
        return await SignInAsync(caller!);

        async Task<IResult> SignInAsync(Caller who)
        {
            if (client.BackchannelLogoutUri is not null)
            {
                await leaving.NoteAsync(proved.Session, client.Id, person.Id, IssuerOf(context), cancellation);
            }
            var principal = TokenEndpoint.OfPerson(who, client, person, asked, proved);
            principal.SetResources(request.GetResources());
            principal.SetAuthorizationId(await begun.BeginAsync(client, person, asked, proved.Session, cancellation));
            return TokenEndpoint.SignIn(principal);
        }

        IResult ToSignIn(bool isAgain = false)
        {
            var back = context.Local(OidcServer.AuthorizePath) + Query((SignInAgain.Parameter, again.Now(request)));
            var query = QueryString.Create("returnUrl", back);
            return Results.Redirect(context.Local("/signin") + (isAgain ? query.Add("again", "true") : query));
        }

        QueryString Query(params (string Name, string Value)[] further)
        {
            var query = new QueryBuilder();
            foreach (var (name, value) in request.GetParameters())
            {
                if (
                    !IsOurs(name)
                    && !further.Any(one => one.Name == name)
                    && (ImmutableArray<string?>?)value is { } texts
                    && !(name == Parameters.RedirectUri && isSole)
                )
                {
                    query.Add(name, texts.OfType<string>());
                }
            }
            foreach (var (name, value) in further)
            {
                query.Add(name, value);
            }
            return query.ToQueryString();
        }
    }

    /// <summary>As tokens of this request name it.</summary>
    public static string IssuerOf(HttpContext context)
    {
        var transaction = context.Features.Get<OpenIddictServerAspNetCoreFeature>()!.Transaction!;
        return (transaction.Options.Issuer ?? transaction.BaseUri!).AbsoluteUri;
    }

    /// <summary>
    /// Whom the program takes to be there, by the identity token that it got before: nobody else is sent back in their place (OpenID
    /// Connect Core, section 3.1.2.1). Null where it names nobody, or with nothing of ours.
    /// </summary>
    private static async Task<string?> HintedAsync(HttpContext context) =>
        (await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal?.GetClaim(
            Claims.Subject
        );

    /// <summary>What our own form adds, and what a pushed request was fetched by, is no part of what the client asked.</summary>
    private static bool IsOurs(string name) => name is Decision or AntiforgeryField or Parameters.RequestUri;

    /// <summary>A client that names no scope of ours asks for all that it may have.</summary>
    public static IReadOnlyList<string> Asked(ApiClient client, IEnumerable<string> words)
    {
        var named = words.ToList();
        return ScopeWords.Parse(named) == ApiScopes.None ? [.. named, .. client.Scopes.Words()] : named;
    }
}
