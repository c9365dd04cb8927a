using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// Reads calls of tools that stand in a text, one after another with what wraps and parts them, in the forms that models
/// are trained to write: JSON (Qwen, Hermes, Llama, Granite, Phi), a name and its arguments (Mistral, DeepSeek, Kimi,
/// Gemma), elements (Llama, Qwen-Coder, GLM, MiniMax), calls in the manner of Python (Llama 3.2, Gemma), gpt-oss' channels.
/// </summary>
/// <param name="isOver">Nothing more comes after the text.</param>
/// <param name="isSure">A mark that only calls have stands before: any name is one, also without arguments.</param>
internal sealed partial class CallReader(string text, int at, bool isOver, bool isSure, Func<string, bool> isKnown)
{
    private static readonly string[] Names =
    [
        "name",
        "function",
        "tool",
        "tool_name",
        "action",
        "recipient_name",
        "function_name",
    ];

    private static readonly string[] Arguments = ["arguments", "parameters", "args", "input", "action_input"];

    private static readonly string[] Wraps =
    [
        "tool_calls",
        "tool_call",
        "calls",
        "function_call",
        "tool_uses",
        "function",
    ];

    private readonly List<ModelCall> calls = [];

    public IReadOnlyList<ModelCall> Calls => calls;

    /// <summary>Place after the last call and what closes it.</summary>
    public int At { get; private set; } = at;

    /// <summary>Place after the last call itself.</summary>
    public int CallEnd { get; private set; }

    /// <summary>Some have no arguments by name: words that may be said of anything.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>As many as there are.</summary>
    public Found All()
    {
        while (true)
        {
            Skip();
            if (At >= text.Length)
            {
                return calls.Count > 0 ? Found.Whole : Found.Unfinished;
            }
            var found = One();
            if (found != Found.Whole)
            {
                return found == Found.No && calls.Count > 0 ? Found.Whole : found;
            }
            CallEnd = At;
        }
    }

    private Found One()
    {
        if (Channel().Match(text, At) is { Success: true } channel)
        {
            return text.IndexOf('{', At + channel.Length) != At + channel.Length
                ? Found.Unfinished
                : Given(channel.Groups["name"].Value, At + channel.Length);
        }
        return text[At] switch
        {
            '<' => Element(),
            '{' => Json(),
            '[' when PythonList().Match(text, At) is { Success: true } list => List(list.Length),
            '[' when JsonList().IsMatch(text, At) => Json(),
            _ => Named(),
        };
    }

    private Found Json()
    {
        var value = LooseValue.Read(text, At);
        if (value.Found != Found.Whole)
        {
            return value.Found;
        }
        var read = In(value.Value).ToList();
        if (read.Count == 0)
        {
            return Found.No;
        }
        calls.AddRange(read);
        At = value.End;
        return Found.Whole;
    }

    /// <summary>Brackets around calls in the manner of Python.</summary>
    private Found List(int length)
    {
        var (before, from) = (calls.Count, At);
        At += length;
        while (true)
        {
            Skip();
            if (At >= text.Length)
            {
                At = from;
                return Found.Unfinished;
            }
            if (text[At] == ']')
            {
                At++;
                return calls.Count > before ? Found.Whole : Found.No;
            }
            if (Named() is var found && found != Found.Whole)
            {
                At = from;
                return found;
            }
        }
    }

    /// <summary>A name, and arguments after it.</summary>
    private Found Named()
    {
        if (Name().Match(text, At) is not { Success: true } named)
        {
            return Found.No;
        }
        var (name, end) = (named.Groups["name"].Value, At + named.Length);
        if (end >= text.Length)
        {
            return !isOver ? Found.Unfinished
                : isSure ? Take(name, ModelJson.Empty, end)
                : Found.No;
        }
        if (text[end] == '(')
        {
            return Python(name, end + 1, named.Groups["print"].Success);
        }
        if (Between().Match(text, end) is { Success: true } between)
        {
            IsPlain |= !isSure;
            return Given(name, end + between.Length);
        }
        if (Pair().Match(text, end) is { Success: true })
        {
            return Pairs(name, end);
        }
        if (isSure && Closed().IsMatch(text, end))
        {
            return Take(name, ModelJson.Empty, end);
        }
        return !isOver && HalfBetween().IsMatch(text, end) ? Found.Unfinished : Found.No;
    }

    private Found Given(string name, int from)
    {
        var value = LooseValue.Read(text, from);
        return value.Found != Found.Whole ? value.Found
            : value.Value.ValueKind != JsonValueKind.Object ? Found.No
            : Take(name, value.Value, value.End);
    }

