using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>
/// Which values of a key/value secret are secrets by their keys. Most of what lies beside a password is an ordinary word (a host, a
/// bucket, a date), which would be taken out of texts wherever it stands.
/// </summary>
internal static partial class SecretValues
{
    /// <param name="tenant">Whose they are.</param>
    public static void Remember(this KnownSecrets known, IReadOnlyDictionary<string, JsonElement> data, string? tenant)
    {
        foreach (var (key, value) in data)
        {
            if (value.ValueKind != JsonValueKind.String || value.GetString() is not { } text)
            {
                continue;
            }
            if (SaysSecret(key) && !Ordinary().IsMatch(text.Trim()))
            {
                known.Remember(text, tenant);
            }
            foreach (var within in SecretsInSettings.Within(text))
            {
                known.Remember(within, tenant);
            }
        }
    }

    private static bool SaysSecret(string key)
    {
        var words = Humps().Replace(key, "$1$3_$2$4");
        return Secret().IsMatch(words) && !SaysNone().IsMatch(words);
    }

    /// <summary>Where one word of <c>apiKey</c> or <c>APIKey</c> ends and the next begins.</summary>
    [GeneratedRegex("([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", RegexOptions.NonBacktracking)]
    private static partial Regex Humps();

    [GeneratedRegex(
        "password|passwd|passphrase|wachtwoord|secret|token|credential|(api|access|private|signing|encryption|master|account)_?key|(^|[_. -])(key|pass|pwd|psk|pin)[0-9]*($|[_. -])",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex Secret();

    [GeneratedRegex(
        "(^|[_. -])public([_. -]|$)|(^|[_. -])(user_?name|name|url|uri|endpoint|path|file|port|region|bucket|site|e?mail|(key|role|client|tenant|account)_?id|comment|note|type|ttl|policy|length|count|version|issuer|algorithm|scopes?|at|date|expiry|expires|expiration)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex SaysNone();

    /// <summary>A date, a number, an address without a user, or a host: none of them is a secret, whatever its key says.</summary>
    [GeneratedRegex(
        @"^([0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,+Z-]*)?|[+-]?[0-9.,_]{1,15}|[a-z][a-z0-9+.-]*://[^@\s]*|[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]+)?|([a-z0-9-]+\.)+(internal|local|lan|svc|cluster|com|net|org|io|nl|eu|dev|app|cloud|test|example)(:[0-9]+)?)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex Ordinary();
}
