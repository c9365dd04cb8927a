using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// Calls of tools that a model wrote as text instead of making them: Llama's and Qwen's bare JSON, <c>&lt;tool_call&gt;</c>,
/// <c>&lt;function=name&gt;</c>, Mistral's <c>[TOOL_CALLS]</c>, fenced JSON, and calls in the manner of Python.
/// </summary>
internal static partial class WrittenCalls
{
    private static readonly string[] Names = ["name", "function", "tool", "tool_name", "action"];
    private static readonly string[] Arguments = ["arguments", "parameters", "args", "input", "action_input"];

    /// <summary>Where a text begins that may be such a call; at the start of a line for what prose may hold too.</summary>
    /// <param name="before">What stands before the text.</param>
    public static int Begin(char before, string text) =>
        Beginning().Match(before + text) is { Success: true } found ? Math.Max(0, found.Index - 1) : -1;

    /// <summary>The same of an end that may become such a beginning with what comes next.</summary>
    public static int MayBegin(char before, string text) =>
        HalfBeginning().Match(before + text, 1) is { Success: true } found ? found.Index - 1 : -1;

    /// <summary>What stands at the start of a text that <see cref="Begin"/> found.</summary>
    /// <param name="text">From the beginning on.</param>
    /// <param name="isOver">Nothing more comes.</param>
    /// <param name="isKnown">Whether there is a tool of that name.</param>
    /// <returns>Null as long as more has to come to tell.</returns>
    public static Written? Read(string text, bool isOver, Func<string, bool> isKnown)
    {
        var (inside, length) = Block(text);
        if (length < 0 && !isOver && text.Length < MostPending && !CannotBe(text))
        {
            return null;
        }
        var all = length < 0 ? text : text[..length];
        var calls = Calls(length < 0 ? Lenient(text) : inside, isKnown)
            .Select(call => call with { IsWritten = true })
            .ToList();
        return new Written(all.Length, calls, calls.Count == 0 && length < 0 && Half().IsMatch(Lenient(text)));
    }

    private const int MostPending = 16_000;

    /// <summary>A block that has begun like a call and cannot be one any more.</summary>
    private static bool CannotBe(string text) =>
        text.StartsWith("```", StringComparison.Ordinal)
            ? Fence().Match(text) is { Success: true } fence
                && text[fence.Length..].TrimStart() is { Length: > 0 } code
                && code[0] is not ('{' or '[' or '<')
            : text[0] is '{' or '['
                && text.Length > 60
                && !Half().IsMatch(text)
                && !Tagged().IsMatch(text)
                && !Python().IsMatch(text);

    /// <summary>The block that the text begins with: what is inside it, and its length; -1 when it is not closed.</summary>
    private static (string Inside, int Length) Block(string text)
    {
        foreach (
            var (open, close) in ((string, string)[])[("<tool_call>", "</tool_call>"), ("<function=", "</function>")]
        )
        {
            if (text.StartsWith(open, StringComparison.OrdinalIgnoreCase))
            {
                var end = text.IndexOf(close, StringComparison.OrdinalIgnoreCase);
                return end < 0 ? ("", -1)
                    : open[^1] == '=' ? (text[..end], end + close.Length)
                    : (text[open.Length..end], end + close.Length);
            }
        }
        if (text.StartsWith("```", StringComparison.Ordinal))
        {
            var begin = Fence().Match(text);
            var end = begin.Success ? text.IndexOf("```", begin.Length, StringComparison.Ordinal) : -1;
            return end < 0 ? ("", -1) : (text[begin.Length..end], end + 3);
        }
        if (Python().Match(text) is { Success: true } python && text[0] == '[')
        {
            var end = text.IndexOf(")]", python.Length - 1, StringComparison.Ordinal);
            return end < 0 ? ("", -1) : (text[1..(end + 1)], end + 2);
        }
        if (text[0] is '{' or '[' && !Tagged().IsMatch(text) && Balanced(text) is > 0 and var length)
        {
            return (text[..length], length);
        }
        return ("", -1);
    }

