using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// A tool's result as a model is given it: whole JSON within a number of characters. Absent values and addresses inside
/// lists go first, then the ends of the longest lists, then the ends of long texts; what was left out is counted.
/// </summary>
/// <param name="Data">Always readable.</param>
/// <param name="LeftOut">In words; null when nothing was.</param>
internal sealed record ShortResult(JsonNode? Data, string? LeftOut)
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What a text is cut to while lists are still long, and at the end.</summary>
    private static readonly int[] TextLengths = [400, 200, 80, 20];

    public static ShortResult Of(JsonElement result, int most)
    {
        var data = Bare(result, isTop: true);
        var counts = new Dictionary<JsonArray, int>();
        foreach (var longest in TextLengths)
        {
            if (Length(data) <= most)
            {
                break;
            }
            data = Cut(data, longest, counts);
            ShortenLists(
                data,
                most,
                counts,
                keep: longest == TextLengths[^1] ? 0
                    : longest == TextLengths[0] ? 5
                    : 1
            );
        }
        if (Length(data) > most)
        {
            return new ShortResult(null, $"All of it: it is longer than {most} characters whatever is left out.");
        }
        var standing = Lists(data).ToHashSet();
        var left = counts
            .Where(one => one.Value > one.Key.Count && standing.Contains(one.Key))
            .Select(one => $"{NameOf(one.Key)}the first {one.Key.Count} of {one.Value} are shown");
        return new ShortResult(data, string.Join("; ", left) is { Length: > 0 } words ? words : null);
    }

    private static JsonNode? Bare(JsonElement value, bool isTop)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var made = new JsonObject();
                foreach (var member in value.EnumerateObject())
                {
                    if (
                        member.Value.ValueKind is JsonValueKind.Null
                        || (!isTop && member.NameEquals("link"))
                        || (isTop && member.NameEquals("untrusted"))
                    )
                    {
                        continue;
                    }
                    made[member.Name] = Bare(member.Value, isTop: false);
                }
                return made;
            case JsonValueKind.Array:
                return new JsonArray([.. value.EnumerateArray().Select(item => Bare(item, isTop: false))]);
            case JsonValueKind.String:
                return JsonValue.Create(value.GetString());
            default:
                return JsonNode.Parse(value.GetRawText());
        }
    }

    private static void ShortenLists(JsonNode? data, int most, Dictionary<JsonArray, int> counts, int keep)
    {
        while (Length(data) is var length && length > most)
        {
            var longest = Lists(data)
                .Where(list => list.Count > keep)
                .Select(list => (List: list, Length: Length(list)))
                .OrderByDescending(one => one.Length)
                .FirstOrDefault();
            if (longest.List is not { } shortened)
            {
                return;
            }
            counts.TryAdd(shortened, shortened.Count);
            var each = Math.Max(1, longest.Length / shortened.Count);
            var drop = Math.Clamp((length - most) / each, 1, shortened.Count - keep);
            shortened.RemoveRange(shortened.Count - drop, drop);
        }
    }

    private static JsonNode? Cut(JsonNode? node, int longest, Dictionary<JsonArray, int> counts)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is JsonValue)
                    {
                        members[name] = Cut(value, longest, counts);
                    }
                    else
                    {
                        Cut(value, longest, counts);
                    }
                }
                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i] is JsonValue)
                    {
                        items[i] = Cut(items[i], longest, counts);
                    }
                    else
                    {
                        Cut(items[i], longest, counts);
                    }
                }
                return items;
            case JsonValue text
                when text.TryGetValue<string>(out var words) && words.Length > longest && !words.StartsWith('/'):
                // Half a pair of surrogates is no text.
                var end = char.IsHighSurrogate(words[longest - 1]) ? longest - 1 : longest;
                return JsonValue.Create(words[..end] + "…");
            case JsonValue value:
                return value.DeepClone();
            default:
                return node;
        }
    }

    private static IEnumerable<JsonArray> Lists(JsonNode? node) =>
        node switch
        {
            JsonArray list => list.SelectMany(Lists).Prepend(list),
            JsonObject members => members.SelectMany(member => Lists(member.Value)),
            _ => [],
        };

    private static string NameOf(JsonArray list) =>
        list.Parent is JsonObject members && members.FirstOrDefault(one => one.Value == list).Key is { } name
            ? $"{name}: "
            : "";

    private static int Length(JsonNode? node) => node?.ToJsonString(Plain).Length ?? 4;
}
