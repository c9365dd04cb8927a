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
