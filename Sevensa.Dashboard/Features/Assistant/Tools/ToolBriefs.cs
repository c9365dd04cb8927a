using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// Tools as a model is told of them, in as few tokens as say the same: they are sent with every question, and a small
/// model reads some thousand tokens in all. What stands in every tool is said once, in the rules.
/// </summary>
internal static class ToolBriefs
{
    /// <summary>Arguments that the rules explain.</summary>
    private static readonly string[] Explained = ["tenant", "service", "hours", "minutes"];

    /// <summary>Arguments that the turn itself knows better.</summary>
    private const string Known = "timeZone";

    public static ModelTool Of(AIFunction tool) =>
        new(
            tool.Name,
            tool.Description.Replace(UntrustedText.Warning, "", StringComparison.Ordinal).Trim(),
            Schema(tool.JsonSchema)
        );

    internal static JsonElement Schema(JsonElement schema)
    {
        var brief = new JsonObject { ["type"] = "object" };
        var properties = new JsonObject();
        if (schema.TryGetProperty("properties", out var given))
        {
            foreach (var property in given.EnumerateObject().Where(one => one.Name != Known))
            {
                properties[property.Name] = Property(property.Name, property.Value);
            }
        }
        brief["properties"] = properties;
        // That a tenant is always named is said in the rules.
        if (
            schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().Any(name => name.GetString() != "tenant")
        )
        {
            brief["required"] = JsonNode.Parse(required.GetRawText());
        }
        return JsonSerializer.SerializeToElement(brief);
    }

    private static JsonObject Property(string name, JsonElement schema)
    {
        var brief = new JsonObject();
        foreach (var member in schema.ValueKind == JsonValueKind.Object ? schema.EnumerateObject() : default)
        {
            switch (member.Name)
            {
                case "type" when member.Value.ValueKind == JsonValueKind.Array:
                    brief["type"] = member
                        .Value.EnumerateArray()
                        .Select(one => one.GetString())
                        .First(one => one != "null");
                    break;
                case "type" or "enum" or "items":
                case "description" when !Explained.Contains(name):
                    brief[member.Name] = JsonNode.Parse(member.Value.GetRawText());
                    break;
            }
        }
        if (!brief.ContainsKey("type"))
        {
            brief["type"] = "object";
        }
        return brief;
    }

    /// <summary>What a kind needs, and the time that it goes back to; the rest is told once it is chosen.</summary>
    public static string Named(IActionKind kind) =>
        Needed(kind.ParametersSchema) is { Length: > 0 } needed ? $"{kind.Name}({needed})" : kind.Name;

    private static string Needed(JsonElement schema)
    {
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()!).ToList()
            : [];
        if (
            !required.Contains("to")
            && schema.TryGetProperty("properties", out var all)
            && all.TryGetProperty("to", out _)
        )
        {
            required.Add("to?");
        }
        return string.Join(',', required);
    }

    /// <summary>The JSON type of a property; a text or nothing is a text.</summary>
    public static string TypeOf(JsonElement property)
    {
        if (property.ValueKind != JsonValueKind.Object || !property.TryGetProperty("type", out var type))
        {
            return "object";
        }
        return type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Select(one => one.GetString()!).First(one => one != "null")
            : type.GetString()!;
    }
}
