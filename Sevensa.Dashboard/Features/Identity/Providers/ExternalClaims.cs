using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>What a provider says of somebody, in tokens that were checked.</summary>
/// <param name="Session">Its session there (<c>sid</c>), by which it tells of its end; null where it names none.</param>
/// <param name="AreCut">It says that the groups are more than it names here (Entra ID does): what is given by them is not known.</param>
internal sealed record ExternalClaims(
    string Issuer,
    string Subject,
    string Name,
    IReadOnlySet<string> Groups,
    bool AreCut,
    bool HasProvedTwice,
    DateTimeOffset? ProvedAt,
    string? Session = null
)
{
    public static ExternalClaims Of(ClaimsPrincipal principal, ProviderOptions provider)
    {
        var subject = principal.FindFirstValue("sub") ?? "";
        if (subject.Length is 0 or > ExternalPersonRow.LongestSubject)
        {
            throw new AccountException("It did not say who you are: the claim sub is missing, or longer than allowed.");
        }
        return new ExternalClaims(
            principal.FindFirstValue("iss")!,
            subject,
            NameOf(principal, provider, subject),
            GroupsOf(principal, provider.GroupsClaim).ToHashSet(StringComparer.Ordinal),
            IsElsewhere(principal, provider.GroupsClaim),
            // What it did counts only where the configuration says so.
            principal.FindAll("amr").Any(claim => provider.TrustedMethods.Contains(claim.Value))
                || principal.FindAll("acr").Any(claim => provider.TrustedContexts.Contains(claim.Value)),
            long.TryParse(principal.FindFirstValue("auth_time"), CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and < 253_402_300_800
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null,
            principal.FindFirstValue("sid") is { Length: > 0 and <= ExternalSession.Longest } session ? session : null
        );
    }

    /// <summary>
    /// What these claims give: the first grant that fits says the role, and others of the same role add their tenants. Together a
    /// role of one and the tenants of another would be more than either.
    /// </summary>
    /// <returns>Null for nothing.</returns>
    public (Role Role, string? CustomRole, IReadOnlyList<string> Tenants, string Value)? GivenBy(
        ProviderOptions provider
    )
    {
        var fitting = provider.Grants.Where(grant => Groups.Contains(grant.Value)).ToList();
        return fitting is [{ Role: { } role } first, ..]
            ? (
                role,
                role == Role.Custom ? first.CustomRole : null,
                role == Role.Admin ? []
                : role == Role.Client ? [.. first.Tenants]
                :
                [
                    .. fitting
                        .Where(grant => grant.Role == role && grant.CustomRole == first.CustomRole)
                        .SelectMany(grant => grant.Tenants)
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal),
                ],
                first.Value
            )
            : null;
    }

    private static string NameOf(ClaimsPrincipal principal, ProviderOptions provider, string subject)
    {
        var name = principal.FindFirstValue(provider.NameClaim) ?? principal.FindFirstValue("name") ?? subject;
        name = new string([.. name.Where(letter => !char.IsControl(letter))]).Trim();
        return StoreText.Cut(StoreText.Whole(name.Length > 0 ? name : subject), ExternalPersonRow.LongestName);
    }

    private static IEnumerable<string> GroupsOf(ClaimsPrincipal principal, string path)
    {
        var direct = principal.FindAll(path).Select(claim => claim.Value).ToList();
        var (head, rest) = Split(path);
        return direct.Count > 0 || rest is null
            ? direct
            : principal.FindAll(head).SelectMany(claim => Inside(claim.Value, rest));
    }

    /// <summary>Whether a claim is left out and to be fetched elsewhere: distributed (OpenID Connect Core, 5.6.2), or Entra's own mark.</summary>
    private static bool IsElsewhere(ClaimsPrincipal principal, string path)
    {
        var (head, _) = Split(path);
        return (head == "groups" && principal.FindFirstValue("hasgroups") is "true" or "True")
            || principal.FindAll("_claim_names").SelectMany(claim => Names(claim.Value)).Any(name => name == head);
    }

    private static List<string> Names(string json)
    {
        try
        {
            using var read = JsonDocument.Parse(json);
            return read.RootElement.ValueKind == JsonValueKind.Object
                ? [.. read.RootElement.EnumerateObject().Select(one => one.Name)]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>A claim inside another: its head and the way on.</summary>
    public static (string Head, string? Way) Split(string path) =>
        path.Split('.', 2) is [var head, var rest] ? (head, rest) : (path, null);

    private static List<string> Inside(string json, string path)
    {
        try
        {
            using var read = JsonDocument.Parse(json);
            var at = read.RootElement;
            foreach (var key in path.Split('.'))
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at))
                {
                    return [];
                }
            }
            return at.ValueKind switch
            {
                JsonValueKind.Array =>
                [
                    .. at.EnumerateArray()
                        .Where(one => one.ValueKind == JsonValueKind.String)
                        .Select(one => one.GetString()!),
                ],
                JsonValueKind.String => [at.GetString()!],
                _ => [],
            };
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
