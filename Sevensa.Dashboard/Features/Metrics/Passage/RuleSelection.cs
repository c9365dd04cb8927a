using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>
/// Which rules a caller asks for: by type, name, group, file and their own labels, page by page. Prometheus 3 can choose so
/// itself and older ones can't; chosen here, it is the same with each, and a group's place is counted among the tenant's own.
/// </summary>
/// <remarks>Prometheus, HTTP API, "Rules"; the words of refusals are those of 3.16.</remarks>
internal sealed class RuleSelection
{
    private readonly string type;
    private readonly IReadOnlyList<string> names;
    private readonly IReadOnlyList<string> groups;
    private readonly IReadOnlyList<string> files;
    private readonly IReadOnlyList<VectorSelector> selectors;
    private readonly int? most;
    private readonly string from;

    /// <exception cref="PrometheusRefusal">A parameter can't be read.</exception>
    public RuleSelection(PrometheusParameters given)
    {
        type = given.One("type") ?? "";
        if (type.ToLowerInvariant() is not ("" or "alert" or "record"))
        {
            throw PrometheusRefusal.BadParameter("type", $"not supported value \"{type}\"");
        }
        names = given.All("rule_name[]");
        groups = given.All("rule_group[]");
        files = given.All("file[]");
        selectors = [.. given.All("match[]").Select(Selector)];
        (most, from) = Page(given);
        WithoutAlerts = Truth(given.One("exclude_alerts"));
    }

    /// <summary>Alerts are left out of the answer.</summary>
    public bool WithoutAlerts { get; }

    public bool Takes(PrometheusRule rule) =>
        type.ToLowerInvariant() switch
        {
            "alert" => rule.Type == "alerting",
            "record" => rule.Type == "recording",
            _ => true,
        }
        && (names.Count == 0 || names.Contains(rule.Name))
        && (selectors.Count == 0 || selectors.Any(selector => Fits(selector, rule)));

    public bool Takes(PrometheusRuleGroup group) =>
        (groups.Count == 0 || groups.Contains(group.Name))
        && (files.Count == 0 || files.Contains(Path.GetFileName(group.File)));

    /// <summary>The page that is asked for, and where the next begins; null when it was the last.</summary>
    /// <exception cref="PrometheusRefusal">There is no group where the page is to begin.</exception>
    public (IReadOnlyList<PrometheusRuleGroup> Groups, string? Next) Cut(IReadOnlyList<PrometheusRuleGroup> all)
    {
        if (most is not { } count)
        {
            return (all, null);
        }
        var ordered = all.OrderBy(group => group.File, StringComparer.Ordinal)
            .ThenBy(group => group.Name, StringComparer.Ordinal)
            .ToList();
        var begin = from.Length == 0 ? 0 : ordered.FindIndex(group => PlaceOf(group) == from);
        if (begin < 0)
        {
            throw PrometheusRefusal.BadParameter(
                "group_next_token",
                "invalid group_next_token. were rule groups changed?"
            );
        }
        var page = ordered.Skip(begin).Take(count).ToList();
        return (page, begin + count < ordered.Count ? PlaceOf(ordered[begin + count]) : null);
    }

    /// <summary>Says nothing of the file's folder, which may be everybody's.</summary>
    private static string PlaceOf(PrometheusRuleGroup group) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{Path.GetFileName(group.File)};{group.Name}"))
        )[..40];

    private static (int? Most, string From) Page(PrometheusParameters given)
    {
        var from = given.One("group_next_token") ?? "";
        if (given.One("group_limit") is not { Length: > 0 } text)
        {
            return from.Length == 0
                ? (null, "")
                : throw PrometheusRefusal.BadParameter(
                    "group_next_token",
                    "group_limit needs to be present in order to paginate over the groups"
                );
        }
        return !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var most)
                ? throw PrometheusRefusal.BadParameter(
                    "group_limit",
                    $"group_limit needs to be a valid number: strconv.ParseInt: parsing {GoText.Quote(text)}: invalid syntax"
                )
            : most <= 0 ? throw PrometheusRefusal.BadParameter("group_limit", "group_limit needs to be greater than 0")
            : (most, from);
    }

    private static bool Truth(string? text) =>
        text switch
        {
            null or "" or "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
            "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
            _ => throw PrometheusRefusal.BadParameter(
                "exclude_alerts",
                $"error converting exclude_alerts: strconv.ParseBool: parsing {GoText.Quote(text)}: invalid syntax"
            ),
        };

    private static VectorSelector Selector(string text)
    {
        try
        {
            return PromQlParser.ParseSelector(text);
        }
        catch (PromQlException refused)
        {
            throw PrometheusRefusal.BadData($"{refused.Line}:{refused.Column}: parse error: {refused.Detail}");
        }
    }

    /// <summary>By the labels that are written in the rule, of which none is a metric's name.</summary>
    private static bool Fits(VectorSelector selector, PrometheusRule rule) =>
        selector.Name is null && selector.Matchers.All(one => Fits(one, rule.Labels));

    /// <summary>A pattern that is not known here, or takes too long, fits nothing.</summary>
    private static bool Fits(LabelMatcher matcher, IReadOnlyDictionary<string, string> labels)
    {
        var value = labels.GetValueOrDefault(matcher.Name, "");
        return matcher.Operator switch
        {
            MatchOperator.Equal => value == matcher.Value,
            MatchOperator.NotEqual => value != matcher.Value,
            MatchOperator.Regex => IsMatch(matcher.Value, value) == true,
            _ => IsMatch(matcher.Value, value) == false,
        };
    }

    private static bool? IsMatch(string source, string value) =>
        Re2Pattern.TryParse(source, out var pattern, out _) ? pattern.IsMatch(value) : null;
}
