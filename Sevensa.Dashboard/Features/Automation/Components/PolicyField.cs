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

    private static readonly (string Path, string Label)[] known =
    [
        ("name", "Name"),
        (Services, "Services, with commas; none for all of the tenant"),
        ("trigger.query", "What it looks at"),
        ("trigger.within", "Within"),
        ("trigger.cron", "At (minute, hour, day, month, day of the week)"),
        ("action.kind", "What it does"),
        ("action.target", "To what; left out, to the service that it holds for"),
        ("for", "So long it must hold"),
        ("cooldown", "So long it leaves a service alone after it acted"),
        ("rearm", "So long it must be over before it acts again"),
        ("budget.perHour", "At most an hour"),
        ("budget.perDay", "At most a day"),
        ("outcome.within", "It was good when it is over within"),
        ("agreements", "So often people must have done the same in shadow"),
        ("upTo", "It does what is at most of the risk"),
    ];

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

    /// <summary>The fields that a policy's text has; a trigger's only where it has them.</summary>
    public static IReadOnlyList<PolicyField> Of(JsonObject? policy) =>
        [
            .. known
                .Select(field => (field.Path, field.Label, Node: Find(policy, field.Path)))
                .Where(field => field.Node is not null || !field.Path.StartsWith("trigger.", StringComparison.Ordinal))
                .Select(field => new PolicyField(
                    field.Path,
                    field.Label,
                    Shown(field.Node),
                    field.Path == "trigger.query",
                    field.Path == "upTo" ? ["low", "medium"] : null
                )),
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
        if (Path == Services)
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
            at[parts[^1]] =
                Path is "budget.perHour" or "budget.perDay" or "agreements"
                && int.TryParse(plain, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : plain;
        }
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
