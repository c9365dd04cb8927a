using Sevensa.Dashboard.Features.Workflows.N8n;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>
/// Whose a workflow is: its instance and its tags say it, since n8n's projects want a licence. What names no tenant, one that is not
/// there or not of that instance, or several, is the platform's, so that nobody sees what may be another's.
/// </summary>
internal sealed class WorkflowOwners(N8nOptions set)
{
    private string Prefix => set.TagPrefix;

    /// <param name="tenants">Ids that there are.</param>
    /// <returns>The tenant, or null and why where a tag was meant to say it.</returns>
    public (string? Tenant, string? Note) Of(N8nWorkflow workflow, IReadOnlySet<string> tenants)
    {
        var named = (workflow.Tags ?? [])
            .Select(tag => tag.Name.Trim())
            .Where(tag => tag.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .Select(tag => tag[Prefix.Length..].Trim())
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return named switch
        {
            [] when set.Tenant is { Length: > 0 } whole => tenants.Contains(whole)
                ? (whole, null)
                : (null, $"{set.Setting(nameof(set.Tenant))} names no tenant that there is"),
            [] => (null, null),
            [var only] when !Serves(only) => (null, $"Its tag {Prefix}{only} names a tenant that this n8n is not for"),
            [var only] when tenants.Contains(only) => (only, null),
            [var only] => (null, $"Its tag {Prefix}{only} names no tenant that there is"),
            _ => (null, $"It has tags of several tenants ({string.Join(", ", named)}): copy it for each of them"),
        };
    }

    /// <summary>Whether workflows there may be this tenant's at all.</summary>
    public bool Serves(string tenant) => set.Tenants.Count == 0 || set.Tenants.Contains(tenant);
}
