using System.Text;
using Microsoft.AspNetCore.Authentication;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>
/// Answers a reverse proxy whether a request may go on to a service: 2xx with who it is, a redirect to the sign-in for a
/// browser, 401 for a program, 403 for who may not. Made for Traefik's forwardAuth, Caddy's forward_auth and, by
/// <see cref="CheckPath"/>, nginx's auth_request.
/// </summary>
internal static class ForwardAuthEndpoint
{
    public const string Path = "/forward-auth";

    /// <summary>The same, with 401 in place of the redirect: nginx's auth_request takes any other answer for a fault.</summary>
    public const string CheckPath = Path + "/check";

    public const string SignInPath = Path + "/sign-in";

    public static void MapForwardAuth(this IEndpointRouteBuilder app)
    {
        app.Map(Path, (HttpContext context) => AnswerAsync(context, mayRedirect: true))
            .AllowAnonymous()
            .ExcludeFromDescription();
        app.Map(CheckPath, (HttpContext context) => AnswerAsync(context, mayRedirect: false))
            .AllowAnonymous()
            .ExcludeFromDescription();
        app.MapGet(SignInPath, SignInAsync).RequireAuthorization(Policies.Portal).ExcludeFromDescription();
    }

    private static async Task AnswerAsync(HttpContext context, bool mayRedirect)
    {
        // A proxy may keep none of these answers, nor may a browser.
        context.Response.Headers.CacheControl = "no-store";
        if (ForwardedRequest.From(context) is not { } asked)
        {
            await ForwardAuthPage.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                "This address is for a reverse proxy",
                "It asks here about a request with X-Forwarded-Method, X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Uri, one of each. See docs/protect-a-service.md."
            );
            return;
        }
        var services = context.RequestServices;
        var rules = services.GetRequiredService<ProtectedServices>().For(asked);
        if (rules.Count == 0)
        {
            await SayShutAsync(context, asked);
            return;
        }
        var entry = services.GetRequiredService<ServiceEntry>();
        var (code, clean) = ServiceEntry.CodeIn(asked);
        if (code is not null && asked.IsSafe)
        {
            await EnterAsync(context, entry, asked, code, clean, rules[0]);
            return;
        }
        var caller = await CallerAsync(context, entry, asked);
        if (caller is null && rules.Any(rule => rule.Access != ServiceAccess.Anybody))
        {
            await AskToSignInAsync(context, asked, mayRedirect);
            return;
        }
        if (
            caller is not null
            && rules.FirstOrDefault(rule => !ProtectedServices.Opens(rule, caller, asked)) is { } shut
        )
        {
            await RefuseAsync(context, shut, caller, asked);
            return;
        }
        // A name to show can be anybody's; the name to sign in with is one person's.
        var person = caller is { IsPerson: true }
            ? await services.GetRequiredService<PersonStore>().FindAsync(caller.Subject, context.RequestAborted)
            : null;
        Tell(context.Response.Headers, caller, person?.UserName ?? caller?.Subject);
    }

    private static async ValueTask<Caller?> CallerAsync(HttpContext context, ServiceEntry entry, ForwardedRequest asked)
    {
        if (
            context.Request.Headers.Authorization.Count > 0
            && await context.AuthenticateAsync(Schemes.Bearer) is { Succeeded: true, Principal: { } bearer }
        )
        {
            return Caller.From(bearer);
        }
        // The console's own session comes along where the service is below the console's host.
        return await entry.CallerAsync(context, asked) ?? Caller.From(context.User);
    }

    private static async Task EnterAsync(
        HttpContext context,
        ServiceEntry entry,
        ForwardedRequest asked,
        string code,
        string clean,
        ProtectedServiceOptions rule
    )
    {
        if (await entry.RedeemAsync(context, asked, code) is not { } caller)
        {
            // Not sent to the sign-in again: without cookies that would go round for ever.
            await ForwardAuthPage.WriteAsync(
                context,
                StatusCodes.Status401Unauthorized,
                "You are not signed in here yet",
                $"The way from the sign-in took longer than a minute, began in another browser, or this browser keeps no cookies of {asked.Host}.",
                (clean, "Try again")
            );
            return;
        }
        await context
            .RequestServices.GetRequiredService<IAuditLog>()
            .AppendAsync(
                new AuditEntry(caller.Actor(), "service.entered", Target: rule.Name, Detail: $"At {asked.Host}."),
                context.RequestAborted
            );
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = clean;
    }

    private static async Task AskToSignInAsync(HttpContext context, ForwardedRequest asked, bool mayRedirect)
    {
        if (!mayRedirect || !asked.WantsPage(context.Request.Headers))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate =
                context.Request.Headers.Authorization.Count > 0 ? "Bearer error=\"invalid_token\"" : "Bearer";
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(
                "Sign in with a browser, or send \"Authorization: Bearer\" with a token of the console.\n",
                context.RequestAborted
            );
            return;
        }
        var start = ServiceEntry.Begin(context, asked);
        var address = BaseFor(context.Request, asked);
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location =
            $"{address}{SignInPath}?to={Uri.EscapeDataString(asked.Address)}&mark={start}";
    }

    /// <summary>Some proxies ask with the service's host in Host, where nobody could sign in.</summary>
    private static string BaseFor(HttpRequest request, ForwardedRequest asked)
    {
        var address = request.HttpContext.RequestServices.GetRequiredService<PublicAddress>();
        var isTheServices = string.Equals(request.Host.Value, asked.Host, StringComparison.OrdinalIgnoreCase);
        return isTheServices ? address.Base : address.BaseFor(request);
    }

    private static Task SayShutAsync(HttpContext context, ForwardedRequest asked) =>
        ForwardAuthPage.WriteAsync(
            context,
            StatusCodes.Status403Forbidden,
            "Nothing is open at this address",
            $"No entry of ProtectedServices names {asked.Host}{asked.Path}, so it is shut."
        );

    private static async Task RefuseAsync(
        HttpContext context,
        ProtectedServiceOptions rule,
        Caller caller,
        ForwardedRequest asked
    )
    {
        await context
            .RequestServices.GetRequiredService<IAuditLog>()
            .AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "access.refused",
                    Target: rule.Name,
                    Outcome: AuditOutcome.Refused,
                    Detail: $"{asked.Method} at {asked.Host}."
                )
                {
                    IsAskedElsewhere = true,
                },
                context.RequestAborted
            );
        await ForwardAuthPage.WriteAsync(
            context,
            StatusCodes.Status403Forbidden,
            $"{rule.Name} is not open to you",
            $"You are {caller.Name} ({caller.RoleWords}). It is open to {string.Join(", ", rule.Roles.Select(role => role.ToString().ToLowerInvariant()).Concat(rule.CustomRoles))}"
                + (rule.Tenants.Count > 0 ? $" of {string.Join(", ", rule.Tenants)}" : "")
                + (
                    caller.Client is not null && rule.Programs != ProgramAccess.All
                        ? $", and to programs for {(rule.Programs == ProgramAccess.Read ? "reading" : "nothing")}"
                        : ""
                )
                + ". An administrator can change that."
        );
    }

    private static async Task SignInAsync(
        string? to,
        string? mark,
        HttpContext context,
        ProtectedServices services,
        ServiceEntry entry,
        PublicAddress address
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        if (
            !Uri.TryCreate(to, UriKind.Absolute, out var target)
            || target.Scheme is not ("http" or "https")
            || (address.IsHttps && target.Scheme != "https")
            || target.UserInfo.Length > 0
            || string.IsNullOrEmpty(mark)
        )
        {
            await ForwardAuthPage.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                "This link leads nowhere",
                "Open the service by its own address; it leads here by itself."
            );
            return;
        }
        var host = (target.IsDefaultPort ? target.Host : target.Authority).ToLowerInvariant();
        var asked = new ForwardedRequest(HttpMethods.Get, target.Scheme, host, target.AbsolutePath, target.Query);
        var rules = services.For(asked);
        if (rules.Count == 0)
        {
            await SayShutAsync(context, asked);
            return;
        }
        var caller = Caller.From(context.User)!;
        if (rules.FirstOrDefault(rule => !ProtectedServices.Opens(rule, caller, asked)) is { } shut)
        {
            await RefuseAsync(context, shut, caller, asked);
            return;
        }
        var code = entry.CodeFor(context.User, host, mark);
        var glue = asked.Query.Length > 1 ? asked.Query + "&" : "?";
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location =
            $"{asked.Scheme}://{host}{asked.Path}{glue}{ServiceEntry.Parameter}={Uri.EscapeDataString(code)}";
    }

    /// <summary>All of them in every answer that lets somebody in: what one lacks, a proxy would leave as the client sent it.</summary>
    private static void Tell(IHeaderDictionary headers, Caller? caller, string? user)
    {
        headers["X-Auth-User"] = Ascii(user);
        headers["X-Auth-Name"] = Ascii(caller?.Name);
        headers["X-Auth-Role"] = caller?.Role.ToString().ToLowerInvariant() ?? "";
        headers["X-Auth-Tenants"] =
            caller is null ? ""
            : caller.Tenants.IsAll ? "*"
            : Ascii(string.Join(',', caller.Tenants.Ids.Order(StringComparer.Ordinal)));
        headers["X-Auth-Client"] = Ascii(caller?.Client);
    }

    private static string Ascii(string? text) =>
        text is null
            ? ""
            : Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(text)).Replace('\n', '?').Replace('\r', '?');
}
