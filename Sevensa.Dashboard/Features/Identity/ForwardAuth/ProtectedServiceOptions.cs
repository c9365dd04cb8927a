using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>Who comes to a service at all.</summary>
internal enum ServiceAccess
{
    /// <summary>Whoever is signed in and has one of the roles.</summary>
    SignedIn,

    /// <summary>Anybody, without signing in: a webhook, a health page.</summary>
    Anybody,
}

/// <summary>What a bearer token of this program opens at a service.</summary>
internal enum ProgramAccess
{
    /// <summary>Nothing: only browsers with a session come in.</summary>
    None,

    /// <summary>GET, HEAD and OPTIONS, with the scope <c>read</c>.</summary>
    Read,

    /// <summary>Every method, with the scope <c>read</c>.</summary>
    All,
}

/// <summary>
/// One entry of the list <c>ProtectedServices</c> (<c>ProtectedServices:0:Host</c> …): addresses of a service behind the proxy
/// that asks <c>/forward-auth</c>, and who may come to them. What no entry names is shut.
/// </summary>
internal sealed partial class ProtectedServiceOptions : IValidatableObject
{
    /// <summary>Name for the record and for refusals.</summary>
    [Required]
    [StringLength(100)]
    public string Name { get; set; } = "";

    /// <summary>Host name, exact or <c>*.example.org</c> for one label in front; with a port only that port.</summary>
    [Required]
    public string Host { get; set; } = "";

    /// <summary>Beginning of the path, whole segments; the longest that fits counts.</summary>
    [RegularExpression("/.*", ErrorMessage = "begins with /")]
    public string Path { get; set; } = "/";

    public ServiceAccess Access { get; set; } = ServiceAccess.SignedIn;

    /// <summary>Roles of which one is needed.</summary>
    public List<Role> Roles { get; set; } = [];

    /// <summary>Ids of custom roles that come in as well.</summary>
    public List<string> CustomRoles { get; set; } = [];

    /// <summary>Tenants of which one must be theirs; empty asks for none.</summary>
    public List<string> Tenants { get; set; } = [];

    public ProgramAccess Programs { get; set; } = ProgramAccess.Read;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!HostName().IsMatch(Host))
        {
            yield return new($"\"{Host}\" is no host name such as n8n.example.org or *.example.org", [nameof(Host)]);
        }
        if (Roles.Contains(Role.Custom))
        {
            yield return new("Custom is no role by itself: name each in CustomRoles", [nameof(Roles)]);
        }
        if (Access == ServiceAccess.SignedIn && Roles.Count + CustomRoles.Count == 0)
        {
            yield return new(
                $"names no role: of {string.Join(", ", Enum.GetValues<Role>().Where(role => role != Role.Custom))} those who may come in, or CustomRoles",
                [nameof(Roles)]
            );
        }
    }

    [GeneratedRegex(@"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", RegexOptions.NonBacktracking)]
    private static partial Regex HostName();
}
