using System.Globalization;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Secrets.Probes;

/// <summary>
/// A question over HTTP that a value has to pass: what a secret's custom metadata says under <c>probe</c> and beside it. It is part
/// of the plan that is approved, and holds no value.
/// </summary>
/// <param name="Url">Asked with GET.</param>
/// <param name="Header">Carries the value; null with <paramref name="User"/>.</param>
/// <param name="Scheme">Stands before the value in the header: <c>Bearer</c>.</param>
/// <param name="User">For basic authentication, with the value as the password.</param>
/// <param name="Status">That means that the value is right.</param>
internal sealed record SecretProbe(string Url, string? Header, string? Scheme, string? User, int Status)
{
    private const string Place = "probe";
    private const string HeaderKey = "probe_header";
    private const string UserKey = "probe_user";
    private const string StatusKey = "probe_status";
    private const int LongestUrl = 500;

    /// <summary>The probe that the metadata names, and why it is not asked where it can't be; neither when it names none.</summary>
    /// <param name="allowed">Addresses that may be asked: what lies below one of them.</param>
    public static (SecretProbe? Probe, string? WhyNot) Of(
        IReadOnlyDictionary<string, string>? metadata,
        IEnumerable<string> allowed
    )
    {
        if (metadata?.GetValueOrDefault(Place)?.Trim() is not { Length: > 0 } text)
        {
            return (null, null);
        }
        if (!IsAddress(text, out var url))
        {
            return (null, "probe in its metadata is no http or https address without a user");
        }
        if (!allowed.Any(one => IsBelow(url, one)))
        {
            return (null, $"{url.GetLeftPart(UriPartial.Authority)} is not among Vault:ProbeAddresses");
        }
        var user = metadata.GetValueOrDefault(UserKey)?.Trim();
        var header = metadata.GetValueOrDefault(HeaderKey)?.Trim();
        if (user is { Length: > 0 } && header is { Length: > 0 })
        {
            return (null, "its metadata has both probe_user and probe_header, and a value goes one way");
        }
        // "Authorization: Bearer" is a header with a word before the value, "X-Api-Key" one without.
        var parts = (header is { Length: > 0 } ? header : "Authorization: Bearer").Split(
            ':',
            2,
            StringSplitOptions.TrimEntries
        );
        if (user is not { Length: > 0 } && !(IsToken(parts[0]) && (parts.Length == 1 || IsToken(parts[1]))))
        {
            return (
                null,
                "probe_header in its metadata is no name of a header such as X-Api-Key or Authorization: Bearer"
            );
        }
        var status = metadata.GetValueOrDefault(StatusKey)?.Trim();
        if (
            !int.TryParse(status ?? "200", NumberStyles.None, CultureInfo.InvariantCulture, out var expected)
            || expected is < 200 or > 299
        )
        {
            return (null, "probe_status in its metadata is not from 200 to 299");
        }
        return (
            user is { Length: > 0 }
                ? new SecretProbe(url.AbsoluteUri, null, null, user, expected)
                : new SecretProbe(url.AbsoluteUri, parts[0], parts.ElementAtOrDefault(1), null, expected),
            null
        );
    }

    /// <summary>Whether the text is an address that could be allowed.</summary>
    public static bool IsAddress(string text, out Uri url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url!)
        && text.Length <= LongestUrl
        && url.Scheme is "http" or "https"
        && url.UserInfo.Length == 0
        && url.Fragment.Length == 0;

    /// <summary>"ask ADDRESS with it, and expect 200".</summary>
    [JsonIgnore]
    public string Words => string.Create(CultureInfo.InvariantCulture, $"ask {Url} with it, and expect {Status}");

    /// <summary>The same server, and a path below the allowed one: names alike in their beginning are not.</summary>
    private static bool IsBelow(Uri url, string allowed) =>
        IsAddress(allowed, out var door)
        && url.Scheme == door.Scheme
        && url.IdnHost == door.IdnHost
        && url.Port == door.Port
        && (url.AbsolutePath + "/").StartsWith(door.AbsolutePath.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static bool IsToken(string text) =>
        text.Length is > 0 and <= 100 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
