using System.Text.Json;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Titles of plans, as lists and messages show them.</summary>
public static class PlanTitles
{
    private const int LongestWord = 40;
    private const int MostWords = 3;
    private const int MarkLength = 7;

    /// <summary>Tenant and target, <c>rentguy/worker</c>; the target alone where it says whose it is.</summary>
    public static string Place(this ActionPlan plan) =>
        plan.Target == plan.Tenant
        || (
            plan.Target.StartsWith(plan.Tenant, StringComparison.Ordinal)
            && plan.Target[plan.Tenant.Length] is '/' or '-' or '_' or '.'
        )
            ? plan.Target
            : $"{plan.Tenant}/{plan.Target}";

    /// <summary>The kind's words for a plan, and whatever was chosen that they don't tell.</summary>
    public static string Of(IActionKind kind, ActionPlan plan)
    {
        var more = Chosen(kind, plan).ToList();
        var words = kind.TitleOf(plan);
        return more.Count == 0 ? words : $"{words} ({string.Join(", ", more)})";
    }

    private static IEnumerable<string> Chosen(IActionKind kind, ActionPlan plan)
    {
        if (plan.Parameters.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        var told = kind.ToldInTitle;
        var unsaid = false;
        foreach (var parameter in plan.Parameters.EnumerateObject())
        {
            if (told.Contains(parameter.Name) || IsDefault(kind, parameter))
            {
                continue;
            }
            if (Word(parameter.Value) is { } word)
            {
                yield return parameter.Value.ValueKind == JsonValueKind.True
                    ? ParameterWords.Of(parameter.Name)
                    : $"{ParameterWords.Of(parameter.Name)} {word}";
            }
            else
            {
                unsaid = true;
            }
        }
        if (unsaid)
        {
            // Others' texts are for those who may sign in: in a message they are told apart, not told.
            yield return $"#{CanonicalJson.Hash(plan.Parameters)[..MarkLength]}";
        }
    }

    private static bool IsDefault(IActionKind kind, JsonProperty parameter) =>
        kind.ParametersSchema.ValueKind == JsonValueKind.Object
        && kind.ParametersSchema.TryGetProperty("properties", out var properties)
        && properties.TryGetProperty(parameter.Name, out var schema)
        && schema.TryGetProperty("default", out var usual)
        && JsonElement.DeepEquals(usual, parameter.Value);

    /// <summary>Numbers, names and the like; null for what is text.</summary>
    private static string? Word(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number or JsonValueKind.True => value.GetRawText(),
            JsonValueKind.False => "no",
            JsonValueKind.String
                when value.GetString() is { Length: > 0 and <= LongestWord } text && text.All(IsPlain) => text,
            JsonValueKind.Array
                when value.GetArrayLength() is > 0 and <= MostWords
                    && value.EnumerateArray().Select(Word).ToList() is var words
                    && words.TrueForAll(word => word is not null) => string.Join(" and ", words),
            _ => null,
        };

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || "._:/@+-".Contains(letter);
}