    private Found Python(string name, int from, bool printed)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var isNamed = false;
        while (true)
        {
            while (from < text.Length && (char.IsWhiteSpace(text[from]) || text[from] == ','))
            {
                from++;
            }
            if (from >= text.Length)
            {
                return Found.Unfinished;
            }
            if (text[from] == ')')
            {
                from++;
                break;
            }
            var keyword = Keyword().Match(text, from);
            var value = LooseValue.Read(text, from + keyword.Length, barely: true);
            if (value.Found != Found.Whole)
            {
                return value.Found;
            }
            from = value.End;
            isNamed |= keyword.Success;
            if (!keyword.Success && value.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in value.Value.EnumerateObject())
                {
                    members.TryAdd(member.Name, member.Value);
                }
                continue;
            }
            members.TryAdd(
                keyword.Success ? keyword.Groups["name"].Value : $"argument {members.Count + 1}",
                value.Value
            );
        }
        if (printed)
        {
            if (from >= text.Length)
            {
                return isOver ? Found.No : Found.Unfinished;
            }
            if (text[from] != ')')
            {
                return Found.No;
            }
            from++;
        }
        IsPlain |= !isNamed;
        return Take(name, JsonSerializer.SerializeToElement(members), from);
    }

    private Found Element()
    {
        if (Opening().Match(text, At) is not { Success: true } opening)
        {
            return HalfOpening().IsMatch(text, At) ? Found.Unfinished : Found.No;
        }
        var (name, from) = (opening.Groups["name"].Value, At + opening.Length);
        var own = opening.Groups["own"];
        if (own.Success)
        {
            // A tool's own name as an element.
            (name, from) = (own.Value, At + opening.Length);
            if (!isKnown(name))
            {
                return Found.No;
            }
            if (opening.Value.EndsWith("/>", StringComparison.Ordinal))
            {
                return Take(name, Attributes(opening.Groups["rest"].Value), from);
            }
        }
        var value = from < text.Length ? LooseValue.Read(text, from) : default;
        if (value.Found == Found.Whole && value.Value.ValueKind == JsonValueKind.Object)
        {
            return Take(name, value.Value, Ended(name, value.End));
        }
        var close = Closing(name).Match(text, from);
        if (!close.Success)
        {
            return isOver && !own.Success && Parameter().IsMatch(text, from) && AllParameters().IsMatch(text[from..])
                ? Take(name, Parameters(text[from..]), text.Length)
                : Found.Unfinished;
        }
        var inside = text[from..close.Index];
        return inside.Trim().Length > 0 && !AllParameters().IsMatch(inside) && !AllChildren().IsMatch(inside)
            ? Found.No
            : Take(name, Parameters(inside), close.Index + close.Length);
    }

    private int Ended(string name, int end) =>
        Closing(name).Match(text, end) is { Success: true } close && text[end..close.Index].Trim().Length == 0
            ? close.Index + close.Length
            : end;

    private Found Pairs(string name, int from)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        while (WholePair().Match(text, from) is { Success: true } pair)
        {
            members.TryAdd(pair.Groups["name"].Value.Trim(), pair.Groups["value"].Value.Trim());
            from += pair.Length;
        }
        return Pair().IsMatch(text, from)
            ? Found.Unfinished
            : Take(name, JsonSerializer.SerializeToElement(members), from);
    }

    private Found Take(string name, JsonElement arguments, int end)
    {
        calls.Add(new ModelCall(Id(), name, arguments, IsWritten: true));
        At = end;
        return Found.Whole;
    }

    /// <summary>The calls that a value of JSON is.</summary>
    private IEnumerable<ModelCall> In(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            return json.EnumerateArray().SelectMany(In);
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            return [];
        }
        foreach (var wrap in Wraps)
        {
            if (
                json.TryGetProperty(wrap, out var inside)
                && inside.ValueKind is JsonValueKind.Array or JsonValueKind.Object
            )
            {
                return In(inside);
            }
        }
        var members = json.EnumerateObject().ToList();
        var name = Names
            .Select(member => ModelJson.Text(json, member))
            .FirstOrDefault(found => found is not null && Word().IsMatch(found));
        if (name is null)
        {
            // The tool's name itself as the key.
            return members is [{ Value.ValueKind: JsonValueKind.Object } only] && isKnown(only.Name)
                ? [new ModelCall(Id(), only.Name, only.Value, IsWritten: true)]
                : [];
        }
        var given = members.Find(member => Arguments.Contains(member.Name));
        var isCall =
            given.Value.ValueKind != JsonValueKind.Undefined
                ? isKnown(name) || isSure || IsNothingElse(members)
                // Without arguments it is a call only where nothing else stands beside a name that is a tool's.
                : (isKnown(name) || isSure) && members.Count <= 2;
        return isCall
            ?
            [
                new ModelCall(
                    Id(),
                    name,
                    given.Value.ValueKind == JsonValueKind.Undefined
                        ? ModelJson.Empty
                        : ModelJson.Arguments(given.Value),
                    IsWritten: true
                ),
            ]
            : [];
    }

    private static bool IsNothingElse(List<JsonProperty> members) =>
        members.TrueForAll(member =>
            member.Name is "type" or "id" or "tool_call_id"
            || Names.Contains(member.Name)
            || (
                Arguments.Contains(member.Name)
                && member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.String or JsonValueKind.Null
            )
        );

    private static JsonElement Parameters(string inside)
    {
        var all = Parameter().Matches(inside).Cast<Match>().ToList();
        all = all.Count > 0 ? all : [.. Child().Matches(inside).Cast<Match>()];
        return JsonSerializer.SerializeToElement(
            all.GroupBy(one => one.Groups["name"].Value)
                .ToDictionary(same => same.Key, same => same.First().Groups["value"].Value.Trim())
        );
    }

    private static JsonElement Attributes(string inside) =>
        JsonSerializer.SerializeToElement(
            Attribute()
                .Matches(inside)
                .GroupBy(one => one.Groups["name"].Value)
                .ToDictionary(same => same.Key, same => same.First().Groups["value"].Value.Trim())
        );

    private void Skip() => At += Wrapping().Match(text, At).Length;

    private static string Id() => $"written_{Guid.NewGuid():n}"[..16];

    private static Regex Closing(string name) =>
        new(
            $@"</(?:｜DSML｜)?(?:function|invoke|tool|{Regex.Escape(name)})>",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(1)
        );

    /// <summary>What stands around calls and between them.</summary>
    [GeneratedRegex(
        @"\G(?:[\s,;]|```\w*|functools(?=\s*[\[\{])|</?(?:minimax:)?(?:tool_?calls?|function_?calls?|tools?|tool_code)>|</?｜DSML｜(?:function|tool)_calls>|<\|?/?(?:tool_?calls?(?:_(?:section_)?(?:begin|end|start))?|python_tag|start_action|end_action|action_start|action_end|plugin|eot_id|eom_id|im_end|call|end)\|>|<\|tool_call>|<tool_call\|>|<｜tool▁(?:calls▁begin|calls▁end|call▁begin|call▁end)｜>|</?(?:start|end)_function_call>|\[/?(?:TOOL_CALLS?|TOOL_REQUEST|END_TOOL_REQUEST)\])*",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Wrapping();

    /// <summary>gpt-oss: a recipient, and a channel before or after it; also when the server has left its marks out.</summary>
    [GeneratedRegex(
        @"\G(?:<\|start\|>)?\s*(?:assistant)?\s*(?:<\|channel\|>)?\s*(?:commentary|analysis|final)?\s*to=(?:functions?\.)?(?<name>[A-Za-z_][\w.\-]*)\s*(?:<\|channel\|>\s*\w*\s*)?(?:<\|constrain\|>)?\s*(?:json|code)?\s*(?:<\|message\|>)?\s*(?=\{|[^{]{0,24}$)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Channel();

    [GeneratedRegex(@"\G\[\s*(?=(?:\w+\.)*[A-Za-z_]\w*\()")]
    private static partial Regex PythonList();

    [GeneratedRegex(@"\G\[\s*(?:[\{\[]|$)")]
    private static partial Regex JsonList();

    [GeneratedRegex(
        @"\G(?:function<｜tool▁sep｜>\s*|✿FUNCTION✿\s*:\s*|Action\s*:\s*`?)?(?:\w+\s*=\s*(?=[\w.]+\())?(?:await\s+)?(?<print>print\(\s*)?(?:call:)?(?<name>[A-Za-z_][\w.\-]*)(?::\d+)?",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Name();

    /// <summary>What stands between a name and the object of its arguments.</summary>
    [GeneratedRegex(
        @"\G(?:\[CALL_ID\][\w\-]+)?\s*(?:\[ARGS\]|<｜tool▁sep｜>|<\|tool_call_argument_begin\|>|✿ARGS✿\s*:|`?\s*\n\s*Action Input\s*:)?\s*(?:```\w*\s*)?(?=\{)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Between();

    [GeneratedRegex(
        @"\G(?:\[[A-Z_]{0,12}\]?[\w\-]{0,40}|\s|<[^<>]*|✿[^{✿]*|`|A(?:c(?:t(?:i(?:o(?:n(?:[ Input:\s]*)?)?)?)?)?)?)*$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex HalfBetween();

    [GeneratedRegex(@"\G\s*(?:<|\[|$)")]
    private static partial Regex Closed();

    [GeneratedRegex(@"\G(?<name>[A-Za-z_]\w*)\s*=\s*")]
    private static partial Regex Keyword();

    [GeneratedRegex(@"\G\s*<arg_key>")]
    private static partial Regex Pair();

    [GeneratedRegex(
        @"\G\s*<arg_key>(?<name>.*?)</arg_key>\s*<arg_value>(?<value>.*?)</arg_value>",
        RegexOptions.Singleline
    )]
    private static partial Regex WholePair();

    [GeneratedRegex(
        @"\G<(?:(?:｜DSML｜)?(?:function=|(?:function|invoke|tool)\s+name\s*=\s*[""']?)(?<name>[A-Za-z_][\w.\-]*)[""']?[^<>]*>|(?<own>[A-Za-z_]\w*)(?<rest>(?:\s[^<>]*?)?)/?>)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Opening();

    [GeneratedRegex(@"\G<[^<>]*$")]
    private static partial Regex HalfOpening();

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

    [GeneratedRegex(@"^[A-Za-z_][\w.\-]{0,80}$")]
    private static partial Regex Word();
}