    private static string Lenient(string text)
    {
        var bare = Tagged().Replace(text, "");
        bare = bare.StartsWith("```", StringComparison.Ordinal) ? Fence().Replace(bare, "", 1) : bare;
        bare = bare.StartsWith("<tool_call>", StringComparison.OrdinalIgnoreCase) ? bare["<tool_call>".Length..] : bare;
        return bare.Trim().TrimEnd('`').Trim();
    }

    private static List<ModelCall> Calls(string text, Func<string, bool> isKnown)
    {
        text = text.Trim();
        if (text.StartsWith("<function=", StringComparison.OrdinalIgnoreCase))
        {
            return Function().Match(text) is { Success: true } function
                ? [new ModelCall(Id(), function.Groups["name"].Value, Parameters(function.Groups["rest"].Value))]
                : [];
        }
        if (NamedFirst().Match(text) is { Success: true } named && isKnown(named.Groups["name"].Value))
        {
            return TryParse(named.Groups["json"].Value) is { ValueKind: JsonValueKind.Object } given
                ? [new ModelCall(Id(), named.Groups["name"].Value, given)]
                : [];
        }
        if (Python().IsMatch(text))
        {
            return Pythonic(text, isKnown);
        }
        var calls = new List<ModelCall>();
        while (text.Length > 0 && text[0] is '{' or '[' && Balanced(text) is > 0 and var length)
        {
            if (TryParse(text[..length]) is not { } json)
            {
                break;
            }
            calls.AddRange(Calls(json, isKnown));
            text = text[length..].TrimStart(' ', '\r', '\n', '\t', ',', ';');
        }
        return calls;
    }

