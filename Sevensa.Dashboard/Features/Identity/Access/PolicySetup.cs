using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.StaticAssets;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Which door opens to whom. What names no policy stays shut.</summary>
internal static class PolicySetup
{
    public static void AddPolicies(this IServiceCollection services)
    {
        var builder = services.AddAuthorizationBuilder();
        void Door(string name, Func<Caller, bool> opens) =>
            builder.AddPolicy(
                name,
                policy =>
                    policy
                        .RequireAuthenticatedUser()
                        .RequireAssertion(context => Caller.From(context.User) is { } caller && opens(caller))
            );

        Door(Policies.Portal, caller => caller.MayRead);
        Door(Policies.Read, caller => caller.IsStaff && caller.MayRead);
        Door(AuditAccess.Policy, caller => caller.IsStaff && caller.MayRead);
        Door(Policies.Propose, caller => caller.MayPropose);
        Door(Policies.Alerts, caller => caller.MayHandleAlerts);
        Door(Policies.Approve, caller => caller.IsReviewer);
        Door(Policies.Decide, caller => caller.IsStaff);
        Door(Policies.ScansWrite, caller => caller.MayWriteScans);
        Door(Policies.Admin, caller => caller.IsAdmin);
        builder.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(Unnamed).Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, Refusals>();
    }

    /// <summary>Endpoints that are the framework's own and name nothing; all others are refused.</summary>
    private static bool Unnamed(AuthorizationHandlerContext context)
    {
        if (context.Resource is not HttpContext http)
        {
            return false;
        }
        var caller = Caller.From(context.User);
        var endpoint = http.GetEndpoint();
        if (endpoint is not RouteEndpoint)
        {
            // Nothing is there, or not for this method: whoever is signed in learns that, others are asked to sign in.
            return caller is not null;
        }
        if (
            endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
            || http.Request.Path.StartsWithSegments("/_framework")
        )
        {
            return true;
        }
        return http.Request.Path.StartsWithSegments("/_blazor") && caller is { MayRead: true };
    }
}
