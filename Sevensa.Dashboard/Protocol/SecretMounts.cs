namespace Sevensa.Dashboard.Protocol;

/// <summary>Where a host's runner lays secrets down as files, and which containers have them from there.</summary>
public static class SecretMounts
{
    /// <summary>In memory (tmpfs); below it a folder for each secret, <c>TENANT/PATH</c>, with a file for each key.</summary>
    public const string Folder = "/run/sevensa-secrets";

    /// <summary>The place in a container where it has a secret's files; null when it has none of them.</summary>
    /// <param name="folder">The host's folder, <see cref="Folder"/> unless its runner was told another.</param>
    public static string? PlaceOf(ContainerFacts facts, string folder, string tenant, string path)
    {
        var source = $"{folder.TrimEnd('/')}/{tenant}/{path}";
        // A mount of the tenant's whole folder has what is below it too; nobody is handed another tenant's.
        return facts.Tenant == tenant
            ? facts
                .Isolation?.Mounts.FirstOrDefault(mount =>
                    mount.Type == "bind"
                    && mount.Source.TrimEnd('/') is var from
                    && (source == from || source.StartsWith(from + "/", StringComparison.Ordinal))
                    && (from + "/").StartsWith($"{folder.TrimEnd('/')}/{tenant}/", StringComparison.Ordinal)
                )
                ?.Destination
            : null;
    }
}
