using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Which policies a caller may see, and who may write or stop them.</summary>
internal sealed class PolicyAccess(PolicyStore store, IStrangers strangers)
{
    public const int LongestReason = 2000;

    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<PolicyRow> RowAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var row = await store.FindAsync(id, cancellation);
        if (row is not null && caller is { IsStaff: true, MayRead: true } && caller.MaySee(row.Tenant))
        {
            return row;
        }
        if (row is not null)
        {
            await strangers.RecordAsync(caller, $"the policy {id} of {row.Tenant}", cancellation);
        }
        throw new UnknownPolicyException(StoreText.Shorten(id, 60));
    }

    /// <summary>Trimmed; null when nothing is said.</summary>
    public static string? Reason(string? reason)
    {
        TextLimits.Check(reason, "The reason", LongestReason);
        return string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
    }

    public static void MustPropose(Caller caller)
    {
        if (!caller.MayPropose)
        {
            throw new ForbiddenException(
                "Policies are written by operators and administrators, with a token that has the scope propose."
            );
        }
    }

    /// <summary>Whoever may decide may stop one too.</summary>
    public static void MustDemote(Caller caller)
    {
        if (!caller.MayPropose && !caller.IsReviewer)
        {
            throw new ForbiddenException("Policies are stopped by operators, approvers and administrators.");
        }
    }
}
