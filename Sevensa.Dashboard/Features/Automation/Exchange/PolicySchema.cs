using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>
/// The JSON Schema of a policy as it is written down. It says what may stand where; whether an expression can be read, or a service is there,
/// is found out when it is read.
/// </summary>
internal sealed partial class PolicySchema(IActionCatalogue catalogue)
{
    private const int LongestGiven = 80;

    private static readonly EvaluationOptions AllFaults = new() { OutputFormat = OutputFormat.List };

    private readonly Lazy<JsonElement> text = new(() => TextOf(catalogue.All));

    /// <summary>As it is given away.</summary>
    public JsonElement Text => text.Value;

    private readonly Lazy<JsonSchema> built = new(() => JsonSchema.FromText(TextOf(catalogue.All).GetRawText()));

    /// <summary>All that is wrong with the form of a policy, each with its place.</summary>
    /// <param name="at">Where the policy itself stands; empty where it is all there is.</param>
    public IReadOnlyList<PolicyFault> FaultsOf(JsonNode? policy, string at)
    {
        // What is that wide is no policy, and takes long to be told all that is wrong with it.
        if (PolicyBreadth.TooWide(policy, at) is { } wide)
        {
            return [wide];
        }
        var whole = JsonSerializer.SerializeToElement(policy);
        EvaluationResults results;
        try
        {
            results = built.Value.Evaluate(whole, AllFaults);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return [new PolicyFault(PolicyText.Inside(at, null), "holds a number that is too large to be one here.")];
        }
        return results.IsValid
            ? []
            :
            [
                .. (results.Details ?? [])
                    .Prepend(results)
                    // Whether a condition of the schema holds is no fault of who wrote the policy.
                    .Where(one =>
                        one.Errors is { Count: > 0 }
                        && !$"{one.EvaluationPath}/".Contains("/if/", StringComparison.Ordinal)
                    )
                    .SelectMany(one => one.Errors!.SelectMany(error => Told(one, error.Key, error.Value, whole, at)))
                    .DistinctBy(fault => (fault.At, fault.Why)),
            ];
    }

    private static IEnumerable<PolicyFault> Told(
        EvaluationResults result,
        string keyword,
        string said,
        JsonElement whole,
        string at
    )
    {
        var stands = Place(result.InstanceLocation.ToString(), at);
        var place = stands.Length == 0 ? PolicyText.Inside(at, null) : stands;
        switch (keyword)
        {
            case "required":
                var missing = Quoted().Matches(said).Select(match => match.Groups["name"].Value).ToList();
                return missing.Count == 0
                    ? [new PolicyFault(place, $"is not whole: {said}.")]
                    : missing.Select(name => new PolicyFault(Joined(stands, name), "is missing."));
            case "" or "additionalProperties":
                return [new PolicyFault(place, "is not known here. Take it out, or see the schema for its name.")];
            case "type":
                return [new PolicyFault(place, $"is {Given()}; {TypeWords(said)}")];
            case "pattern"
                when place.EndsWith(".from", StringComparison.Ordinal)
                    || place.EndsWith(".to", StringComparison.Ordinal):
                return [new PolicyFault(place, $"is {Given()}; give hours and minutes such as \"02:30\".")];
            case "pattern":
                return [new PolicyFault(place, $"is {Given()}; give a duration such as 90s, 10m or 1h30m.")];
            default:
                return [new PolicyFault(place, $"is {Given()}. {said.TrimEnd('.')}.")];
        }

        string Given() => Word(ValueAt(whole, result.InstanceLocation.ToString()));
    }

    private static string TypeWords(string said) =>
        Quoted().Matches(said) is [.., var wanted] ? $"what is wanted is: {wanted.Groups["name"].Value}." : $"{said}.";

    private static string Place(string pointer, string at) =>
        pointer.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Plain).Aggregate(at, Joined);

    public static string Joined(string before, string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"{before}[{part}]"
        : before.Length == 0 ? StoreText.Shorten(part, LongestGiven)
        : $"{before}.{StoreText.Shorten(part, LongestGiven)}";

    private static JsonElement ValueAt(JsonElement whole, string pointer)
    {
        var at = whole;
        foreach (var part in pointer.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Plain(part);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
            {
                at = member;
            }
            else if (
                at.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < at.GetArrayLength()
            )
            {
                at = at[index];
            }
            else
            {
                return default;
            }
        }
        return at;
    }

    private static string Plain(string part) =>
        part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static string Word(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "a mapping",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => $"the text \"{StoreText.Shorten(value.GetString()!, LongestGiven)}\"",
            JsonValueKind.Null or JsonValueKind.Undefined => "nothing",
            _ => StoreText.Shorten(value.GetRawText(), LongestGiven),
        };

    private static JsonElement TextOf(IReadOnlyList<IActionKind> kinds)
    {
        var root = JsonNode.Parse(Whole)!.AsObject();
        var own = kinds
            .Where(kind => !kind.Name.StartsWith(PolicyReading.Own, StringComparison.Ordinal))
            .OrderBy(kind => kind.Name, StringComparer.Ordinal)
            .ToList();
        var action = root["properties"]!["action"]!.AsObject();
        action["properties"]!["kind"]!["enum"] = new JsonArray([.. own.Select(kind => (JsonNode)kind.Name)]);
        action["allOf"] = new JsonArray([
            .. own.Select(kind =>
            {
                var parameters = JsonNode.Parse(kind.ParametersSchema.GetRawText())!.AsObject();
                parameters.Remove("$schema");
                // Whether they are whole is known by who reads them: some are worked out.
                parameters.Remove("required");
                return (JsonNode)
                    new JsonObject
                    {
                        ["if"] = new JsonObject
                        {
                            ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind.Name } },
                            ["required"] = new JsonArray("kind"),
                        },
                        ["then"] = new JsonObject { ["properties"] = new JsonObject { ["parameters"] = parameters } },
                    };
            }),
        ]);
        return JsonSerializer.SerializeToElement(root);
    }

    [GeneratedRegex("\"(?<name>[^\"]+)\"")]
    private static partial Regex Quoted();
}
