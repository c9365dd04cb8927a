namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <param name="Id">Value of the <c>tenant</c> label.</param>
public sealed record TenantName(string Id, string Name);

/// <summary>Tenants in words.</summary>
public static class TenantWords
{
    /// <summary>Their names in a line, in order; the id of one that is not there any more.</summary>
    public static string Of(this IReadOnlyList<TenantName> names, IEnumerable<string> ids) =>
        string.Join(
            ", ",
            ids.Select(id => names.FirstOrDefault(tenant => tenant.Id == id)?.Name ?? id)
                .Order(StringComparer.CurrentCultureIgnoreCase)
        );
}

/// <summary>The tenants that there are, for whom people and programs are given; the registry implements it.</summary>
public interface ITenantNames
{
    /// <summary>In order of name.</summary>
    ValueTask<IReadOnlyList<TenantName>> NamesAsync(CancellationToken cancellation);
}
