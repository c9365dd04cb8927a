using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>
/// A Compose file as JSON: anchors and merge keys written out, variables filled in. All values are text, as Compose's own
/// schema takes either almost everywhere. Depth and size are bounded before anything is built of it.
/// </summary>
internal sealed class ComposeText
{
    public const int Longest = 256 * 1024;
    private const int Deepest = 32;
    private const int MostNodes = 20_000;
    private readonly IReadOnlyDictionary<string, string> variables;
    private int nodes;
    private int within;

    private ComposeText(IReadOnlyDictionary<string, string> variables) => this.variables = variables;

    /// <summary>Variables that nothing was given for, with what the file says of them.</summary>
    public SortedDictionary<string, string> Missing { get; } = new(StringComparer.Ordinal);

    /// <exception cref="UnreadableComposeException">It is no YAML, no mapping, too large or too deep.</exception>
    public static (JsonObject Root, IReadOnlyDictionary<string, string> Missing) Read(
        string text,
        IReadOnlyDictionary<string, string> variables
    )
    {
        if (text.Length > Longest)
        {
            throw new UnreadableComposeException("The file is larger than 256 KiB. Give the services in parts.");
        }
        try
        {
            MustBeShallow(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            {
                throw new UnreadableComposeException("The file is not one mapping with services. Give a Compose file.");
            }
            var reading = new ComposeText(variables);
            return ((JsonObject)reading.Of(root, 0)!, reading.Missing);
        }
        catch (YamlException exception)
        {
            throw new UnreadableComposeException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The file is no YAML: line {exception.Start.Line}, column {exception.Start.Column}: {exception.Message}"
                )
            );
        }
    }

    // YamlStream goes down by recursion; the parser does not.
    private static void MustBeShallow(string text)
    {
        var parser = new Parser(new StringReader(text));
        for (var depth = 0; parser.MoveNext(); )
        {
            depth += parser.Current switch
            {
                MappingStart or SequenceStart => 1,
                MappingEnd or SequenceEnd => -1,
                _ => 0,
            };
            if (depth > Deepest)
            {
                throw new UnreadableComposeException($"The file is nested deeper than {Deepest} levels.");
            }
        }
    }

    private JsonNode? Of(YamlNode node, int depth)
    {
        if (depth > Deepest || ++nodes > MostNodes)
        {
            throw new UnreadableComposeException("The file's anchors stand for more than is read here. Write it out.");
        }
        switch (node)
        {
            case YamlScalarNode scalar:
                return scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null"
                    ? null
                    : JsonValue.Create(Filled(scalar.Value ?? ""));
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(child => Of(child, depth + 1))]);
            case YamlMappingNode map:
                return Merged(map, depth);
            default:
                throw new UnreadableComposeException("The file holds what is no text, list or mapping.");
        }
    }

    private JsonObject Merged(YamlMappingNode map, int depth)
    {
        var made = new JsonObject();
        var under = new List<JsonObject>();
        foreach (var (key, value) in map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw new UnreadableComposeException("A name is no text.");
            if (name != "<<")
            {
                made[name] = Of(value, depth + 1);
                continue;
            }
            var others = value is YamlSequenceNode several ? several.Children : [value];
            under.AddRange(others.Select(other => Of(other, depth + 1)).OfType<JsonObject>());
        }
        foreach (var (name, value) in under.SelectMany(other => other))
        {
            made.TryAdd(name, value?.DeepClone());
        }
        return made;
    }

    /// <summary><c>$A</c>, <c>${A}</c>, <c>${A:-b}</c>, <c>${A-b}</c>, <c>${A:+b}</c>, <c>${A:?why}</c> and <c>$$</c>.</summary>
    private string Filled(string text)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }
        var made = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                made.Append(text[at]);
            }
            else if (text[at + 1] == '$')
            {
                made.Append('$');
                at++;
            }
            else if (text[at + 1] == '{' && End(text, at + 2) is > 0 and var end)
            {
                made.Append(Value(text[(at + 2)..end]));
                at = end;
            }
            else if (NameEnd(text, at + 1) is var last && last > at + 1)
            {
                made.Append(Value(text[(at + 1)..last]));
                at = last - 1;
            }
            else
            {
                made.Append('$');
            }
        }
        return made.ToString();
    }

    private string Value(string inner)
    {
        if (++within > 8)
        {
            throw new UnreadableComposeException(
                "A variable's default holds others more than eight deep. Write it out."
            );
        }
        try
        {
            return Chosen(inner);
        }
        finally
        {
            within--;
        }
    }

    private string Chosen(string inner)
    {
        var end = NameEnd(inner, 0);
        var (name, rest) = (inner[..end], inner[end..]);
        var set = variables.TryGetValue(name, out var value);
        var strict = rest.StartsWith(':');
        var way = strict ? rest[1..] : rest;
        var there = set && !(strict && value!.Length == 0);
        switch (way)
        {
            case ['-', .. var otherwise]:
                return there ? value! : Filled(otherwise);
            case ['+', .. var instead]:
                return there ? Filled(instead) : "";
            case ['?', .. var why] when !there:
                Missing[name] = why;
                return "";
            default:
                if (!set)
                {
                    Missing.TryAdd(name, "");
                }
                return value ?? "";
        }
    }

    private static int NameEnd(string text, int from)
    {
        var at = from;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }
        return at;
    }

    private static int End(string text, int from)
    {
        var open = 1;
        for (var at = from; at < Math.Min(text.Length, from + 1000); at++)
        {
            open += text[at] switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if (open == 0)
            {
                return at;
            }
        }
        return -1;
    }
}
