namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>A secret that this host hands out as files: the tenant's, by its path in Vault below it.</summary>
internal sealed record HandedSecret(string Tenant, string Path)
{
    /// <summary>How the path of a login begins that Vault's database engine keeps as a static role, as labels name it too.</summary>
    private const string StaticCredentials = "database/static-creds/";

    private const string Credentials = "database/creds/";

    /// <summary>In Vault's key/value engine, and below the folder on the host.</summary>
    public string Full => $"{Tenant}/{Path}";

    /// <summary>It is a login that Vault's database engine keeps: user and password, without versions.</summary>
    public bool IsLogin => Path.StartsWith(StaticCredentials, StringComparison.Ordinal);

    /// <summary>Why it can't be handed out, in words; null where nothing tells against it.</summary>
    public string? Fault() =>
        Path.StartsWith(Credentials, StringComparison.Ordinal)
            ? $"{Full} is another login at each reading, so no file can hold it: hand out a static role ({StaticCredentials}…)"
        : IsLogin
        && Path[StaticCredentials.Length..] is var role
        && (role.Contains('/') || !(role == Tenant || role.StartsWith(Tenant + "-", StringComparison.Ordinal)))
            ? $"\"{role}\" is no role of {Tenant}: its name is the tenant's, or begins with it and a hyphen"
        : null;
}

/// <summary>What this host hands out, where, and by which sign-in it reads it.</summary>
/// <param name="Folder">In memory; a folder for each secret is below it.</param>
/// <param name="Mount">Vault's key/value engine of version 2.</param>
internal sealed record SecretSettings(
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
    /// <summary>Files that are made of several keys.</summary>
    public IReadOnlyList<SecretTemplate> Templates { get; init; } = [];

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
        if (parts.Length < 2 || !parts.All(SecretMounts.IsPlain))
        {
            throw new FormatException($"\"{text}\" is not a tenant and a path below it (rentguy/api/database)");
        }
        var secret = new HandedSecret(parts[0], string.Join('/', parts[1..]));
        return secret.Fault() is { } fault ? throw new FormatException(fault) : secret;
    }
}

/// <summary>A secret can't be had or laid down now; the message says why and what to do, and holds no value.</summary>
internal sealed class SecretException(string message, Exception? inner = null) : Exception(message, inner);
