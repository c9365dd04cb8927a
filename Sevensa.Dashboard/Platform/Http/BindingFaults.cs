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
            return Unlike(read.Groups["name"].Value, read.Groups["value"].Value, Expected(read.Groups["type"].Value));
        }
        if (Missing().Match(fault.Message) is { Success: true } missing)
        {
            return $"The parameter {Name(missing.Groups["name"].Value)} is missing ({missing.Groups["source"].Value}); expected is {Expected(missing.Groups["type"].Value)}.";
        }
        return Body().IsMatch(fault.Message) ? "The body is not what is expected here; /api says what is."
            : MediaType().IsMatch(fault.Message) ? "The body is JSON here: send it with Content-Type: application/json."
            : fault.Message;
    }

    /// <summary>The words for a parameter that says something else than what is expected.</summary>
    /// <param name="expected">One of <see cref="ValueWords"/>, for instance.</param>
    public static string Unlike(string name, string value, string expected) =>
        $"The parameter {Name(name)} is \"{StoreText.Shorten(value, LongestShown)}\"; expected is {expected}.";

    private static string Name(string parameter) => $"\"{JsonNamingPolicy.CamelCase.ConvertName(parameter)}\"";

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
