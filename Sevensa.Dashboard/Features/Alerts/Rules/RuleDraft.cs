using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>An alerting rule as somebody writes it down.</summary>
/// <param name="For">How long the expression must yield something before it fires.</param>
/// <param name="Service">Label for alerts whose series name none.</param>
public sealed record RuleDraft(
    string? Name,
    string? Expr,
    string? For = "5m",
    string? KeepFiringFor = null,
    string? Severity = "warning",
    string? Service = null,
    string? Summary = null,
    string? Description = null,
    string? Runbook = null
);

/// <summary>Answered as 422.</summary>
internal sealed class UnfitRuleException(string message) : Exception(message);

/// <summary>A draft that may become a rule: its expression reads its tenant's series only, and its alerts are that tenant's.</summary>
/// <param name="Query">The expression in the tenant's scope, with what should be known of it.</param>
internal sealed partial record CheckedRule(
    string Name,
    ScopedQuery Query,
    string For,
    TimeSpan ForSpan,
    string? KeepFiringFor,
    TimeSpan KeepSpan,
    SortedDictionary<string, string> Labels,
    SortedDictionary<string, string> Annotations
)
{
    private const int LongestExpression = 10_000;
    private static readonly string[] Severities = ["critical", "warning", "info"];
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(14);

    /// <exception cref="UnfitRuleException">It can't be a rule; the message says why.</exception>
    /// <exception cref="QueryRefusedException">Its expression can't be read or scoped.</exception>
    /// <param name="draft">As written.</param>
    /// <param name="scope">Of whoever wrote it.</param>
    /// <param name="tenant">Whose it becomes.</param>
    /// <param name="reading">How its expression is read.</param>
    public static CheckedRule Of(RuleDraft draft, TenantScope scope, string tenant, PromQlOptions? reading = null)
    {
        var name = draft.Name?.Trim() ?? "";
        if (!RuleName().IsMatch(name))
        {
            throw new UnfitRuleException(
                "A rule's name has 2 to 100 letters, digits, blanks, hyphens and underscores, and begins with a letter."
            );
        }
        if (string.IsNullOrWhiteSpace(draft.Expr))
        {
            throw new UnfitRuleException("The rule needs an expression.");
        }
        if (draft.Expr.Length > LongestExpression)
        {
            throw new UnfitRuleException($"The expression has more than {LongestExpression} characters.");
        }
        var severity = draft.Severity?.Trim().ToLowerInvariant() ?? "warning";
        if (!Severities.Contains(severity))
        {
            throw new UnfitRuleException($"The severity is one of {string.Join(", ", Severities)}.");
        }
        var one = scope.Narrow(tenant);
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["severity"] = severity,
            // Whatever the expression yields, the alert is this tenant's.
            [TenantScope.Label] = one.Tenants[0],
        };
        if (draft.Service?.Trim() is { Length: > 0 } service)
        {
            labels["service"] = ServiceName().IsMatch(service)
                ? service
                : throw new UnfitRuleException(
                    "A service's name has up to 100 letters, digits, dots, hyphens and underscores."
                );
        }
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Annotate("summary", draft.Summary);
        Annotate("description", draft.Description);
        Annotate("runbook_url", draft.Runbook);
        var query = one.PromQl(draft.Expr, reading);
        if (query.Infos is [var never, ..])
        {
            throw new UnfitRuleException($"It could not fire as written: {never}.");
        }
        var (wait, keep) = (Span("for", draft.For ?? "0s"), Span("keepFiringFor", draft.KeepFiringFor ?? "0s"));
        return new CheckedRule(
            name,
            query,
            wait == TimeSpan.Zero ? "0s" : draft.For!.Trim(),
            wait,
            keep == TimeSpan.Zero ? null : draft.KeepFiringFor!.Trim(),
            keep,
            labels,
            annotations
        );

        void Annotate(string what, string? text)
        {
            if (text?.Trim() is not { Length: > 0 } trimmed)
            {
                return;
            }
            if (trimmed.Length > 2000)
            {
                throw new UnfitRuleException($"The {what} has more than 2000 characters.");
            }
            RuleTemplates.Check(what, trimmed);
            annotations[what] = trimmed;
        }
    }

    private static TimeSpan Span(string what, string text)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0 || trimmed == "0")
        {
            return TimeSpan.Zero;
        }
        var match = PrometheusDuration().Match(trimmed);
        if (!match.Success)
        {
            throw new UnfitRuleException($"\"{what}\" is a duration such as 30s, 5m, 1h or 1h30m.");
        }
        var seconds = 0.0;
        foreach (
            var (group, unit) in new[]
            {
                ("w", 604_800.0),
                ("d", 86_400),
                ("h", 3600),
                ("m", 60),
                ("s", 1),
                ("ms", 0.001),
            }
        )
        {
            if (match.Groups[group] is { Success: true } part)
            {
                seconds += double.Parse(part.ValueSpan, CultureInfo.InvariantCulture) * unit;
            }
        }
        return seconds <= LongestWait.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UnfitRuleException($"\"{what}\" is at most {LongestWait.TotalDays:0} days.");
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9 _-]{0,98}[A-Za-z0-9_]$")]
    private static partial Regex RuleName();

    [GeneratedRegex("^[A-Za-z0-9._-]{1,100}$")]
    private static partial Regex ServiceName();

    [GeneratedRegex(
        @"^(?=\d)(?:(?<w>\d{1,6})w)?(?:(?<d>\d{1,6})d)?(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,6})m(?!s))?(?:(?<s>\d{1,8})s)?(?:(?<ms>\d{1,9})ms)?$"
    )]
    private static partial Regex PrometheusDuration();
}

/// <summary>
/// What annotations may have filled in. Prometheus' templates can ask any query (<c>{{ query "…" }}</c>), past every scope:
/// only the alert's own labels and value are let through.
/// </summary>
internal static partial class RuleTemplates
{
    /// <exception cref="UnfitRuleException">It fills in something else.</exception>
    public static void Check(string what, string text)
    {
        var rest = Allowed().Replace(text, "");
        if (rest.Contains("{{", StringComparison.Ordinal) || rest.Contains("}}", StringComparison.Ordinal))
        {
            throw new UnfitRuleException(
                $"The {what} may fill in {{{{ $labels.name }}}} and {{{{ $value }}}}, also with | humanize, humanize1024, "
                    + "humanizeDuration, humanizePercentage or humanizeTimestamp, and nothing else."
            );
        }
    }

    [GeneratedRegex(
        @"\{\{-?\s*(?:\$labels\.[A-Za-z_][A-Za-z0-9_]*|\$value)(?:\s*\|\s*(?:humanize|humanize1024|humanizeDuration|humanizePercentage|humanizeTimestamp|title|toUpper|toLower|printf\s+""%[0-9.]{0,5}[fgsde]""))?\s*-?\}\}"
    )]
    private static partial Regex Allowed();
}
