using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy as who asks: it may read and propose for its tenant, and approves nothing.</summary>
internal static class PolicyCaller
{
    /// <summary>As <see cref="Requester.Via"/>.</summary>
    public const string Via = "policy";

    /// <summary>How the comment of an approval begins that was given with a policy.</summary>
    public const string Beforehand = "Approved beforehand with the policy";

    public static string SubjectOf(string id) => $"policy:{id}";

    public static Caller Of(PolicyRow row) =>
        new(
            SubjectOf(row.Id),
            $"Policy \"{row.Name}\"",
            Role.Operator,
            IsPerson: false,
            TenantSet.Of([row.Tenant]),
            ApiScopes.Read | ApiScopes.Propose
        );

    /// <summary>Who looks for all policies of a tenant.</summary>
    public static Caller Reading(string tenant) =>
        new("policies", "Policies", Role.Viewer, false, TenantSet.Of([tenant]), ApiScopes.Read);

    public static AuditActor Actor(PolicyRow row) => new("system", SubjectOf(row.Id), $"Policy \"{row.Name}\"");
}
