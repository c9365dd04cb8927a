using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Parameters of kinds in the words of people: their names and choices are those of programs.</summary>
public static class ParameterWords
{
    /// <summary>"graceSeconds" is "grace seconds", "memoryMiB" is "memory (MiB)".</summary>
    public static string Of(string name) =>
        string.Concat(
                name.Select(letter =>
                    char.IsAsciiLetterUpper(letter)
                        ? " " + char.ToLower(letter, CultureInfo.InvariantCulture)
                        : letter.ToString()
                )
            )
            .Replace(" mi b", " (MiB)", StringComparison.Ordinal);

    /// <summary>One parameter in a row of several: "grace seconds 10", "share volumes: no".</summary>
    public static string Of(string name, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => $"{Of(name)}: yes",
            JsonValueKind.False => $"{Of(name)}: no",
            JsonValueKind.Null => $"{Of(name)}: none",
            JsonValueKind.Array when value.GetArrayLength() == 0 => $"{Of(name)}: none",
            JsonValueKind.Array => $"{Of(name)}: {string.Join(", ", value.EnumerateArray().Select(Text))}",
            JsonValueKind.String => $"{Of(name)}: {Text(value)}",
            _ => $"{Of(name)} {Text(value)}",
        };

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
