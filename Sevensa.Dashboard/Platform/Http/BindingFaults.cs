using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// What the framework says of a parameter of the query, the path or a header that it can't read, in the caller's words: the
/// parameter, what was read, what is expected. Its own words name this program's types.
/// </summary>
internal static partial class BindingFaults
{
    private const int LongestShown = 100;

    /// <summary>The fault's own words, where it is this program's.</summary>
    public static string Words(BadHttpRequestException fault)
    {
        if (Unreadable().Match(fault.Message) is { Success: true } read)
        {
            return $"The parameter {Name(read)} is \"{StoreText.Shorten(read.Groups["value"].Value, LongestShown)}\"; expected is {Expected(read.Groups["type"].Value)}.";
        }
        if (Missing().Match(fault.Message) is { Success: true } missing)
        {
            return $"The parameter {Name(missing)} is missing ({missing.Groups["source"].Value}); expected is {Expected(missing.Groups["type"].Value)}.";
        }
        return Body().IsMatch(fault.Message) ? "The body is not what is expected here; /api says what is."
            : MediaType().IsMatch(fault.Message) ? "The body is JSON here: send it with Content-Type: application/json."
            : fault.Message;
    }

    private static string Name(Match match) =>
        $"\"{JsonNamingPolicy.CamelCase.ConvertName(match.Groups["name"].Value)}\"";

    private static string Expected(string type) =>
        type.Replace("Nullable<", "", StringComparison.Ordinal).TrimEnd('>', '?').Split('.')[^1] switch
        {
            "int" or "long" or "short" or "Int32" or "Int64" => ValueWords.WholeNumber,
            "double" or "float" or "decimal" or "Double" => ValueWords.Number,
            "bool" or "Boolean" => ValueWords.Flag,
            "DateTimeOffset" or "DateTime" => ValueWords.Time,
            "string" or "String" => ValueWords.Text,
            _ => "something else",
        };

    [GeneratedRegex(
        "^Failed to bind parameter \"(?<type>.+?) (?<name>\\w+)\" from \"(?<value>.*)\"\\.$",
        RegexOptions.Singleline
    )]
    private static partial Regex Unreadable();

    [GeneratedRegex("^Required parameter \"(?<type>.+?) (?<name>\\w+)\" was not provided from (?<source>.+)\\.$")]
    private static partial Regex Missing();

    [GeneratedRegex("^(Failed to read parameter|Implicit body inferred|Unexpected request without body)")]
    private static partial Regex Body();

    [GeneratedRegex("^Expected a supported (JSON|form) media type")]
    private static partial Regex MediaType();
}

/// <summary>What a value is expected to be, for the messages of the border.</summary>
internal static class ValueWords
{
    public const string WholeNumber = "a whole number";
    public const string Number = "a number";
    public const string Flag = "true or false";
    public const string Time = "a time such as 2026-01-31T09:30:00.000Z";
    public const string Text = "a text";

    public static string Of(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Names(type))}"
        : type == typeof(string) ? Text
        : type == typeof(bool) ? Flag
        : type == typeof(DateTimeOffset) ? Time
        : type == typeof(int) || type == typeof(long) ? WholeNumber
        : type == typeof(double) || type == typeof(decimal) ? Number
        : "another value";

    /// <summary>The words of a fixed set, as they are written on the wire.</summary>
    public static IEnumerable<string> Names(Type type) =>
        Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    /// <summary>A parameter that is one of a fixed set of words, in any case; null when it is left out or empty.</summary>
    /// <exception cref="BadHttpRequestException">400: there is no such word; the message has those that there are.</exception>
    public static T? Read<T>(string name, string? text, string? besides = null)
        where T : struct, Enum
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }
        // By the names alone: Enum.TryParse takes numbers, and lists of words as well.
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }
        throw new BadHttpRequestException(
            $"There is no {name} \"{StoreText.Shorten(text, 100)}\". There are {string.Join(", ", (besides is null ? [] : new[] { besides }).Concat(Names(typeof(T))))}."
        );
    }
}
