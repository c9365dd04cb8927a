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
        var read = new JsonCalls(isSure, isKnown).In(value.Value).ToList();
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
        return !isOver && HalfBetween.IsMatch(text.AsSpan(end)) ? Found.Unfinished : Found.No;
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
        if (CallElements.Opening().Match(text, At) is not { Success: true } opening)
        {
            return CallElements.HalfOpening().IsMatch(text, At) ? Found.Unfinished : Found.No;
        }
        var (name, from) = (opening.Groups["name"].Value, At + opening.Length);
        var own = opening.Groups["own"];
        if (own.Success)
        {
            // A tool's own name as an element.
            name = own.Value;
            if (!isKnown(name))
            {
                return Found.No;
            }
            if (opening.Value.EndsWith("/>", StringComparison.Ordinal))
            {
                return Take(name, CallElements.Attributes(opening.Groups["rest"].Value), from);
            }
        }
        var value = from < text.Length ? LooseValue.Read(text, from) : default;
        if (value.Found == Found.Whole && value.Value.ValueKind == JsonValueKind.Object)
        {
            return Take(name, value.Value, CallElements.EndAt(name, text, value.End));
        }
        if (CallElements.Closing(name, text, from) is not { } close)
        {
            return isOver && !own.Success && CallElements.HasOnlyParameters(text[from..])
                ? Take(name, CallElements.Parameters(text[from..]), text.Length)
                : Found.Unfinished;
        }
        var inside = text[from..close.Index];
        return inside.Trim().Length > 0 && !CallElements.IsArguments(inside)
            ? Found.No
            : Take(name, CallElements.Parameters(inside), close.Index + close.Length);
    }

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
        calls.Add(JsonCalls.Call(name, arguments));
        At = end;
        return Found.Whole;
    }

    private void Skip() => At += Wrapping().Match(text, At).Length;

    /// <summary>What stands around calls and between them.</summary>
    [GeneratedRegex(
        @"\G(?:[\s,;]|```\w*|" + CallWords.Opening + "|" + CallWords.Closing + ")*",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Wrapping();

    /// <summary>gpt-oss: a recipient, and a channel before or after it; also when the server has left its marks out.</summary>
    [GeneratedRegex(
        @"\G(?:<\|start\|>)?(?>\s*)(?:assistant)?(?>\s*)(?:<\|channel\|>)?(?>\s*)(?:commentary|analysis|final)?(?>\s*)to=(?:functions?\.)?(?<name>(?>[A-Za-z_][\w.\-]*))(?>\s*)(?:<\|channel\|>(?>\s*)(?>\w*)(?>\s*))?(?:<\|constrain\|>)?(?>\s*)(?:json|code)?(?>\s*)(?:<\|message\|>)?(?>\s*)(?=\{|[^{]{0,24}$)",
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

    /// <summary>
    /// The same, cut off. Its pieces can be told apart in many ways, so that it is matched without going back: a text that
    /// repeats itself takes no longer than another.
    /// </summary>
    private static readonly Regex HalfBetween = new(
        @"^(?:\[[A-Z_]{0,12}\]?[\w\-]{0,40}|\s|<[^<>]*|✿[^{✿]*|`|A(?:c(?:t(?:i(?:o(?:n(?:[ Input:\s]*)?)?)?)?)?)?)*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    );

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
}
