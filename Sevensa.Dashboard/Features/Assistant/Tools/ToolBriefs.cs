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

    /// <summary>Parameters that most kinds of action have and that a model never needs.</summary>
    private static readonly string[] Usual = ["graceSeconds", "host", "onBreach", "timeZone"];

    /// <summary>Arguments that the turn itself knows better.</summary>
    private const string Known = "timeZone";

    public static ModelTool Of(AIFunction tool) =>
        new(
            tool.Name,
            tool.Description.Replace(UntrustedText.Warning, "", StringComparison.Ordinal).Trim(),
            Schema(tool.JsonSchema)
        );

    /// <summary>The tool that proposes, with the kinds by name and with what each needs.</summary>
    public static ModelTool Of(AIFunction propose, IEnumerable<IActionKind> kinds) =>
        Of(propose) with
        {
            Description =
                "Proposes one action; a person decides, nothing changes before. Kinds with their parameters (? may be left out): "
                + string.Join(", ", kinds.Select(kind => kind.Name + Parameters(kind.ParametersSchema))),
        };

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

    private static string Parameters(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return "";
        }
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet()
            : [];
        var told = properties
            .EnumerateObject()
            .Select(one => one.Name)
            .Where(name => required.Contains(name) || !Usual.Contains(name))
            .Select(name => required.Contains(name) ? name : name + "?");
        return string.Join(", ", told) is { Length: > 0 } all ? $"({all})" : "";
    }
}
