using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Calls of tools that a model wrote as elements: their marks and what stands between them (Llama, Qwen-Coder, GLM, MiniMax).</summary>
internal static partial class CallElements
{
    private static readonly string[] AnyCall = ["function", "invoke", "tool"];

    /// <summary>What closes a call of this name; null where nothing does.</summary>
    public static Match? Closing(string name, string text, int from)
    {
        for (var close = AnyClosing().Match(text, from); close.Success; close = close.NextMatch())
        {
            if (Closes(close, name))
            {
                return close;
            }
        }
        return null;
    }

    /// <summary>Place after what closes a call whose arguments end there; that end where nothing does.</summary>
    public static int EndAt(string name, string text, int end)
    {
        var blank = text.AsSpan(end);
        var at = text.Length - blank.TrimStart().Length;
        return AnyClosing().Match(text, at) is { Success: true } close && close.Index == at && Closes(close, name)
            ? close.Index + close.Length
            : end;
    }

    /// <summary>There are parameters, and nothing else.</summary>
    public static bool HasOnlyParameters(string inside) => AllParameters().IsMatch(inside);

    /// <summary>Nothing but parameters, or elements by the parameters' names.</summary>
    public static bool IsArguments(string inside) => AllParameters().IsMatch(inside) || AllChildren().IsMatch(inside);

    public static JsonElement Parameters(string inside)
    {
        var all = Parameter().Matches(inside).Cast<Match>().ToList();
        all = all.Count > 0 ? all : [.. Child().Matches(inside).Cast<Match>()];
        return JsonSerializer.SerializeToElement(
            all.GroupBy(one => one.Groups["name"].Value)
                .ToDictionary(same => same.Key, same => same.First().Groups["value"].Value.Trim())
        );
    }

    public static JsonElement Attributes(string inside) =>
        JsonSerializer.SerializeToElement(
            Attribute()
                .Matches(inside)
                .GroupBy(one => one.Groups["name"].Value)
                .ToDictionary(same => same.Key, same => same.First().Groups["value"].Value.Trim())
        );

    private static bool Closes(Match close, string name) =>
        AnyCall.Append(name).Contains(close.Groups["name"].Value, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"</(?:｜DSML｜)?(?<name>[A-Za-z_][\w.\-]*)>", RegexOptions.IgnoreCase)]
    private static partial Regex AnyClosing();

    [GeneratedRegex(
        @"\G<(?:(?:｜DSML｜)?(?:function=|(?:function|invoke|tool)\s+name\s*=\s*[""']?)(?<name>[A-Za-z_][\w.\-]*)[""']?[^<>]*>|(?<own>[A-Za-z_]\w*)(?<rest>(?:\s[^<>]*?)?)/?>)",
        RegexOptions.IgnoreCase
    )]
    public static partial Regex Opening();

    [GeneratedRegex(@"\G<[^<>]*$")]
    public static partial Regex HalfOpening();

    private const string OneParameter =
        @"<(?:｜DSML｜)?parameter(?:=|\s+name\s*=\s*[""']?)(?<name>[\w.\-]+)[""']?[^<>]*>(?<value>.*?)</(?:｜DSML｜)?parameter>";

    [GeneratedRegex(OneParameter, RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\s*(?:(?>" + OneParameter + @")\s*)+$", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex AllParameters();

    private const string OneChild = @"<(?<name>[A-Za-z_]\w*)>(?<value>[^<]*)</\k<name>>";

    [GeneratedRegex(OneChild)]
    private static partial Regex Child();

    [GeneratedRegex(@"^\s*(?:(?>" + OneChild + @")\s*)+$")]
    private static partial Regex AllChildren();

    [GeneratedRegex(@"(?<name>[A-Za-z_]\w*)\s*=\s*[""'](?<value>[^""']*)[""']")]
    private static partial Regex Attribute();
}
