using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// The rules of a run's tool: its driver's, and those of its extensions, where CodeQL keeps them; and how they were set for the
/// run (<c>ruleConfigurationOverrides</c> of an invocation, 3.20.5).
/// </summary>
internal sealed class SarifRules
{
    private readonly List<JsonElement> driver;
    private readonly List<(JsonElement Tool, List<JsonElement> Rules)> extensions;

    // Some tools write an id in the rule and in the result in different cases.
    private readonly Dictionary<string, JsonElement> byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, JsonElement> byGuid = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Dictionary<string, JsonElement>> settings;

    // Where a tool writes them of the run itself, they are those of all its invocations.
    private readonly Dictionary<string, JsonElement> ofRun;

    public SarifRules(JsonElement run)
    {
        var tool = Member(run, "tool");
        driver = [.. List(Member(tool, "driver"), "rules", "the tool")];
        extensions =
        [
            .. List(tool, "extensions", "the tool").Select(one => (one, List(one, "rules", "an extension").ToList())),
        ];
        foreach (var rule in All)
        {
            if (Hint(rule, "id") is { } id)
            {
                byId.TryAdd(id, rule);
            }
            if (Hint(rule, "guid") is { } guid)
            {
                byGuid.TryAdd(guid, rule);
            }
        }
        settings = [.. List(run, "invocations", "a run").Select(Settings)];
        ofRun = Settings(run);
    }

    /// <summary>Ids of rules that were switched off: what they would have found was not looked for.</summary>
    public IReadOnlyList<string> SwitchedOff
    {
        get
        {
            List<Dictionary<string, JsonElement>> set = [.. settings, ofRun];
            var forTheRun = set.SelectMany(one => one).Where(one => IsOff(one.Value)).Select(one => one.Key);
            var byDefault = All.Where(rule => IsOff(Member(rule, "defaultConfiguration")))
                .Select(rule => Hint(rule, "id"))
                .OfType<string>()
                .Where(id => !set.Exists(one => one.ContainsKey(id)));
            return [.. forTheRun, .. byDefault];
        }
    }

    private IEnumerable<JsonElement> All => driver.Concat(extensions.SelectMany(extension => extension.Rules));

    /// <summary>How the rule of a result was set, by 3.27.10: for its invocation, else by default; undefined when nothing says.</summary>
    /// <param name="rule">As <see cref="Of"/> found it.</param>
    public JsonElement SettingOf(JsonElement result, JsonElement rule)
    {
        var id = Hint(result, "ruleId") ?? Hint(Member(result, "rule"), "id") ?? Hint(rule, "id");
        // Of several invocations it is none that the result does not name.
        var own =
            Index(Member(result, "provenance"), "invocationIndex") is { } at ? settings.ElementAtOrDefault(at)
            : settings.Count == 1 ? settings[0]
            : null;
        foreach (var name in Names(id).Concat(Names(Hint(rule, "id"))))
        {
            if (own?.TryGetValue(name, out var setting) == true || ofRun.TryGetValue(name, out setting))
            {
                return setting;
            }
        }
        return Member(rule, "defaultConfiguration");
    }

    /// <summary>The rule that a result is of; undefined when it is not described.</summary>
    public JsonElement Of(JsonElement result)
    {
        var reference = Member(result, "rule");
        return Find(reference, Hint(result, "ruleId") ?? Hint(reference, "id"), Index(result, "ruleIndex"));
    }

    /// <param name="reference">A <c>reportingDescriptorReference</c>; undefined for none.</param>
    private JsonElement Find(JsonElement reference, string? id, int? index)
    {
        if (Hint(reference, "guid") is { } guid && byGuid.TryGetValue(guid, out var known))
        {
            return known;
        }
        if (
            (index ?? Index(reference, "index")) is { } at
            && RulesOf(Member(reference, "toolComponent")) is { } rules
            && at < rules.Count
            && (id is null || Fits(id, Hint(rules[at], "id")))
        )
        {
            return rules[at];
        }
        foreach (var name in Names(id))
        {
            if (byId.TryGetValue(name, out var rule))
            {
                return rule;
            }
        }
        return default;
    }

    private List<JsonElement>? RulesOf(JsonElement component)
    {
        if (Index(component, "index") is { } extension)
        {
            return extensions.ElementAtOrDefault(extension).Rules;
        }
        if ((Hint(component, "guid") ?? Hint(component, "name")) is { } name)
        {
            return extensions
                    .Find(one =>
                        name.Equals(Hint(one.Tool, "guid"), StringComparison.OrdinalIgnoreCase)
                        || name == Hint(one.Tool, "name")
                    )
                    .Rules
                ?? driver;
        }
        return driver;
    }

    private Dictionary<string, JsonElement> Settings(JsonElement owner)
    {
        var found = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in List(owner, "ruleConfigurationOverrides", "an invocation"))
        {
            var descriptor = Member(one, "descriptor");
            // The reference's own id before the rule's: it may be of a case of the rule alone.
            if ((Hint(descriptor, "id") ?? Hint(Find(descriptor, null, null), "id")) is { } id)
            {
                found.TryAdd(id, Member(one, "configuration"));
            }
        }
        return found;
    }

    private static bool IsOff(JsonElement setting) =>
        setting.ValueKind == JsonValueKind.Object
        && setting.TryGetProperty("enabled", out var enabled)
        && enabled.ValueKind == JsonValueKind.False;

    /// <summary>The id, and those above it: "a/b" is a case of the rule "a" (3.27.5).</summary>
    private static IEnumerable<string> Names(string? id)
    {
        for (var name = id; name is not null; name = Above(name))
        {
            yield return name;
        }
    }

    private static bool Fits(string id, string? rule) =>
        rule is null
        || id.Equals(rule, StringComparison.OrdinalIgnoreCase)
        || id.StartsWith(rule + "/", StringComparison.OrdinalIgnoreCase);

    private static string? Above(string id) => id.LastIndexOf('/') is > 0 and var slash ? id[..slash] : null;

    private static int? Index(JsonElement owner, string name) =>
        Number(owner, name) is { } number && number >= 0 && number <= int.MaxValue ? (int)number : null;
}
