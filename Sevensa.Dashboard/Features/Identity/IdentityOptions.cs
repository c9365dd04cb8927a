using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity;

/// <summary>Section <c>Identity</c>.</summary>
internal sealed class IdentityOptions : IValidatableObject
{
    /// <summary>The address people and programs use, e.g. <c>https://dashboard.example.org</c>: issuer of tokens, base of one-time links. Default: as each request names it.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Days after which tokens are signed with a new key; 0 for never by itself.</summary>
    [Range(0, 3650)]
    public int SigningKeyDays { get; set; } = 90;

    /// <summary>
    /// Addresses or networks that are not public and to which programs may be told by a back channel that somebody signed out, e.g.
    /// <c>10.20.0.0/16</c>. Plain http goes to these alone.
    /// </summary>
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>
    /// Path of a file of passwords that were in leaks, as SHA-1 in hex, sorted, one a line: what it holds nobody chooses. Without it
    /// only the common ones are known that lie in the program.
    /// </summary>
    public string? BreachedPasswords { get; set; }

    /// <summary>Others who know people, by name (<c>Identity:Providers:keycloak:Authority</c> …).</summary>
    public Dictionary<string, ProviderOptions> Providers { get; set; } = [];

    /// <summary>A provider as people know it; one that is configured no more by its key.</summary>
    internal string NameOf(string provider) =>
        Providers.TryGetValue(provider, out var known) ? known.Shown(provider) : provider;

    /// <summary>When a session counts as unlike its person (<c>Identity:Signals:Denials</c> …).</summary>
    public SignalOptions Signals { get; set; } = new();

    /// <summary>Where addresses are (<c>Identity:Places:Database</c>).</summary>
    public PlaceOptions Places { get; set; } = new();

    internal IReadOnlyList<System.Net.IPNetwork> Networks =>
        [.. AllowedNetworks.Select(OutwardDoor.Network).OfType<System.Net.IPNetwork>()];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !string.IsNullOrEmpty(PublicUrl)
            && !(Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        )
        {
            yield return new ValidationResult(
                $"\"{PublicUrl}\" is not an address such as https://dashboard.example.org",
                [nameof(PublicUrl)]
            );
        }
        if (BreachedPasswords is { Length: > 0 } list && !File.Exists(list))
        {
            yield return new ValidationResult($"there is no file {list}", [nameof(BreachedPasswords)]);
        }
        foreach (var text in AllowedNetworks.Where(text => OutwardDoor.Network(text) is null))
        {
            yield return new ValidationResult(
                $"\"{text}\" is neither an address nor a network such as 10.20.0.0/16",
                [nameof(AllowedNetworks)]
            );
        }
        foreach (var mistake in Providers.SelectMany(one => one.Value.Mistakes(one.Key)))
        {
            yield return mistake;
        }
    }
}
