namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Whose a thing of Docker's is, by its labels.</summary>
/// <param name="projects">Tenant by Compose project.</param>
internal sealed class Ownership(IReadOnlyDictionary<string, string> projects)
{
    public const string TenantLabel = "sevensa.tenant";
    public const string ProjectLabel = "com.docker.compose.project";

    /// <summary>Null when the labels don't say.</summary>
    public string? TenantOf(IEnumerable<KeyValuePair<string, string>> labels)
    {
        string? tenant = null,
            project = null;
        foreach (var (key, value) in labels)
        {
            tenant = key == TenantLabel && value.Length > 0 ? value : tenant;
            project = key == ProjectLabel && value.Length > 0 ? value : project;
        }
        return tenant ?? (project is not null && projects.TryGetValue(project, out var mapped) ? mapped : null);
    }
}
