using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Pages;

/// <summary>What a form of an account lacks, told before anybody is asked to prove who they are.</summary>
internal static class AccountWords
{
    public static string? Lacking(Role role, IReadOnlyCollection<string> tenants) =>
        role == Role.Admin || tenants.Count > 0 ? null : "Choose at least one tenant.";
}
