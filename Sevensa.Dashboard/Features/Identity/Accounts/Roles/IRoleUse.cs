namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>Settings that name custom roles, besides the accounts that hold them.</summary>
internal interface IRoleUse
{
    /// <summary>What of it names this role, in words; nothing where nothing does.</summary>
    IEnumerable<string> Of(string role);
}
