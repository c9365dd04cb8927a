using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Sevensa.Dashboard.Platform;

/// <summary>Section <c>Platform</c>: where the program stands behind a proxy, and below which path.</summary>
public sealed class PlatformOptions : IValidatableObject
{
    /// <summary>
    /// Path below which everything is served, e.g. <c>/console</c>. Default: that of <c>Identity:PublicUrl</c>. The proxy may
    /// take it away from what it passes on, or leave it.
    /// </summary>
    public string? PathBase { get; set; }

    /// <summary>
    /// Addresses and networks (CIDR) of the proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count, with commas,
    /// e.g. <c>127.0.0.1, 172.18.0.0/16</c>. Default: nobody's.
    /// </summary>
    public string? KnownProxies { get; set; }

    /// <summary>
    /// Seconds between the word to stop and the stop: <c>/readyz</c> says <c>draining</c>, nobody new is let in, what is under way goes
    /// on. For several dashboards behind one address; zero stops at once.
    /// </summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; }

    /// <summary>Live tails of logs that one person or program may have open at once.</summary>
    [Range(1, 10_000)]
    public int TailsPerPerson { get; set; } = 20;

    /// <summary>Event streams that one person or program may have open at once.</summary>
    [Range(1, 10_000)]
    public int EventStreamsPerPerson { get; set; } = 40;

    /// <summary>Each entry of <see cref="KnownProxies"/>; a single address is a network of one.</summary>
    internal IEnumerable<(string Text, IPNetwork? Network)> Proxies =>
        (KnownProxies ?? "")
            .Split([',', ' ', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => (text, Read(text)));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (text, _) in Proxies.Where(proxy => proxy.Network is null))
        {
            yield return new ValidationResult(
                $"\"{text}\" is neither an address such as 127.0.0.1 nor a network such as 172.18.0.0/16",
                [nameof(KnownProxies)]
            );
        }
        if (
            !string.IsNullOrEmpty(PathBase)
            && (
                PathBase[0] != '/'
                || PathBase.Length < 2
                || PathBase.Contains("//", StringComparison.Ordinal)
                || PathBase.Any(letter =>
                    !char.IsAsciiLetterOrDigit(letter) && letter is not ('/' or '-' or '_' or '.')
                )
            )
        )
        {
            yield return new ValidationResult(
                $"\"{PathBase}\" is not a path such as /console (letters, digits, and - _ . between slashes)",
                [nameof(PathBase)]
            );
        }
        else if (
            !string.IsNullOrEmpty(PathBase)
            && Start.SettingMistakes.WholeOf(validationContext)?[Http.PublicAddress.Key] is { } url
            && Uri.TryCreate(url, UriKind.Absolute, out var address)
            && address.AbsolutePath.TrimEnd('/') is { Length: > 0 } path
            && path != PathBase.TrimEnd('/')
        )
        {
            yield return new ValidationResult(
                $"\"{PathBase}\" is not the path of {Http.PublicAddress.Key} ({path}); say it in one of the two",
                [nameof(PathBase)]
            );
        }
    }

    private static IPNetwork? Read(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
        : null;
}
