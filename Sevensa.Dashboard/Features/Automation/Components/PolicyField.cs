using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Components;

/// <summary>One member of a policy's text as a field of a form: read from the text, and put back into it.</summary>
/// <param name="Path">The member: <c>budget.perDay</c>.</param>
/// <param name="Value">As it stands in the text; empty where it is left out.</param>
/// <param name="Long">It may take more than a line.</param>
/// <param name="Options">What may be chosen; null for anything that is written.</param>
internal sealed record PolicyField(
    string Path,
    string Label,
    string Value,
    bool Long = false,
    IReadOnlyList<string>? Options = null
)
{
    private const string Services = "services";
    private const string Trigger = "trigger.";
    private const string Parameters = "action.parameters";

    private static readonly (string Path, string Label)[] known =
    [
        ("name", "Name"),
        (Services, "Services, with commas; none for all of the tenant"),
        ("trigger.query", "What it looks at"),
        ("trigger.state", "How a container of it is"),
        ("trigger.alert", "The alert that fires"),
        ("trigger.above", "More lines than"),
        ("trigger.count", "So many restarts"),
        ("trigger.within", "Within"),
        ("trigger.cron", "At (minute, hour, day, month, day of the week)"),
        ("trigger.timeZone", "By the clock of"),
        ("trigger.scale.perReplica", "The load that one container carries"),
        ("trigger.scale.min", "Never fewer containers than"),
        ("trigger.scale.max", "Never more containers than"),
        ("trigger.scale.ahead", "So far ahead it is looked"),
        (PolicyLines.Conditions, "What must hold besides, each on a line"),
        ("action.kind", "What it does"),
        ("action.target", "To what; left out, to the service that it holds for"),
        ("for", "So long it must hold"),
        ("cooldown", "So long it leaves a service alone after it acted"),
        ("rearm", "So long it must be over before it acts again"),
        ("budget.perHour", "At most an hour"),
        ("budget.perDay", "At most a day"),
        (PolicyLines.Allowed, "Only then, each on a line: monday, friday 22:00-06:00; none for any time"),
        (PolicyLines.Forbidden, "Never then, each on a line"),
        ("windows.timeZone", "By the clock of"),
        ("outcome.within", "It was good when it is over within"),
        ("outcome.cleared", "It must be over for that"),
        ("stop.afterBadOutcomes", "So many in a row that were not good, and it stops"),
        ("stop.whenBudgetSpent", "Beyond its budget it"),
        ("agreements", "So often people must have done the same in shadow"),
        ("upTo", "It does what is at most of the risk"),
    ];

    private static readonly Dictionary<string, string[]> options = new(StringComparer.Ordinal)
    {
        ["trigger.state"] = ["unhealthy", "crashLoop", "outOfMemory", "stopped"],
        ["outcome.cleared"] = ["true", "false"],
        ["stop.whenBudgetSpent"] = ["demote", "wait"],
        ["upTo"] = ["low", "medium"],
    };

    private static readonly HashSet<string> numbers = new(StringComparer.Ordinal)
    {
        "trigger.above",
        "trigger.count",
        "trigger.scale.perReplica",
        "trigger.scale.min",
        "trigger.scale.max",
        "budget.perHour",
        "budget.perDay",
        "stop.afterBadOutcomes",
        "agreements",
    };

    /// <summary>A number belongs here.</summary>
    public bool TakesNumber => numbers.Contains(Path);

    /// <summary>A text as what it is made of; null when it is not that of one policy.</summary>
    public static JsonObject? Read(string text)
    {
        try
        {
            return YamlText.Read(text) is JsonObject read && !read.ContainsKey("policies") ? read : null;
        }
        catch (UnreadableYamlException)
        {
            return null;
        }
    }

    /// <summary>The fields that a policy's text has; a trigger's and an action's parameters only where it has them.</summary>
    public static IReadOnlyList<PolicyField> Of(JsonObject? policy) =>
        [
            .. known
                .Where(field => IsThere(policy, field.Path))
                .SelectMany(field =>
                    field.Path == "action.target"
                        ? [Of(policy, field.Path, field.Label), .. ParametersOf(policy)]
                        : (IEnumerable<PolicyField>)[Of(policy, field.Path, field.Label)]
                ),
        ];

    /// <summary>Puts a value where the field stands; an empty one takes the member out.</summary>
    public void Put(JsonObject policy, string value)
    {
        var parts = Path.Split('.');
        var at = policy;
        foreach (var part in parts[..^1])
        {
            if (at[part] is not JsonObject inner)
            {
                at[part] = inner = [];
            }
            at = inner;
        }
        var plain = value.Trim();
        if (PolicyLines.Are(Path))
        {
            at[parts[^1]] = PolicyLines.Read(Path, plain, at[parts[^1]]);
        }
        else if (Path == Services)
        {
            at[Services] = new JsonArray([
                .. plain
                    .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(one => (JsonNode)one),
            ]);
        }
        else if (plain.Length == 0)
        {
            at.Remove(parts[^1]);
        }
        else
        {
            at[parts[^1]] = NodeOf(plain, at[parts[^1]]);
        }
    }

    private static bool IsThere(JsonObject? policy, string path) =>
        PolicyLines.Are(path)
            ? PolicyLines.CanBe(path, Find(policy, path))
            : !path.StartsWith(Trigger, StringComparison.Ordinal) || Find(policy, path) is not null;

    private static PolicyField Of(JsonObject? policy, string path, string label) =>
        PolicyLines.Are(path)
            ? new PolicyField(path, label, PolicyLines.Write(path, Find(policy, path)), Long: true)
            : new PolicyField(
                path,
                label,
                Shown(Find(policy, path)),
                path == "trigger.query",
                options.GetValueOrDefault(path)
            );

    /// <summary>What of an action's parameters is a word, a number or a truth; what is more is put right in the text.</summary>
    private static IEnumerable<PolicyField> ParametersOf(JsonObject? policy) =>
        (Find(policy, Parameters) as JsonObject ?? [])
            .Where(one => one.Value is JsonValue && !one.Key.Contains('.', StringComparison.Ordinal))
            .Select(one => new PolicyField(
                $"{Parameters}.{one.Key}",
                one.Key,
                Shown(one.Value),
                Options: one.Value!.GetValueKind() is JsonValueKind.True or JsonValueKind.False
                    ? options["outcome.cleared"]
                    : null
            ));

    /// <summary>A number or a truth where one belongs, or stood; what is none is left for what reads it to say so.</summary>
    private JsonNode NodeOf(string plain, JsonNode? before)
    {
        var kind = before?.GetValueKind();
        if (
            (Path == "outcome.cleared" || kind is JsonValueKind.True or JsonValueKind.False)
            && bool.TryParse(plain, out var truth)
        )
        {
            return truth;
        }
        if (
            !(numbers.Contains(Path) || kind == JsonValueKind.Number)
            || !double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number)
        )
        {
            return plain;
        }
        if (int.TryParse(plain, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }
        return number;
    }

    private static JsonNode? Find(JsonObject? policy, string path) =>
        path.Split('.').Aggregate((JsonNode?)policy, (at, part) => (at as JsonObject)?[part]);

    private static string Shown(JsonNode? node) =>
        node switch
        {
            null => "",
            JsonArray list => string.Join(", ", list.Select(Shown)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            _ => node.ToJsonString(),
        };
}
