using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>What a tenant's own gate policy says, as the API and the plan of its change write it.</summary>
/// <param name="Severity">The least severity of an open finding that denies: <c>low</c> to <c>critical</c>, or <c>none</c>.</param>
/// <param name="FixableOnly">Only findings count for which a fixed version exists.</param>
/// <param name="Unrated">Whether a finding that nobody rated denies.</param>
/// <param name="Exploited">Whether one that is known to be exploited denies, however severe, new or fixable.</param>
/// <param name="GraceDays">For how many days after it was first seen a finding does not count yet.</param>
/// <param name="NewOnly">Only findings count that nothing has which the tenant runs of the same repository.</param>
/// <param name="Kinds">What is judged beside vulnerabilities: <c>secret</c>, <c>misconfiguration</c>, <c>license</c>.</param>
/// <param name="EndOfLife">Whether a base system past its end of life denies.</param>
/// <param name="Unscanned"><c>deny</c> or <c>allow</c> what nobody scanned.</param>
/// <param name="StaleAfterDays">A scan older than that is none; null: it never grows old.</param>
internal sealed record GateRules(
    string Severity = "critical",
    bool FixableOnly = false,
    bool Unrated = false,
    bool Exploited = false,
    int GraceDays = 0,
    bool NewOnly = false,
    IReadOnlyList<string>? Kinds = null,
    bool EndOfLife = false,
    string Unscanned = "deny",
    int? StaleAfterDays = null
)
{
    private const string None = "none";
    private static readonly string[] Severities = ["critical", "high", "medium", "low", None];

    /// <summary>The fields as JSON Schema: of the action's parameters, and by it of all that is asked of the API.</summary>
    public const string SchemaText = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "properties": {
            "severity": {"type": "string", "enum": ["critical", "high", "medium", "low", "none"], "default": "critical", "description": "Least severity of an open finding that denies"},
            "fixableOnly": {"type": "boolean", "default": false, "description": "Only findings that have a fix count"},
            "unrated": {"type": "boolean", "default": false, "description": "Findings that nobody rated deny"},
            "exploited": {"type": "boolean", "default": false, "description": "Findings known to be exploited deny, whatever else is said"},
            "graceDays": {"type": "integer", "minimum": 0, "maximum": 365, "default": 0, "description": "Days after it was first seen before a finding counts"},
            "newOnly": {"type": "boolean", "default": false, "description": "Only findings that what the tenant runs of the repository has not count"},
            "kinds": {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["secret", "misconfiguration", "license"]}, "default": [], "description": "What is judged beside vulnerabilities"},
            "endOfLife": {"type": "boolean", "default": false, "description": "A base system past its end of life denies"},
            "unscanned": {"type": "string", "enum": ["deny", "allow"], "default": "deny", "description": "What becomes of an image that nobody scanned"},
            "staleAfterDays": {"type": ["integer", "null"], "minimum": 1, "maximum": 3650, "default": null, "description": "Days after which a scan counts no more"}
          }
        }
        """;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    private static readonly (string Word, FindingKind Kind, string Plural)[] Further =
    [
        ("secret", FindingKind.Secret, "secrets"),
        ("misconfiguration", FindingKind.Misconfiguration, "misconfigurations"),
        ("license", FindingKind.License, "licences"),
    ];

    /// <param name="parameters">Checked against <see cref="SchemaText"/>, defaults filled in.</param>
    public static GateRules Of(JsonElement parameters)
    {
        var rules = parameters.Deserialize<GateRules>(Json)!;
        return rules with { Kinds = [.. (rules.Kinds ?? []).Distinct().Order(StringComparer.Ordinal)] };
    }

    /// <summary>What a policy that was put together from words says, in the same fields.</summary>
    public static GateRules Of(GatePolicy policy) =>
        new(
            policy.Worst is { } worst ? worst.ToString().ToLowerInvariant() : None,
            policy.FixableOnly,
            policy.CountsUnrated,
            policy.CountsExploited,
            policy.GraceDays,
            policy.NewOnly,
            [.. Further.Where(kind => policy.Kinds.Contains(kind.Kind)).Select(kind => kind.Word)],
            policy.DeniesEndOfLife,
            policy.UnscannedPasses ? "allow" : "deny",
            policy.StaleAfterDays
        );

    /// <summary>These, when each is one that there is.</summary>
    /// <exception cref="UnfitGatePolicyException">Says which is not, and what there is.</exception>
    public GateRules Checked()
    {
        Must(Array.Exists(Severities, word => word == Severity), "severity", $"one of {string.Join(", ", Severities)}");
        Must(Unscanned is "deny" or "allow", "unscanned", "deny or allow");
        Must(GraceDays is >= 0 and <= 365, "graceDays", "a number from 0 to 365");
        Must(StaleAfterDays is null or (>= 1 and <= 3650), "staleAfterDays", "a number from 1 to 3650, or null");
        Must(
            (Kinds ?? []).All(word => Array.Exists(Further, kind => kind.Word == word)),
            "kinds",
            $"any of {string.Join(", ", Further.Select(kind => kind.Word))}"
        );
        return this with { Kinds = [.. (Kinds ?? []).Distinct().Order(StringComparer.Ordinal)] };

        static void Must(bool holds, string field, string what)
        {
            if (!holds)
            {
                throw new UnfitGatePolicyException($"{field} is {what}.");
            }
        }
    }

    /// <summary>The policy that these rules make.</summary>
    /// <param name="tenant">Whose it is.</param>
    public GatePolicy Policy(string tenant) =>
        new(
            GatePolicies.NameOf(tenant),
            Worst,
            FixableOnly,
            Unrated,
            [FindingKind.Vulnerability, .. JudgedBeside.Select(kind => kind.Kind)],
            Unscanned == "allow",
            Words
        )
        {
            Tenant = tenant,
            CountsExploited = Exploited,
            GraceDays = GraceDays,
            NewOnly = NewOnly,
            DeniesEndOfLife = EndOfLife,
            StaleAfterDays = StaleAfterDays,
        };

    /// <summary>In one sentence, as a verdict shows it.</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            var parts = new List<string>();
            if (Worst is { } worst)
            {
                var which =
                    worst == Scans.Severity.Critical ? "critical finding" : $"finding that is {Severity} or worse";
                parts.Add(
                    $"no open {which}"
                        + (FixableOnly ? " that has a fix" : "")
                        + (GraceDays > 0 ? $" and was known {Days(GraceDays)} ago" : "")
                        + (NewOnly ? " and that what runs of the repository has not" : "")
                        + (
                            JudgedBeside.Count > 0
                                ? $", {string.Join(", ", JudgedBeside.Select(kind => kind.Plural))} included"
                                : ""
                        )
                );
            }
            if (Unrated)
            {
                parts.Add("none that nobody rated");
            }
            if (Exploited)
            {
                parts.Add("none that is known to be exploited");
            }
            if (EndOfLife)
            {
                parts.Add("no system past its end of life");
            }
            if (StaleAfterDays is { } days)
            {
                parts.Add($"scanned within {Days(days)}");
            }
            if (parts.Count == 0)
            {
                parts.Add("everything passes; findings are reported");
            }
            return string.Join("; ", parts)
                + (Unscanned == "allow" && Worst is not null ? "; what nobody scanned passes" : "");
        }
    }

    /// <summary>Whether they let anything pass that the others hold back, whatever there is of it now.</summary>
    public bool AreLooserThan(GateRules others) =>
        (Worst ?? (Severity)int.MaxValue) > (others.Worst ?? (Severity)int.MaxValue)
        || (FixableOnly && !others.FixableOnly)
        || (NewOnly && !others.NewOnly)
        || GraceDays > others.GraceDays
        || (others.Unrated && !Unrated)
        || (others.Exploited && !Exploited)
        || (others.EndOfLife && !EndOfLife)
        || others.JudgedBeside.Exists(kind => !JudgedBeside.Contains(kind))
        || (Unscanned == "allow" && others.Unscanned == "deny")
        || (StaleAfterDays ?? int.MaxValue) > (others.StaleAfterDays ?? int.MaxValue);

    /// <summary>One line for each thing that differs, for the plan of a change.</summary>
    public static IEnumerable<PlanChange> Differences(GateRules before, GateRules after)
    {
        foreach (
            var (name, was, will) in Fields(before)
                .Zip(Fields(after), (one, other) => (one.Name, one.Value, other.Value))
        )
        {
            if (was != will)
            {
                yield return new PlanChange(name, was, will);
            }
        }
    }

    private Severity? Worst => Severity == None ? null : Enum.Parse<Severity>(Severity, ignoreCase: true);

    private List<(string Word, FindingKind Kind, string Plural)> JudgedBeside =>
        [.. Further.Where(kind => Kinds?.Contains(kind.Word) == true)];

    private static IEnumerable<(string Name, string Value)> Fields(GateRules rules)
    {
        yield return ("Least severity that denies", rules.Severity);
        yield return ("Only findings with a fix", YesNo(rules.FixableOnly));
        yield return ("Findings that nobody rated deny", YesNo(rules.Unrated));
        yield return ("Findings known to be exploited deny", YesNo(rules.Exploited));
        yield return ("A finding counts after", Days(rules.GraceDays));
        yield return ("Only findings that are new in the repository", YesNo(rules.NewOnly));
        yield return (
            "Judged beside vulnerabilities",
            rules.JudgedBeside is { Count: > 0 } beside
                ? string.Join(", ", beside.Select(kind => kind.Plural))
                : "nothing"
        );
        yield return ("A system past its end of life denies", YesNo(rules.EndOfLife));
        yield return ("An image that nobody scanned", rules.Unscanned == "allow" ? "passes" : "is held back");
        yield return ("A scan counts for", rules.StaleAfterDays is { } days ? Days(days) : "ever");
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Days(int days) =>
        days == 1 ? "1 day" : string.Create(CultureInfo.InvariantCulture, $"{days} days");
}

/// <summary>A policy that can't be (422).</summary>
internal sealed class UnfitGatePolicyException(string message) : Exception(message);
