namespace Sevensa.Dashboard.Features.Tenants.Contracts;

/// <summary>A service as people, programs and models name it: by its own name or with the tenant's before it (<c>rentguy-api</c>), in any case of letters.</summary>
public static class ServiceNames
{
    /// <param name="names">What there is.</param>
    /// <returns>The one that is meant; null when none is.</returns>
    public static string? Find(string tenant, string said, IEnumerable<string> names)
    {
        said = said.Trim();
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        return Array.Find(all, name => name == said)
            ?? Array.Find(all, name => name.Equals(said, StringComparison.OrdinalIgnoreCase))
            ?? Array.Find(all, name => $"{tenant}-{name}".Equals(said, StringComparison.OrdinalIgnoreCase));
    }
}
