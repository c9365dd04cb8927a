namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// What a container is allowed less of when it is made anew. What is null stays as it is, and a runner does nothing by which
/// more would be allowed than before.
/// </summary>
/// <param name="NoNewPrivileges">Only true: processes acquire no privileges they have not got.</param>
/// <param name="Unprivileged">Only true: it is not privileged any more.</param>
/// <param name="DefaultProfiles">Of <see cref="Profiles"/>: those that were switched off for it and are the engine's again.</param>
/// <param name="KeepCapabilities">All others are dropped; each is one that it has.</param>
/// <param name="ReadOnlyRoot">Only true.</param>
/// <param name="Tmpfs">Folders that are in memory from then on, where nothing is mounted; only with <paramref name="ReadOnlyRoot"/>.</param>
/// <param name="MemoryBytes">Not above a limit that there is.</param>
/// <param name="Cpus">The same.</param>
/// <param name="PidsLimit">The same.</param>
/// <param name="Address">An address of the host, for ports that are open on all of them.</param>
/// <param name="User"><c>user</c> or <c>user:group</c>, not root.</param>
/// <param name="RestartTries">How often Docker starts it again when it fails, at most; not more often than before.</param>
/// <param name="WithoutUlimits">Names of limits of its own that are none (-1) and left out, so that its engine's hold.</param>
public sealed record HardenArguments(
    bool? NoNewPrivileges = null,
    bool? Unprivileged = null,
    IReadOnlyList<string>? DefaultProfiles = null,
    IReadOnlyList<string>? KeepCapabilities = null,
    bool? ReadOnlyRoot = null,
    IReadOnlyList<string>? Tmpfs = null,
    long? MemoryBytes = null,
    double? Cpus = null,
    long? PidsLimit = null,
    string? Address = null,
    string? User = null,
    int? RestartTries = null,
    IReadOnlyList<string>? WithoutUlimits = null,
    int? GraceSeconds = null,
    int? WithinSeconds = null,
    int? SteadySeconds = null
);

/// <summary>Security options that switch a profile of the engine's off, as Docker takes them.</summary>
public static class Profiles
{
    public const string AppArmor = "apparmor";
    public const string Seccomp = "seccomp";
    public const string SeLinux = "label";

    /// <summary>Whether an option, written with <c>=</c> or, as formerly, with <c>:</c>, switches that profile off.</summary>
    public static bool IsOff(string option, string profile) =>
        option.Split('=', ':') is [var key, var said, ..]
        && key == profile
        && said == (profile == SeLinux ? "disable" : "unconfined");
}

/// <summary>Linux capabilities as Docker gives them.</summary>
public static class Capabilities
{
    public const string All = "ALL";

    /// <summary>With these a process leads itself out of its container, or reads and changes what is the host's.</summary>
    public static IReadOnlySet<string> LeadingOut { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            All,
            "BPF",
            "DAC_READ_SEARCH",
            "MAC_ADMIN",
            "MAC_OVERRIDE",
            "NET_ADMIN",
            "PERFMON",
            "SYSLOG",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_MODULE",
            "SYS_PTRACE",
            "SYS_RAWIO",
            "SYS_TIME",
        };

    private static readonly HashSet<string> given = new(StringComparer.Ordinal)
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    };

    /// <summary><c>NET_ADMIN</c>, of <c>cap_net_admin</c> too.</summary>
    public static string Bare(string capability)
    {
        var name = capability.ToUpperInvariant();
        return name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..] : name;
    }

    /// <summary>Whether a container that is not privileged has it: added, or of Docker's own set and not dropped.</summary>
    public static bool Has(IEnumerable<string> added, IEnumerable<string> dropped, string capability)
    {
        var (more, less) = (added.Select(Bare).ToHashSet(), dropped.Select(Bare).ToHashSet());
        return more.Contains(All)
            ? !less.Contains(capability)
            : more.Contains(capability)
                || (given.Contains(capability) && !less.Contains(All) && !less.Contains(capability));
    }
}

/// <summary>What is a user, and what an address that a port can be bound to.</summary>
public static partial class HardenWords
{
    /// <summary>Whether the user part of <c>user:group</c> is root, by name or number; nothing at all is root too.</summary>
    public static bool IsRoot(string user)
    {
        var name = user.Split(':', 2)[0];
        return name.Length == 0 || name == "root" || (name.All(char.IsAsciiDigit) && name.All(digit => digit == '0'));
    }

    /// <summary>A user by name or number, with a group or without, who is not root.</summary>
    public static bool IsUser(string user) => User().IsMatch(user) && !IsRoot(user);

    /// <summary>One address, and not all of them.</summary>
    public static bool IsAddress(string text) =>
        System.Net.IPAddress.TryParse(text, out var address)
        && string.Equals(address.ToString(), text, StringComparison.OrdinalIgnoreCase)
        && !IsEverywhere(text);

    /// <summary>All addresses of a host, as Docker writes them; those of IPv4 written as IPv6 too.</summary>
    public static bool IsEverywhere(string address)
    {
        var bare = address.Trim('[', ']');
        if (bare.Length == 0)
        {
            return true;
        }
        if (!System.Net.IPAddress.TryParse(bare, out var parsed))
        {
            return false;
        }
        var mapped = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return mapped.Equals(System.Net.IPAddress.Any) || mapped.Equals(System.Net.IPAddress.IPv6Any);
    }

    /// <summary>A folder by its whole path, and not the root itself.</summary>
    public static bool IsFolder(string path) =>
        Folder().IsMatch(path) && !path.Split('/').Any(part => part is "." or "..");

    /// <summary>Whether a folder is another one, or lies in it.</summary>
    public static bool IsIn(string folder, string other)
    {
        var (inner, outer) = (folder.TrimEnd('/'), other.TrimEnd('/'));
        return outer.Length > 0 && (inner == outer || inner.StartsWith(outer + "/", StringComparison.Ordinal));
    }

    [System.Text.RegularExpressions.GeneratedRegex(
        @"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?\z"
    )]
    private static partial System.Text.RegularExpressions.Regex User();

    [System.Text.RegularExpressions.GeneratedRegex(@"\A(/[A-Za-z0-9_.+-]+){1,20}\z")]
    private static partial System.Text.RegularExpressions.Regex Folder();
}
