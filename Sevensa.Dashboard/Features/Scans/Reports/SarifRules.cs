using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>The rules of a run's tool: its driver's, and those of its extensions, where CodeQL keeps them.</summary>
internal sealed class SarifRules
{
    private readonly List<JsonElement> driver;
    private readonly List<List<JsonElement>> extensions;
    private readonly Dictionary<string, JsonElement> byId = new(StringComparer.Ordinal);
    private readonly List<List<JsonElement>> overrides;

    public SarifRules(JsonElement run)
    {
        var tool = Member(run, "tool");
        driver = [.. List(Member(tool, "driver"), "rules", "the tool")];
        extensions =
        [
            .. List(tool, "extensions", "the tool").Select(one => List(one, "rules", "an extension").ToList()),
        ];
        overrides =
        [
            .. List(run, "invocations", "a run")
                .Select(one => List(one, "ruleConfigurationOverrides", "an invocation").ToList()),
        ];
        foreach (var rule in driver.Concat(extensions.SelectMany(rules => rules)))
        {
            if (Hint(rule, "id") is { } id)
            {
                byId.TryAdd(id, rule);
            }
        }
    }

    /// <summary>The rule that a result is of; undefined when it is not described.</summary>
    public JsonElement Of(JsonElement result)
    {
        var reference = Member(result, "rule");
        var id = Hint(result, "ruleId") ?? Hint(reference, "id");
        var rules = Index(Member(reference, "toolComponent"), "index") is { } extension
            ? extensions.ElementAtOrDefault(extension)
            : driver;
        if (
            (Index(result, "ruleIndex") ?? Index(reference, "index")) is { } at
            && rules is not null
            && at < rules.Count
            && (id is null || Fits(id, Hint(rules[at], "id")))
        )
        {
            return rules[at];
        }
        // "a/b" is a case of the rule "a" (3.27.5).
        for (var name = id; name is not null; name = Above(name))
        {
            if (byId.TryGetValue(name, out var rule))
            {
                return rule;
            }
        }
        return default;
    }

    /// <summary>A result's level by 3.27.10: its own, the one its invocation set for the rule, the rule's; null for none.</summary>
    /// <param name="rule">As <see cref="Of"/> tells it.</param>
    public string? LevelOf(JsonElement result, JsonElement rule)
    {
        if (Hint(result, "level") is { } own)
        {
            return own;
        }
        var invocation =
            Index(Member(result, "provenance"), "invocationIndex") is { } at ? overrides.ElementAtOrDefault(at)
            : overrides.Count == 1 ? overrides[0]
            : null;
        return (invocation ?? [])
                .Where(one => IsOf(Member(one, "descriptor"), rule))
                .Select(one => Hint(Member(one, "configuration"), "level"))
                .FirstOrDefault(level => level is not null)
            ?? Hint(Member(rule, "defaultConfiguration"), "level");
    }

    private bool IsOf(JsonElement descriptor, JsonElement rule) =>
        rule.ValueKind == JsonValueKind.Object
        && (
            Hint(descriptor, "id") is { } id ? id == Hint(rule, "id")
            : Hint(descriptor, "guid") is { } guid ? guid.Equals(Hint(rule, "guid"), StringComparison.OrdinalIgnoreCase)
            : Index(descriptor, "index") is { } at
                && !Has(descriptor, "toolComponent")
                && at < driver.Count
                && Hint(driver[at], "id") == Hint(rule, "id")
        );

    private static bool Fits(string id, string? rule) =>
        rule is null || id == rule || id.StartsWith(rule + "/", StringComparison.Ordinal);

    private static string? Above(string id) => id.LastIndexOf('/') is > 0 and var slash ? id[..slash] : null;

    private static int? Index(JsonElement owner, string name) =>
        Number(owner, name) is { } number && number >= 0 && number <= int.MaxValue ? (int)number : null;
}
