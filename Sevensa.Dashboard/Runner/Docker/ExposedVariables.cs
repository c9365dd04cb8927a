using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// Finds environment variables that look like secrets, by their names, by known forms of keys and tokens, and by how random the value
/// is. The value stays here: of it only a keyed hash is told, by which the same one is found again elsewhere on the host.
/// </summary>
internal static partial class ExposedVariables
{
    /// <summary>Shorter values of a telling name are settings or placeholders.</summary>
    private const int ShortestNamed = 4;

    /// <summary>What is random enough to be a key has at least so many characters.</summary>
    private const int ShortestRandom = 20;

    /// <summary>Bits for each character: text and names stay below, random letters and digits lie above.</summary>
    private const double RandomBits = 4.0;

    /// <summary>The same for hexadecimal digits, which can have four at most.</summary>
    private const double RandomHexBits = 3.2;
    private const int ShortestHex = 32;

    /// <param name="pairs"><c>NAME=value</c></param>
    /// <param name="hostSecret">Keys the hash, so that no value can be guessed from it elsewhere.</param>
    public static IReadOnlyList<ExposedVariable> Of(IEnumerable<string> pairs, ReadOnlySpan<byte> hostSecret)
    {
        var found = new SortedDictionary<string, ExposedVariable>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            if (
                pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var cut
                && WhyOf(pair[..cut], pair[(cut + 1)..]) is { } why
            )
            {
                found[pair[..cut]] = new ExposedVariable(pair[..cut], why, Hash(pair[(cut + 1)..], hostSecret));
            }
        }
        return [.. found.Values];
    }

    /// <summary>One of <see cref="ExposureReasons"/>; null when it looks like no secret.</summary>
    internal static string? WhyOf(string name, string value)
    {
        value = value.Trim();
        if (value.Length < ShortestNamed || Reference().IsMatch(value) || FileName().IsMatch(name))
        {
            return null;
        }
        if (KnownForm().IsMatch(value))
        {
            return ExposureReasons.Form;
        }
        if (CredentialInAddress().IsMatch(value) || CredentialInConnection().IsMatch(value))
        {
            return ExposureReasons.Connection;
        }
        if (PublicName().IsMatch(name) || Plain().IsMatch(value))
        {
            return null;
        }
        return SecretName().IsMatch(name) ? ExposureReasons.Name
            : IsRandom(value) ? ExposureReasons.Random
            : null;
    }

    private static bool IsRandom(string value) =>
        value.Length >= ShortestHex && Hexadecimal().IsMatch(value)
            ? Bits(value) >= RandomHexBits
            : value.Length >= ShortestRandom
                && Token().IsMatch(value)
                && value.Any(char.IsAsciiDigit)
                && value.Any(char.IsAsciiLetterUpper)
                && value.Any(char.IsAsciiLetterLower)
                && Bits(value) >= RandomBits;

    /// <summary>Shannon's entropy of its characters.</summary>
    private static double Bits(string value) =>
        value
            .GroupBy(character => character)
            .Sum(group => -(double)group.Count() / value.Length * Math.Log2((double)group.Count() / value.Length));

    private static string Hash(string value, ReadOnlySpan<byte> hostSecret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(hostSecret, Encoding.UTF8.GetBytes("exposed\n" + value)))[..32];

    [GeneratedRegex(
        @"(^|_|-|\.)(PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|SECRETS|TOKEN|APIKEY|API_?KEY|ACCESS_?KEY|ACCESS_?KEY_?ID|PRIVATE_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|MASTER_?KEY|SECRET_?KEY|JWT_?KEY|CREDENTIALS?|DSN|CONNECTION_?STRINGS?|WEBHOOK_?URL)($|_|-|\.|\d)|[a-z](Password|Secret|Token|ApiKey|AccessKey|PrivateKey|ConnectionString)s?$|(password|passwd|secret)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex SecretName();

    /// <summary>The value is the name of a file that holds it.</summary>
    [GeneratedRegex(@"_(FILE|PATH|DIR)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    /// <summary>What images tell of themselves, and what names a thing.</summary>
    [GeneratedRegex(
        @"(VERSION|SHA\d*|SHA\d+SUM|DIGEST|CHECKSUM|HASH|COMMIT|REVISION|GPG_KEYS?|FINGERPRINT|PUBLIC_?KEY|_ID|HOSTNAME|TOKEN_?(URL|TTL|LIFETIME|EXPIRY|ENDPOINT)|(PASSWORD|TOKEN|SECRET)S?_?(LENGTH|MIN|MAX|POLICY|ENABLED|REQUIRED|NAME|TYPE|HEADER))$|^PWD$|^OLDPWD$|^PATH$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex PublicName();

    [GeneratedRegex(
        @"^(AKIA|ASIA)[0-9A-Z]{16}$|^gh[pousr]_[0-9A-Za-z]{20,}|^github_pat_\w{20,}|^glpat-[\w-]{16,}|^xox[abposr]-[\w-]{10,}|^sk-[\w-]{20,}|^[sr]k_(live|test)_\w{10,}|^hv[sbr]\.[\w-]{20,}|^npm_\w{20,}|^AIza[\w-]{30,}|^SG\.[\w-]{16,}\.[\w-]{16,}|^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*$|-----BEGIN [A-Z ]*PRIVATE KEY|^dckr_pat_[\w-]{16,}|^whsec_\w{16,}|^pypi-[\w-]{20,}",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex KnownForm();

    [GeneratedRegex(
        @"^[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex CredentialInAddress();

    [GeneratedRegex(
        @"(^|[;\s])(password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;\s]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex CredentialInConnection();

    /// <summary>It stands for a value that is elsewhere.</summary>
    [GeneratedRegex(@"^(\$\{.*\}|\$\w+|vault:.*|/run/secrets/.*|file:.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    [GeneratedRegex(
        @"^(true|false|yes|no|on|off|none|null|required|optional|enabled|disabled|\d{1,6}|\d+(\.\d+)+|https?://[^\s@]*|/[\w./-]*)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Plain();

    [GeneratedRegex("^[0-9a-fA-F]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("^[A-Za-z0-9+/=_-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
