using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Answers what is not allowed, and writes refused changes into the audit record.</summary>
internal sealed class Refusals(
    IAuditLog audit,
    IStrangers strangers,
    ITenantNames tenants,
    BehaviourCounts behaviour,
    IProblemDetailsService problems
) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler standard = new();

    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    )
    {
        var caller = Caller.From(context.User);
        // A tenant that the caller does not see is answered like one that does not exist, whatever was to be done with it, and
        // before anything else of the request is looked at.
        var unseen = caller is null || authorizeResult.Challenged ? null : Unseen(context, caller);
        return authorizeResult.Succeeded && unseen is null
            ? next(context)
            : HandleAsync(next, context, policy, authorizeResult, caller, unseen);
    }

    private async Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult,
        Caller? caller,
        string? unseen
    )
    {
        if (authorizeResult.Forbidden && caller is not null)
        {
            if (IsLook(context.Request.Method) && !IsAskedElsewhere(context.Request))
            {
                // The record has none of these.
                behaviour.NoteDenial(caller);
            }
            await RecordAsync(audit, context, caller, null);
        }
        if (unseen is not null && authorizeResult.Succeeded)
        {
            if (SpeaksAnUpstreamsLanguage(context))
            {
                unseen = null;
            }
            else if ((await tenants.NamesAsync(context.RequestAborted)).Any(tenant => tenant.Id == unseen))
            {
                await strangers.RecordAsync(caller!, $"the tenant {unseen}", context.RequestAborted);
            }
        }
        if (unseen is null)
        {
            await standard.HandleAsync(next, context, policy, authorizeResult);
            if (
                authorizeResult.Succeeded
                || !Schemes.IsForPrograms(context.Request.Path)
                || context.Response.HasStarted
            )
            {
                return;
            }
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        ProblemDetails problem =
            unseen is not null
                ? new()
                {
                    Status = 404,
                    Title = "No such tenant",
                    Detail = $"There is no tenant \"{unseen}\" that you can see.",
                }
            : authorizeResult.Challenged
                ? new()
                {
                    Status = 401,
                    Title = "Who are you?",
                    Detail =
                        "Send \"Authorization: Bearer\" with an access token from /connect/token or a personal access token. "
                        + "A token that was sent is not valid here, or no longer.",
                }
            : new()
            {
                Status = 403,
                Title = "Not allowed",
                Detail = Why(context, caller),
                Extensions = { ["code"] = "forbidden" },
            };
        if (context.GetEndpoint()?.Metadata.GetMetadata<IRefusalShape>() is { } shape)
        {
            await shape.WriteAsync(context, problem);
            return;
        }
        await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }

    /// <summary>Services refuse too, later than the door: the record gets the same row.</summary>
    public static Task RecordAsync(IAuditLog audit, HttpContext context, Caller caller, ForbiddenException? refusal)
    {
        var method = context.Request.Method;
        if (IsLook(method))
        {
            return Task.CompletedTask;
        }
        var tenant = context.GetRouteValue("tenant") as string;
        return audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "access.refused",
                tenant is not null && caller.MaySee(tenant) ? tenant : null,
                $"{method} {context.Request.Path}",
                AuditOutcome.Refused,
                refusal?.Message ?? Why(context, caller)
            )
            {
                IsAskedElsewhere = IsAskedElsewhere(context.Request),
            },
            context.RequestAborted
        );
    }

    private static bool IsLook(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>Other hosts of the same site, such as every service behind the proxy, send its cookie along.</summary>
    private static bool IsAskedElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is ["cross-site" or "same-site"];

    private static string? Unseen(HttpContext context, Caller caller) =>
        Schemes.IsForPrograms(context.Request.Path) && context.GetRouteValue("tenant") is string given
            ? given.Split('|').FirstOrDefault(tenant => !caller.MaySee(tenant))
            : null;

    /// <summary>Its own endpoints answer in their upstream's shape.</summary>
    private static bool SpeaksAnUpstreamsLanguage(HttpContext context) =>
        context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } pattern }
        && (
            pattern.Contains("{tenant}/prometheus", StringComparison.Ordinal)
            || pattern.Contains("{tenant}/loki", StringComparison.Ordinal)
        );

    private static string Why(HttpContext context, Caller? caller)
    {
        var needs = context
            .GetEndpoint()
            ?.Metadata.GetOrderedMetadata<IAuthorizeData>()
            .Select(data => data.Policy)
            .LastOrDefault(policy => policy is not null);
        var who = caller is null ? "" : $" You are {caller.Name} ({caller.RoleWords}).";
        return needs switch
        {
            Policies.Read or AuditAccess.Policy => $"This is for staff, with a token that has the scope read.{who}",
            Policies.Propose =>
                $"This is for operators, administrators and roles that propose, with a token that has the scope propose.{who}",
            Policies.Alerts =>
                $"This is for operators, administrators and roles that handle alerts, with a token that has the scope propose.{who}",
            Policies.Approve =>
                $"This is for operators, approvers, administrators and roles that approve, in person, with a token that has the scope approve.{who}",
            Policies.ScansWrite => $"This needs a token that has the scope scans:write.{who}",
            Policies.Admin => $"This is for administrators, with a token that has the scope admin.{who}",
            _ => $"This is not open to you.{who}",
        };
    }
}
