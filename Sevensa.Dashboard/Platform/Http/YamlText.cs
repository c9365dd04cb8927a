using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlScalar = YamlDotNet.Core.Events.Scalar;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A text is no YAML that is read here, with the place.</summary>
internal sealed class UnreadableYamlException(string message) : Exception(message);

/// <summary>
/// JSON as YAML 1.2 and back (core schema: what is written plainly and looks like a number, a truth or nothing is that; the rest
/// is text). Names that refer to another place of the file are refused: a small file of them stands for a huge one.
/// </summary>
internal static class YamlText
{
    private const int Deepest = 64;

    public static string Write(JsonNode? node)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings(2, int.MaxValue, false, 1024, indentSequences: true));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(true));
        emitter.Emit(new StreamEnd());
        return writer.ToString();
    }

    /// <exception cref="UnreadableYamlException">It is no YAML, several documents, or refers to itself.</exception>
    public static JsonNode? Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return null;
            }
            parser.Consume<DocumentStart>();
            var node = ReadNode(parser, 0);
            parser.Consume<DocumentEnd>();
            return parser.TryConsume<StreamEnd>(out _)
                ? node
                : throw new UnreadableYamlException("The file holds several documents. One is read.");
        }
        catch (YamlException exception)
        {
            throw new UnreadableYamlException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The file is no YAML: line {exception.Start.Line}, column {exception.Start.Column}: {exception.Message}"
                )
            );
        }
    }

    private static JsonNode? ReadNode(Parser parser, int depth)
    {
        if (depth > Deepest)
        {
            throw new UnreadableYamlException($"The file is nested deeper than {Deepest} levels.");
        }
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
        {
            throw new UnreadableYamlException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Line {parser.Current.Start.Line} names another place of the file (& or *). Write it out."
                )
            );
        }
        if (parser.TryConsume<YamlScalar>(out var scalar))
        {
            return scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value) : JsonValue.Create(scalar.Value);
        }
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(parser, depth + 1));
            }
            return items;
        }
        var at = parser.Consume<MappingStart>().Start;
        var map = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<YamlScalar>();
            if (!map.TryAdd(key.Value, null))
            {
                throw new UnreadableYamlException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Line {key.Start.Line}: \"{key.Value}\" stands twice in what begins in line {at.Line}."
                    )
                );
            }
            map[key.Value] = ReadNode(parser, depth + 1);
        }
        return map;
    }

    private static JsonNode? Plain(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when IsNumber(text) => JsonNode.Parse(text),
            _ => JsonValue.Create(text),
        };

    /// <summary>A number as JSON writes it; what else YAML takes for one (hexadecimal, infinity) stays text.</summary>
    private static bool IsNumber(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] != '-')
        {
            return false;
        }
        try
        {
            using var read = JsonDocument.Parse(text);
            return read.RootElement.ValueKind == JsonValueKind.Number;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(
                    new MappingStart(null, null, true, map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block)
                );
                foreach (var (key, value) in map)
                {
                    emitter.Emit(Text(key));
                    Emit(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray items:
                emitter.Emit(
                    new SequenceStart(null, null, true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block)
                );
                foreach (var item in items)
                {
                    Emit(emitter, item);
                }
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                emitter.Emit(Text(value.GetValue<string>()));
                break;
            default:
                emitter.Emit(
                    new YamlScalar(null, null, node?.ToJsonString() ?? "null", ScalarStyle.Plain, true, false)
                );
                break;
        }
    }

    private static YamlScalar Text(string text)
    {
        // A line's end is one however it is written, unless it is quoted.
        var style =
            text.Length == 0
            || text.Contains('\r', StringComparison.Ordinal)
            || Plain(text) is not JsonValue same
            || same.GetValueKind() != JsonValueKind.String
                ? ScalarStyle.DoubleQuoted
            : text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : ScalarStyle.Any;
        return new YamlScalar(null, null, text, style, true, true);
    }
}
