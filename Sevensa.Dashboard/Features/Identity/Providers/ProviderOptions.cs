using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>One entry <c>Identity:Providers:NAME</c>: somebody else who knows people, by OpenID Connect.</summary>
internal sealed partial class ProviderOptions
{
    private const int LongestName = 32;

    /// <summary>As the sign-in page calls it; its name in the configuration by default.</summary>
    public string? DisplayName { get; set; }

    /// <summary>Issuer of its tokens, below which its discovery document is; https unless it is on this machine.</summary>
    public string? Authority { get; set; }

    public string? ClientId { get; set; }

    /// <summary>File with the client's secret; none for a client that has none.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>Not taken: a secret stands in a file.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>What is asked for besides <c>openid</c>; <c>profile</c> by default.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>The claim that <see cref="Grants"/> look at; <c>realm_access.roles</c> for one inside another.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>The claim with the name that people are shown by.</summary>
    public string NameClaim { get; set; } = "preferred_username";

    /// <summary>Values of <c>amr</c> of which one means that it asked for a second factor. None by default: then it is asked for here.</summary>
    public List<string> TrustedMethods { get; set; } = [];

    /// <summary>Values of <c>acr</c> that mean the same.</summary>
    public List<string> TrustedContexts { get; set; } = [];

    /// <summary>Who gets what by a value of the claim; nobody gets anything by default.</summary>
    public List<GrantOptions> Grants { get; set; } = [];

    internal bool IsLoopback => Uri.TryCreate(Authority, UriKind.Absolute, out var uri) && uri.IsLoopback;

    internal string Shown(string name) => string.IsNullOrWhiteSpace(DisplayName) ? name : DisplayName;

    internal bool IsIssuer(string? issuer) =>
        issuer is not null && string.Equals(issuer.TrimEnd('/'), Authority!.TrimEnd('/'), StringComparison.Ordinal);

    internal IEnumerable<ValidationResult> Mistakes(string name)
    {
        ValidationResult Wrong(string what, string key) => new(what, [$"Providers:{name}:{key}"]);
        if (name.Length > LongestName || !Name().IsMatch(name))
        {
            yield return new($"\"{name}\" is no name: small letters, digits and - only", [$"Providers:{name}"]);
        }
        if (
            !Uri.TryCreate(Authority, UriKind.Absolute, out var uri)
            || uri.Query.Length + uri.Fragment.Length + uri.UserInfo.Length > 0
            || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        )
        {
            yield return Wrong(
                $"\"{Authority}\" is not an address such as https://login.example.org/realms/ours: https, or http on this machine",
                nameof(Authority)
            );
        }
        if (string.IsNullOrWhiteSpace(ClientId))
        {
            yield return Wrong("is missing: the id that the provider gave this program", nameof(ClientId));
        }
        if (ClientSecret is not null)
        {
            yield return Wrong(
                $"is not taken: put the secret into a file and name that in {nameof(ClientSecretFile)}",
                nameof(ClientSecret)
            );
        }
        if (ClientSecretFile is { Length: > 0 } file && !File.Exists(file))
        {
            yield return Wrong($"\"{file}\" is not there, or can't be read", nameof(ClientSecretFile));
        }
        for (var n = 0; n < Grants.Count; n++)
        {
            if (Grants[n].Mistake is { } mistake)
            {
                yield return Wrong(mistake, $"{nameof(Grants)}:{n}");
            }
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}

/// <summary>What a value of the claim gives.</summary>
internal sealed class GrantOptions
{
    public string Value { get; set; } = "";
    public Role? Role { get; set; }

    /// <summary>Id of the role, where it is <see cref="Role.Custom"/>.</summary>
    public string? CustomRole { get; set; }

    /// <summary>Not read for administrators, who see all.</summary>
    public List<string> Tenants { get; set; } = [];

    internal string? Mistake =>
        Value.Length == 0 ? "names no value of the claim (Value)"
        : Role is null ? $"names no role (Role): {string.Join(", ", Enum.GetNames<Role>())}"
        : (Role == Contracts.Role.Custom) != !string.IsNullOrWhiteSpace(CustomRole)
            ? "names a custom role (CustomRole) with the role Custom, and with no other"
        : Role == Contracts.Role.Client && Tenants.Count != 1 ? "a client belongs to exactly one tenant (Tenants)"
        : Role != Contracts.Role.Admin && Tenants.Count == 0 ? "names no tenant (Tenants)"
        : null;
}
