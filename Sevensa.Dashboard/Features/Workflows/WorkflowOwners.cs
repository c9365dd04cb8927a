using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Workflows.N8n;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>
/// Whose a workflow is: tags say it, since n8n's projects want a licence. What names no tenant, one that is not there, or
/// several, is the platform's, so that nobody sees what may be another's.
/// </summary>
internal sealed class WorkflowOwners(IOptions<N8nOptions> options)
{
    private string Prefix => options.Value.TagPrefix;

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
            [] => (null, null),
            [var only] when tenants.Contains(only) => (only, null),
            [var only] => (null, $"Its tag {Prefix}{only} names no tenant that there is"),
            _ => (null, $"It has tags of several tenants ({string.Join(", ", named)}): copy it for each of them"),
        };
    }
}