    private static IEnumerable<ModelCall> Calls(JsonElement json, Func<string, bool> isKnown)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            return json.EnumerateArray().SelectMany(one => Calls(one, isKnown));
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            return [];
        }
        if (json.TryGetProperty("tool_calls", out var list))
        {
            return Calls(list, isKnown);
        }
        if (json.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
        {
            return Calls(function, isKnown);
        }
        var name = Names
            .Select(member => ModelJson.Text(json, member))
            .FirstOrDefault(found => found is not null && Word().IsMatch(found));
        if (name is null)
        {
            return [];
        }
        foreach (var member in Arguments)
        {
            if (json.TryGetProperty(member, out var given))
            {
                return
                [
                    new ModelCall(
                        Id(),
                        name,
                        given.ValueKind == JsonValueKind.String && TryParse(given.GetString()!) is { } parsed ? parsed
                            : given.ValueKind == JsonValueKind.Object ? given
                            : ModelJson.Empty
                    ),
                ];
            }
        }
        // Without arguments it is a call only where nothing else stands beside a name that is a tool's.
        return isKnown(name) && json.EnumerateObject().Count() <= 2 ? [new ModelCall(Id(), name, ModelJson.Empty)] : [];
    }

    private static List<ModelCall> Pythonic(string text, Func<string, bool> isKnown) =>
        [
            .. PythonCall()
                .Matches(text)
                .Where(call => isKnown(call.Groups["name"].Value))
                .Select(call => new ModelCall(
                    Id(),
                    call.Groups["name"].Value,
                    JsonSerializer.SerializeToElement(
                        PythonArgument()
                            .Matches(call.Groups["rest"].Value)
                            .GroupBy(argument => argument.Groups["name"].Value)
                            .ToDictionary(same => same.Key, same => PythonValue(same.First().Groups["value"].Value))
                    )
                )),
        ];

    private static object? PythonValue(string text) =>
        text switch
        {
            "None" => null,
            "True" => true,
            "False" => false,
            ['\'' or '"', .., '\'' or '"'] => text[1..^1],
            _ => TryParse(text) is { } json ? json : text,
        };

    private static JsonElement Parameters(string rest)
    {
        if (TryParse(rest) is { ValueKind: JsonValueKind.Object } json)
        {
            return json;
        }
        return JsonSerializer.SerializeToElement(
            Parameter()
                .Matches(rest)
                .GroupBy(one => one.Groups["name"].Value)
                .ToDictionary(same => same.Key, same => same.First().Groups["value"].Value.Trim())
        );
    }

    /// <summary>Length of the JSON value that a text begins with; -1 when it is not closed.</summary>
    private static int Balanced(string text)
    {
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(text),
            isFinalBlock: false,
            new JsonReaderState(new JsonReaderOptions { AllowTrailingCommas = true })
        );
        try
        {
            if (!reader.Read() || !reader.TrySkip())
            {
                return -1;
            }
        }
        catch (JsonException)
        {
            return -1;
        }
        return Encoding.UTF8.GetCharCount(Encoding.UTF8.GetBytes(text).AsSpan(0, (int)reader.BytesConsumed));
    }

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text, Loose);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static readonly JsonSerializerOptions Loose = new() { AllowTrailingCommas = true };

    private static string Id() => $"written_{Guid.NewGuid():n}"[..16];

    [GeneratedRegex(
        @"<tool_call>|<function=|<\|python_tag\|>|<\|tool_call\|>|\[TOOL_CALLS\]|\{\s*""(?:name|function|tool|tool_name)""\s*:\s*""[\w.\-]+""\s*,\s*""(?:arguments|parameters|args)""|(?<=\n)[ \t]*(?:```[^\n`]*\n|\{\s*""|\[\s*\{\s*""|\[[A-Za-z_]+\()",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Beginning();

    [GeneratedRegex(
        @"(?:<[a-z|_=]{0,14}|\[[A-Za-z_]{0,24}|\{\s*(?:""[a-z_]{0,9}(?:""\s*(?::\s*(?:""[\w.\-]{0,80}(?:""\s*(?:,\s*(?:""[a-z]{0,10}""?)?)?)?)?)?)?)?|(?<=\n)[ \t]*(?:`{1,3}[^\n`]*|\[\s*(?:\{\s*)?))$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex HalfBeginning();

    [GeneratedRegex(@"^```[^\n`]*\n")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*(?:<\|python_tag\|>|<\|tool_call\|>|\[TOOL_CALLS\])", RegexOptions.IgnoreCase)]
    private static partial Regex Tagged();

    /// <summary>Half a call: its first member is one that calls have.</summary>
    [GeneratedRegex(
        @"^\s*(?:<function=|\[?\s*\{\s*""(?:(?:name|function|tool|tool_name|action)""\s*:\s*(?:""[\w.\-]*(?:""\s*(?:$|,|\}))?|\{|$)|type""\s*:\s*""function|tool_calls""|(?:arguments|parameters)""\s*:\s*\{))",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Half();

    [GeneratedRegex(
        @"^<function=(?<name>[\w.\-]+)>(?<rest>.*?)(?:</function>)?$",
        RegexOptions.Singleline | RegexOptions.IgnoreCase
    )]
    private static partial Regex Function();

    [GeneratedRegex(
        @"<parameter=(?<name>[\w.\-]+)>(?<value>.*?)</parameter>",
        RegexOptions.Singleline | RegexOptions.IgnoreCase
    )]
    private static partial Regex Parameter();

    /// <summary>A name and then its arguments: <c>list_containers{"tenant": "rentguy"}</c>.</summary>
    [GeneratedRegex(@"^(?<name>[\w.\-]+)\s*(?:\[ARGS\])?\s*(?<json>\{.*\})$", RegexOptions.Singleline)]
    private static partial Regex NamedFirst();

    [GeneratedRegex(@"^\s*\[?[A-Za-z_]+\(")]
    private static partial Regex Python();

    [GeneratedRegex(@"(?<name>[A-Za-z_]+)\((?<rest>[^()]*)\)")]
    private static partial Regex PythonCall();

    [GeneratedRegex(@"(?<name>\w+)\s*=\s*(?<value>""[^""]*""|'[^']*'|[^,]+)")]
    private static partial Regex PythonArgument();

    [GeneratedRegex(@"^[A-Za-z_][\w.\-]{0,80}$")]
    private static partial Regex Word();
}

/// <summary>What a stretch of text turned out to be.</summary>
/// <param name="Length">Characters of it.</param>
/// <param name="Calls">Empty when it is text like any other.</param>
/// <param name="IsHalf">It is a call that was not written to its end.</param>
internal sealed record Written(int Length, IReadOnlyList<ModelCall> Calls, bool IsHalf);
