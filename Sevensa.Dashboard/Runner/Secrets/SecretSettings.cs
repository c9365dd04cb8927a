using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>A secret that this host hands out as files: the tenant's, by its path in Vault below it.</summary>
internal sealed record HandedSecret(string Tenant, string Path)
{
    /// <summary>In Vault's engine, and below the folder on the host.</summary>
    public string Full => $"{Tenant}/{Path}";
}

/// <summary>What this host hands out, where, and by which sign-in it reads it.</summary>
/// <param name="Folder">In memory; a folder for each secret is below it.</param>
/// <param name="Mount">Vault's key/value engine of version 2.</param>
internal sealed partial record SecretSettings(
    IReadOnlyList<HandedSecret> Secrets,
    string Folder,
    Uri Vault,
    string Mount,
    string? Namespace,
    string? TokenFile,
    string? RoleIdFile,
    string? SecretIdFile
)
{
    /// <exception cref="FormatException">One of them is no path; the message says which.</exception>
    public static IReadOnlyList<HandedSecret> Parse(string text) =>
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.Ordinal)
                .Select(One),
        ];

    private static HandedSecret One(string text)
    {
        string[] parts = text.Split('/');
        // Each part becomes a folder: nothing that a file system reads as anything but a name.
        return parts.Length >= 2 && parts.All(part => Plain().IsMatch(part))
            ? new HandedSecret(parts[0], string.Join('/', parts[1..]))
            : throw new FormatException($"\"{text}\" is not a tenant and a path below it (rentguy/api/database)");
    }

    /// <summary>A name that is one on every file system, and no hidden one.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}\z")]
    internal static partial Regex Plain();
}

/// <summary>A secret can't be had or laid down now; the message says why and what to do, and holds no value.</summary>
internal sealed class SecretException(string message, Exception? inner = null) : Exception(message, inner);
