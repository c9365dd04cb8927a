using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// What the settings and the environment hold of secrets: those that stand in them, those in files that they name, and the
/// store's key. Known from when they are looked for; a file that was changed is read again.
/// </summary>
public sealed partial class SecretsInSettings(
    IConfiguration settings,
    StoreKey key,
    KnownSecrets known,
    TimeProvider time
)
{
    private const int LargestFile = 64 * 1024;

    /// <summary>Of a file with several lines, shorter ones are no secrets by themselves.</summary>
    private const int ShortestLine = 16;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, DateTime> read = [];
    private long? looked;

    /// <summary>Those of this program, with what the settings hold now.</summary>
    public KnownSecrets Known()
    {
        lock (gate)
        {
            if (looked is not { } last || time.GetElapsedTime(last) >= Again)
            {
                looked = time.GetTimestamp();
                Look();
            }
        }
        return known;
    }

    private void Look()
    {
        ReadFile(key.File);
        foreach (var (name, value) in settings.AsEnumerable())
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                continue;
            }
            if (NamesFile().IsMatch(name))
            {
                ReadFile(value);
                continue;
            }
            if (NamesSecret().IsMatch(name))
            {
                known.Remember(value);
            }
            foreach (var within in Within(value))
            {
                known.Remember(within);
            }
        }
    }

    private void ReadFile(string file)
    {
        try
        {
            var named = new FileInfo(file);
            // Where secrets are mounted their names are links, and what these lead to is what is replaced.
            var there = named.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? named;
            // A pipe, a device or a socket has no length: to read one may never end.
            if (
                !there.Exists
                || there.Length is 0 or > LargestFile
                || read.GetValueOrDefault(file) == there.LastWriteTimeUtc
            )
            {
                return;
            }
            var letters = new char[LargestFile];
            using var reader = new StreamReader(there.FullName);
            var text = new string(letters, 0, reader.ReadBlock(letters, 0, letters.Length));
            read[file] = there.LastWriteTimeUtc;
            known.Remember(text);
            foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries).Where(IsOne))
            {
                known.Remember(line);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Whoever needs it says so; here it is no secret that is known.
        }
    }

    /// <summary>What stands in a connection string or an address as its password.</summary>
    internal static IEnumerable<string> Within(string value) =>
        Passwords().Matches(value).Select(within => within.Groups["secret"].Value.Trim('"', '\''));

    private static bool IsOne(string line) =>
        line.Length >= ShortestLine && !line.StartsWith("-----", StringComparison.Ordinal);

    [GeneratedRegex(
        "(password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|secret_?id)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex NamesSecret();

    [GeneratedRegex(
        "(password|passwd|passphrase|secret|token|credential|key|secret_?id)_?file$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex NamesFile();

    /// <summary>A connection string's password, and one in an address.</summary>
    [GeneratedRegex(
        @"(^|[;\s])(password|pwd)\s*=\s*(?<secret>""[^""]*""|'[^']*'|[^;]+)|://[^:/@\s]*:(?<secret>[^@/\s]+)@",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex Passwords();
}
