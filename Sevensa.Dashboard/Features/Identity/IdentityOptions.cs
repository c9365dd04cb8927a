using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Identity;

/// <summary>Section <c>Identity</c>.</summary>
internal sealed class IdentityOptions : IValidatableObject
{
    /// <summary>The address people and programs use, e.g. <c>https://dashboard.example.org</c>: issuer of tokens, base of one-time links. Default: as each request names it.</summary>
    public string? PublicUrl { get; set; }

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
    }
}
