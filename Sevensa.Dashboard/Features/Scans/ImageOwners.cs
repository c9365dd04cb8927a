using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Whose an image is that no container runs: the tenants of whoever first handed in a report of it, as a text with a space
/// around each id, or a star for everybody's.
/// </summary>
internal static class ImageOwners
{
    private const string Everybody = "*";

    public static string All => Everybody;

    /// <param name="tenant">The tenant for which it is handed in; null: all that the caller has.</param>
    public static string Of(Caller caller, string? tenant) =>
        tenant is not null ? $" {tenant} "
        : caller.Tenants.IsAll ? Everybody
        : $" {string.Join(' ', caller.Tenants.Ids.Order(StringComparer.Ordinal))} ";

    public static bool Includes(string owners, Caller caller) =>
        owners == Everybody || caller.Tenants.IsAll || caller.Tenants.Ids.Any(id => Includes(owners, id));

    /// <summary>Whether nobody has it whom the caller does not see.</summary>
    public static bool AreAllSeen(string owners, Caller caller) =>
        caller.Tenants.IsAll || (owners != Everybody && Ids(owners).All(caller.MaySee));

    /// <summary>Whether these tenants have it and nobody else; never what is everybody's.</summary>
    public static bool AreAllOf(string owners, IReadOnlyCollection<string> tenants) =>
        owners != Everybody && Ids(owners).All(tenants.Contains);

    /// <summary>Whether all who have the second have the first too: of what is everybody's only what is everybody's.</summary>
    public static bool IncludesAll(string owners, string others) =>
        owners == Everybody || (others != Everybody && Ids(others).All(tenant => Includes(owners, tenant)));

    /// <summary>Who has either.</summary>
    public static string Joined(string owners, string others) =>
        owners == Everybody || others == Everybody
            ? Everybody
            : $" {string.Join(' ', Ids(owners).Union(Ids(others)).Order(StringComparer.Ordinal))} ";

    /// <summary>Who has it; nobody in particular of what is everybody's.</summary>
    public static IEnumerable<string> Ids(string owners) =>
        owners == Everybody ? [] : owners.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public static bool Includes(string owners, string tenant) =>
        owners.Contains($" {tenant} ", StringComparison.Ordinal);
}
