namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>Settings that name custom roles, besides the accounts that hold them: such a role is not removed.</summary>
public interface IRoleUse
{
    /// <summary>What of it names this role, in words; nothing where nothing does.</summary>
    IEnumerable<string> Of(string role);
}
