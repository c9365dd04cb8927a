using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Alertmanager;

/// <summary>A silence's condition on a label.</summary>
internal sealed partial record Matcher(string Name, string Value, bool IsRegex, bool IsEqual)
{
    public bool Holds(LabelSet labels) =>
        (IsRegex ? LabelTest.Anchored(Value).IsMatch(labels[Name]) : labels[Name] == Value) == IsEqual;

    public JsonObject Json() =>
        new()
        {
            ["isEqual"] = IsEqual,
            ["isRegex"] = IsRegex,
            ["name"] = Name,
            ["value"] = Value,
        };

    public static Matcher? Read(JsonNode? node)
    {
        if (
            node is not JsonObject json
            || json["name"]?.GetValueKind() != JsonValueKind.String
            || json["value"]?.GetValueKind() != JsonValueKind.String
        )
        {
            return null;
        }
        var matcher = new Matcher(
            (string)json["name"]!,
            (string)json["value"]!,
            json["isRegex"]?.GetValueKind() == JsonValueKind.True,
            json["isEqual"]?.GetValueKind() != JsonValueKind.False
        );
        return matcher.IsSound() ? matcher : null;
    }

    /// <summary>The text form: <c>tenant="witcom"</c>, with or without quotes.</summary>
    public static Matcher? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }
        var op = match.Groups[2].Value;
        var matcher = new Matcher(match.Groups[1].Value, match.Groups[3].Value, op[^1] == '~', op[0] == '=');
        return matcher.IsSound() ? matcher : null;
    }

    private bool IsSound()
    {
        try
        {
            return !IsRegex || LabelTest.Anchored(Value) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    [GeneratedRegex("^\\s*\"?([^\\s{}\"=!~]+)\"?\\s*(=~|!~|!=|=)\\s*\"?(.*?)\"?\\s*$")]
    private static partial Regex Form();
}
