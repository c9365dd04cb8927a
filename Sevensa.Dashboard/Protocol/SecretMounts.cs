using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Protocol;

/// <summary>Where a host's runner lays secrets down as files, and which containers have them from there.</summary>
public static partial class SecretMounts
{
    /// <summary>In memory (tmpfs); below it a folder for each secret, <c>TENANT/PATH</c>, with a file for each key.</summary>
    public const string Folder = "/run/sevensa-secrets";

    /// <summary>The folder in a container where it has a secret's files; null when it has none of them.</summary>
    /// <param name="folder">The host's folder, <see cref="Folder"/> unless its runner was told another.</param>
    public static string? PlaceOf(ContainerFacts facts, string folder, string tenant, string path)
    {
        var source = $"{folder.TrimEnd('/')}/{tenant}/{path}";
        // A mount of the tenant's whole folder has what is below it too; nobody is handed another tenant's.
        return
            facts.Tenant == tenant
            && facts.Isolation?.Mounts.FirstOrDefault(mount =>
                mount.Type == "bind"
                && mount.Source.TrimEnd('/') is var from
                && (source == from || source.StartsWith(from + "/", StringComparison.Ordinal))
                && (from + "/").StartsWith($"{folder.TrimEnd('/')}/{tenant}/", StringComparison.Ordinal)
            )
                is { } found
            ? found.Destination.TrimEnd('/') + source[found.Source.TrimEnd('/').Length..]
            : null;
    }

    /// <summary>A name that is one on every file system, and no hidden one: of a key, or of a part of a path.</summary>
    public static bool IsPlain(string name) => Plain().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}\z")]
    private static partial Regex Plain();
}

/// <summary>What a host's runner lays down as files. Names alone; the values are known to Vault and that host.</summary>
/// <param name="Folder">On the host; <see cref="SecretMounts.Folder"/> unless it was told another.</param>
/// <param name="Secrets">Each as <c>TENANT/PATH</c>.</param>
public sealed record HandedOut(string Folder, IReadOnlyList<string> Secrets)
{
    /// <summary>Whether the files of that secret are there.</summary>
    public bool Has(string tenant, string path) => Secrets.Contains($"{tenant}/{path}", StringComparer.Ordinal);
}
