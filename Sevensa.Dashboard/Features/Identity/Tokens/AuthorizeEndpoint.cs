using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
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

    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        PersonStore people,
        IAuditLog audit,
        IAntiforgery antiforgery,
        CancellationToken cancellation
    )
    {
        var request =
            context.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The token server passed a request that it did not read.");
        if (await callers.FindClientAsync(request.ClientId ?? "", cancellation) is not { } client)
        {
            return TokenEndpoint.Refuse(Errors.UnauthorizedClient, "This client is disabled.");
        }
        if (TokenEndpoint.Beyond(client, request.GetScopes()) is { } beyond)
        {
            return TokenEndpoint.Refuse(Errors.InvalidScope, $"This client may not ask for {beyond}.");
        }
        var signedIn = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var person =
            signedIn.Succeeded && Caller.From(signedIn.Principal) is { } known
                ? await people.FindAsync(known.Subject, cancellation)
                : null;
        if (person is null or { Disabled: true })
        {
            return request.HasPromptValue(PromptValues.None)
                ? TokenEndpoint.Refuse(Errors.LoginRequired, "Nobody is signed in.")
                : Results.Redirect(
                    context.Local("/signin") + QueryString.Create("returnUrl", context.Local(AuthorizeUrl(request)))
                );
        }
        var decision = HttpMethods.IsPost(context.Request.Method) ? (string?)request[Decision] : null;
        if (decision is not (Allow or Deny))
        {
            return request.HasPromptValue(PromptValues.None)
                ? TokenEndpoint.Refuse(Errors.ConsentRequired, "The person has to be asked.")
                : Results.Redirect(context.Local(ConsentPath) + Query(request));
        }
        // The answer counts only from our own page.
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Results.Redirect(context.Local(ConsentPath) + Query(request));
        }
        var caller = await callers.OfPersonAsync(client, person.Id, cancellation);
        var allowed = decision == Allow && caller is not null;
        await audit.AppendAsync(
            new AuditEntry(
                person.ToCaller().Actor(),
                allowed ? "apiClient.allowed" : "apiClient.denied",
                Target: client.Id,
                Outcome: allowed ? AuditOutcome.Ok : AuditOutcome.Refused,
                Detail: string.Join(' ', Asked(client, request.GetScopes()))
            ),
            cancellation
        );
        return allowed
            ? TokenEndpoint.SignIn(
                TokenEndpoint.OfPerson(caller!, client, person.SecurityStamp, Asked(client, request.GetScopes()))
            )
            : TokenEndpoint.Refuse(Errors.AccessDenied, "The person said no.");
    }

    /// <summary>A client that names no scope of ours asks for all that it may have.</summary>
    public static IReadOnlyList<string> Asked(ApiClient client, IEnumerable<string> words)
    {
        var named = words.ToList();
        return ScopeWords.Parse(named) == ApiScopes.None ? [.. named, .. client.Scopes.Words()] : named;
    }

    private static string AuthorizeUrl(OpenIddictRequest request) => OidcServer.AuthorizePath + Query(request);

    private static QueryString Query(OpenIddictRequest request)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in request.GetParameters())
        {
            // What our own form adds is no part of what the client asked.
            if (name is not (Decision or "__RequestVerificationToken") && (string?)value is { } text)
            {
                query.Add(name, text);
            }
        }
        return query.ToQueryString();
    }
}
