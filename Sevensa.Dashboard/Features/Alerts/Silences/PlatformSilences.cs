using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary>
/// Silences made elsewhere that mute a tenant without naming it alone: for several tenants, or for all. The tenant sees that
/// they are there and for how long, and nothing of the others whom they mute too.
/// </summary>
internal static partial class PlatformSilences
{
    /// <param name="all">Of everybody.</param>
    /// <param name="silencing">Ids of those that keep one of the tenant's alerts quiet now.</param>
    public static IEnumerable<HeldSilence> Of(
        string tenant,
        IEnumerable<Tenant> known,
        IEnumerable<HeldSilence> all,
        IReadOnlySet<string> silencing
    )
    {
        var tenants = known.ToList();
        var own = tenants.Find(one => one.Id == tenant);
        var foreign = tenants
            .Where(one => one.Id != tenant)
            .SelectMany(one => one.Services.Append(one.Id).Append(one.Name))
            .Except(own?.Services ?? [], StringComparer.OrdinalIgnoreCase)
            .Where(word => word.Length > 0)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var silence in all)
        {
            if (
                silence.Status.State == "expired"
                || AlertmanagerClient.IsBoundTo(silence, tenant)
                || !silence
                    .Matchers.Where(matcher => matcher.Name == TenantScope.Label)
                    .All(matcher => Accepts(matcher, tenant))
            )
            {
                continue;
            }
            var others = silence.Matchers.Where(matcher => matcher.Name != TenantScope.Label).ToList();
            var names = others.Exists(matcher => Says(matcher.Value, foreign));
            // One that is about somebody else's service mutes nothing here, unless it is seen to.
            if (names && !silencing.Contains(silence.Id))
            {
                continue;
            }
            yield return silence with
            {
                ReadOnly = true,
                CreatedBy = "the platform",
                Comment = Says(silence.Comment, foreign) ? "" : silence.Comment,
                Matchers =
                [
                    new SilenceMatcher(TenantScope.Label, tenant),
                    .. others.Where(matcher => !Says(matcher.Value, foreign)),
                ],
            };
        }
    }

    private static bool Accepts(SilenceMatcher matcher, string tenant) =>
        matcher.IsEqual
        == (
            matcher.IsRegex
                // What can't be read here may match: better shown than hidden.
                ? !Re2Pattern.TryParse(matcher.Value, out var pattern, out _) || pattern.IsMatch(tenant) != false
                : matcher.Value == tenant
        );

    private static bool Says(string text, IReadOnlySet<string> words) =>
        words.Contains(text)
        || Words().Matches(text).Any(word => words.Contains(word.Value))
        || words.Any(word =>
            word.Contains(' ', StringComparison.Ordinal) && text.Contains(word, StringComparison.OrdinalIgnoreCase)
        );

    [GeneratedRegex("[\\p{L}\\p{N}-]+")]
    private static partial Regex Words();
}
