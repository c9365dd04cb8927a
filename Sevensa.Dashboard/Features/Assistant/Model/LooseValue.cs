using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>How far something that was looked for is there.</summary>
internal enum Found
{
    Whole,

    /// <summary>The text ends inside of it.</summary>
    Unfinished,
    No,
}

/// <summary>
/// A value as models write them: JSON, Python's literals (<c>'a'</c>, <c>None</c>, <c>(1, 2)</c>), bare keys, commas before
/// the end, and strings between the marks that some models have in place of quotes.
/// </summary>
/// <param name="End">Place after it.</param>
internal readonly partial record struct LooseValue(Found Found, JsonElement Value, int End)
{
    /// <param name="barely">Words without quotes are values too, as in <c>name(tenant=rentguy)</c>.</param>
    public static LooseValue Read(string text, int at, bool barely = false)
    {
        var written = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(written);
        var reader = new Reader(text, at, barely, writer);
        if (reader.Value(0) is var found && found != Found.Whole)
        {
            return new LooseValue(found, default, at);
        }
        writer.Flush();
        return new LooseValue(Found.Whole, JsonSerializer.Deserialize<JsonElement>(written.WrittenSpan), reader.At);
    }

    private sealed class Reader(string text, int at, bool barely, Utf8JsonWriter writer)
    {
        private const int Deepest = 60;
        private static readonly string[] Quotes = ["\"", "'", "<|\"|>", "<escape>"];

        public int At { get; private set; } = at;

        public Found Value(int depth)
        {
            SkipSpace();
            if (At >= text.Length)
            {
                return Found.Unfinished;
            }
            switch (text[At])
            {
                case '{':
                    return depth < Deepest ? Members(depth) : Found.No;
                case '[':
                    return depth < Deepest ? Items(']', depth) : Found.No;
                case '(':
                    return depth < Deepest ? Items(')', depth) : Found.No;
                default:
                    if (Quoted(out var quoted) is var found && found != Found.No)
                    {
                        writer.WriteStringValue(quoted);
                        return found;
                    }
                    return Bare();
            }
        }

        private Found Members(int depth)
        {
            At++;
            writer.WriteStartObject();
            while (true)
            {
                SkipSpace();
                if (At >= text.Length)
                {
                    return Found.Unfinished;
                }
                if (text[At] == '}')
                {
                    At++;
                    writer.WriteEndObject();
                    return Found.Whole;
                }
                var found = Quoted(out var name);
                if (found == Found.No && Key().Match(text, At) is { Success: true } key)
                {
                    (name, found) = (key.Value, Found.Whole);
                    At += key.Length;
                }
                if (found != Found.Whole)
                {
                    return found;
                }
                SkipSpace();
                if (At >= text.Length)
                {
                    return Found.Unfinished;
                }
                if (text[At] is not (':' or '='))
                {
                    return Found.No;
                }
                At++;
                writer.WritePropertyName(name);
                if (Value(depth + 1) is var value && value != Found.Whole)
                {
                    return value;
                }
                if (Parted('}') is var more && more != Found.Whole)
                {
                    return more;
                }
            }
        }

        private Found Items(char close, int depth)
        {
            At++;
            writer.WriteStartArray();
            while (true)
            {
                SkipSpace();
                if (At >= text.Length)
                {
                    return Found.Unfinished;
                }
                if (text[At] == close)
                {
                    At++;
                    writer.WriteEndArray();
                    return Found.Whole;
                }
                if (Value(depth + 1) is var value && value != Found.Whole)
                {
                    return value;
                }
                if (Parted(close) is var more && more != Found.Whole)
                {
                    return more;
                }
            }
        }

        /// <summary>A comma, or the end that the caller takes.</summary>
        private Found Parted(char close)
        {
            SkipSpace();
            if (At >= text.Length)
            {
                return Found.Unfinished;
            }
            if (text[At] == ',')
            {
                At++;
                return Found.Whole;
            }
            return text[At] == close ? Found.Whole : Found.No;
        }

        private Found Quoted(out string value)
        {
            value = "";
            foreach (var quote in Quotes)
            {
                if (string.CompareOrdinal(text, At, quote, 0, quote.Length) != 0)
                {
                    continue;
                }
                var said = new StringBuilder();
                for (var i = At + quote.Length; i < text.Length; i++)
                {
                    if (string.CompareOrdinal(text, i, quote, 0, quote.Length) == 0)
                    {
                        At = i + quote.Length;
                        value = StoreText.Whole(said.ToString());
                        return Found.Whole;
                    }
                    if (text[i] != '\\')
                    {
                        said.Append(text[i]);
                        continue;
                    }
                    if (++i >= text.Length)
                    {
                        break;
                    }
                    said.Append(JsonReading.Escaped(text, ref i));
                }
                return Found.Unfinished;
            }
            // Half of a quote that has several characters.
            return Array.Exists(Quotes, quote => quote.StartsWith(text[At..], StringComparison.Ordinal))
                ? Found.Unfinished
                : Found.No;
        }

        private Found Bare()
        {
            var word = Word().Match(text, At);
            if (!word.Success)
            {
                return Found.No;
            }
            if (At + word.Length >= text.Length)
            {
                return Found.Unfinished;
            }
            switch (word.Value)
            {
                case "true" or "True":
                    writer.WriteBooleanValue(true);
                    break;
                case "false" or "False":
                    writer.WriteBooleanValue(false);
                    break;
                case "null" or "None" or "undefined":
                    writer.WriteNullValue();
                    break;
                default:
                    if (Number().IsMatch(word.Value))
                    {
                        writer.WriteRawValue(word.Value);
                    }
                    else if (barely)
                    {
                        writer.WriteStringValue(word.Value);
                    }
                    else
                    {
                        return Found.No;
                    }
                    break;
            }
            At += word.Length;
            return Found.Whole;
        }

        private void SkipSpace()
        {
            while (At < text.Length && char.IsWhiteSpace(text[At]))
            {
                At++;
            }
        }
    }

    [GeneratedRegex(@"\G[A-Za-z_][\w.\-]*")]
    private static partial Regex Key();

    [GeneratedRegex(@"\G[\w.+\-/:@]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$")]
    private static partial Regex Number();
}
