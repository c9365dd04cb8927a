using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>What the installation says about approvals, as it holds now.</summary>
public interface IApprovalRules
{
    /// <summary>Without what is said of tenants that the caller may not see: neither they nor their reviewers are theirs to read.</summary>
    ApprovalOverview OverviewFor(Caller caller);
}

/// <param name="Lines">For everybody, then for tenants of which something else is said.</param>
/// <param name="Lifetime">How long silence may last before it means no.</param>
/// <param name="SingleOperator">Nobody else reviews here.</param>
public sealed record ApprovalOverview(IReadOnlyList<ApprovalLine> Lines, TimeSpan Lifetime, bool SingleOperator);

/// <param name="Tenant">Null for all others.</param>
/// <param name="Reviewers">Roles and names.</param>
/// <param name="Keys">Settings that say so.</param>
public sealed record ApprovalLine(
    string? Tenant,
    Risk Risk,
    int Approvals,
    IReadOnlyList<string> Reviewers,
    IReadOnlyList<string> Keys
);
