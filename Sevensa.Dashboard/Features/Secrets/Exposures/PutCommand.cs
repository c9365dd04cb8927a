using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <summary>The command that writes a variable's value to Vault, for people to copy into their shell.</summary>
internal static partial class PutCommand
{
    /// <summary>
    /// Null where a part has characters that a shell reads as anything but themselves, or would lead elsewhere: names of
    /// variables and services are chosen by whoever writes the Compose file.
    /// </summary>
    public static string? Of(string mount, string tenant, string service, string variable)
    {
        string[] parts = [.. mount.Split('/'), tenant, service, variable.ToLowerInvariant().Replace('_', '-')];
        return parts.All(part => Plain().IsMatch(part) && part is not ("." or ".."))
            ? $"vault kv put {string.Join('/', parts)} value=-"
            : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z")]
    private static partial Regex Plain();
}
