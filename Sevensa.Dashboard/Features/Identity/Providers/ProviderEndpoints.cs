using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>The ways out to a provider: to sign in there, and to sign out there too.</summary>
internal static class ProviderEndpoints
{
    public static void MapProviders(this IEndpointRouteBuilder app)
    {
        // Of a provider's server and no browser: the token in it is all that counts, no cookie is looked at.
        app.MapPost(
                $"{ProviderLogout.Path}/{{provider}}",
                (string provider, HttpContext context, ProviderLogout logout) => logout.AnswerAsync(context, provider)
            )
            .WithMetadata(new RequestSizeLimitAttribute(ProviderLogout.LongestBody))
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
        // Links and no forms: browsers hold a form to where its page lets forms lead, redirect by redirect. Any page can lead here by
        // one: whoever is signed in stays it, unless they are to prove it anew there, or to link it.
        app.MapGet(
                $"{ProviderSchemes.Path}/{{provider}}",
                (string provider, string? returnUrl, string? again, string? link, HttpContext context) =>
                    again != "true" && link is null && Caller.From(context.User) is not null
                        ? Task.FromResult(
                            Results.Redirect(
                                context.Local("/signin") + QueryString.Create(ProviderDesk.ReturnUrl, returnUrl ?? "")
                            )
                        )
                        : GoAsync(
                            context,
                            provider,
                            scheme => context.ChallengeAsync(scheme, Asked(context, returnUrl, again == "true", link))
                        )
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
        app.MapGet(
                $"{ProviderSchemes.Path}/{{provider}}/leave",
                (string provider, HttpContext context) =>
                    GoAsync(
                        context,
                        provider,
                        scheme =>
                            context.SignOutAsync(
                                scheme,
                                new AuthenticationProperties { RedirectUri = context.Local("/signin") }
                            )
                    )
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static OpenIdConnectChallengeProperties Asked(
        HttpContext context,
        string? returnUrl,
        bool isAgain,
        string? link
    )
    {
        var properties = new OpenIdConnectChallengeProperties { RedirectUri = context.Local("/signin") };
        if (returnUrl is { Length: > 0 and < 3_000 })
        {
            properties.Items[ProviderDesk.ReturnUrl] = returnUrl;
        }
        if (isAgain)
        {
            properties.Items[ProviderDesk.Again] = "true";
        }
        if (link is { Length: > 0 and < 1_000 })
        {
            properties.Items[ProviderDesk.Link] = link;
        }
        if (isAgain || link is not null)
        {
            var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
            properties.Items[ProviderDesk.AskedAt] = now.ToUnixTimeMilliseconds()
                .ToString(CultureInfo.InvariantCulture);
            properties.Prompt = "login";
            // With it the provider has to say when they did.
            properties.MaxAge = TimeSpan.Zero;
        }
        return properties;
    }

    private static async Task<IResult> GoAsync(HttpContext context, string provider, Func<string, Task> goAsync)
    {
        var known = context.RequestServices.GetRequiredService<IOptions<IdentityOptions>>().Value.Providers;
        if (!known.ContainsKey(provider))
        {
            return Results.Redirect(context.Local("/signin"));
        }
        try
        {
            await goAsync(ProviderSchemes.Of(provider));
            return Results.Empty;
        }
        catch (Exception exception)
            when (exception
                    is InvalidOperationException
                        or IOException
                        or HttpRequestException
                        or AuthenticationFailureException
                        or JsonException
                || (exception is OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
            )
        {
            // What it fetched first of all is where to send people: it is not there.
            var desk = context.RequestServices.GetRequiredService<ProviderDesk>();
            return Results.Redirect(await desk.FailAsync(context, provider, exception));
        }
    }
}
