using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <summary>The command that writes a variable's value to Vault, for people to copy into their shell.</summary>
internal static partial class PutCommand
{
    /// <summary>The key under which the value lies, and the name of its file.</summary>
    public const string Key = "value";

    /// <summary>
    /// Null where a part has characters that a shell reads as anything but themselves, or would lead elsewhere: names of
    /// variables and services are chosen by whoever writes the Compose file.
    /// </summary>
    public static string? Of(string mount, string tenant, string service, string variable) =>
        PathOf(tenant, service, variable) is { } path && mount.Split('/').All(IsPlain)
            ? $"vault kv put {mount}/{tenant}/{path} {Key}=-"
            : null;

    /// <summary>Where it lies below the tenant; null as above.</summary>
    public static string? PathOf(string tenant, string service, string variable)
    {
        var name = variable.ToLowerInvariant().Replace('_', '-');
        return IsPlain(tenant) && IsPlain(service) && IsPlain(variable) && IsPlain(name) ? $"{service}/{name}" : null;
    }

    private static bool IsPlain(string part) => Plain().IsMatch(part) && part is not ("." or "..");

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z")]
    private static partial Regex Plain();
}
