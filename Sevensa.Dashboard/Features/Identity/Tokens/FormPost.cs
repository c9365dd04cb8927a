using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Platform.Security;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// The answer to a program that wants it posted (<c>response_mode=form_post</c>, the default of ASP.NET Core's handler): a page of the
/// token server's whose one line of script sends its form to the program. That line and that target are allowed there, nothing else.
/// </summary>
internal static class FormPost
{
    /// <summary>What the token server writes into its page.</summary>
    private const string Script = "document.form.submit();";

    public static OpenIddictServerHandlerDescriptor Allowed { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyAuthorizationResponseContext>()
            .UseInlineHandler(context =>
            {
                if (
                    context is { ResponseMode: ResponseModes.FormPost, RedirectUri: { Length: > 0 } target }
                    && context.Transaction.GetHttpRequest()?.HttpContext is { } http
                )
                {
                    http.AllowOnlyToSend(Script, target);
                }
                return ValueTask.CompletedTask;
            })
            .SetOrder(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order - 1)
            .Build();
}
