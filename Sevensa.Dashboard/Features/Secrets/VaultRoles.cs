namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Whose a role of the database engine is: the tenant's whose id its name is, or begins with.</summary>
internal static class VaultRoles
{
    public const string StaticRoles = "database/static-roles/";
    public const string StaticCredentials = "database/static-creds/";
    public const string Credentials = "database/creds/";

    /// <summary>The longest id wins, so that "psra" never gets what is "psra-ltsd"'s. Null: nobody's.</summary>
    public static string? OwnerOf(IEnumerable<string> tenants, string role) =>
        tenants.Where(id => role == id || role.StartsWith(id + "-", StringComparison.Ordinal)).MaxBy(id => id.Length);
}
