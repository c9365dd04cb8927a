using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Where a page of a list ended: the list's name and the values that it is ordered by, of the last row. It says a place in
/// the order and not a row or a count, so that rows that come and go meanwhile make the next page lose and repeat nothing.
/// </summary>
public sealed class Cursor
{
    private readonly string[] keys;

    private Cursor(string[] keys) => this.keys = keys;

    /// <summary>The text for <see cref="Page{T}.Next"/>.</summary>
    /// <param name="list">A word for the list and its order; the cursor of another list is refused.</param>
    /// <param name="keys">What the list is ordered by, the last of them unique: texts, whole numbers, times.</param>
    public static string After(string list, params ReadOnlySpan<object> keys)
    {
        var texts = new string[keys.Length + 1];
        texts[0] = list;
        for (var index = 0; index < keys.Length; index++)
        {
            texts[index + 1] = keys[index] switch
            {
                DateTimeOffset time => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
                var key => Convert.ToString(key, CultureInfo.InvariantCulture) ?? "",
            };
        }
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(texts));
    }

    /// <returns>Null for the first page.</returns>
    /// <exception cref="BadHttpRequestException">400: this list gave out no such cursor.</exception>
    public static Cursor? Read(string? text, string list, int keys)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        try
        {
            if (
                text.Length <= 4096
                && JsonSerializer.Deserialize<string?[]>(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)))
                    is { } read
                && read.Length == keys + 1
                && read[0] == list
                && Array.TrueForAll(read, key => key is not null)
            )
            {
                return new Cursor(read[1..]!);
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException) { }
        throw Unknown();
    }

    /// <summary>A key that is a text.</summary>
    public string Text(int key) => keys[key];

    /// <summary>A key that is a whole number.</summary>
    /// <exception cref="BadHttpRequestException">400: it is none.</exception>
    public long Number(int key) =>
        long.TryParse(keys[key], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Unknown();

    /// <summary>A key that is a time, by the millisecond.</summary>
    /// <exception cref="BadHttpRequestException">400: it is none.</exception>
    public DateTimeOffset Time(int key) =>
        Number(key) is var time and >= -62135596800000 and <= 253402300799999
            ? DateTimeOffset.FromUnixTimeMilliseconds(time)
            : throw Unknown();

    private static BadHttpRequestException Unknown() =>
        new("The cursor is none that this list gave out. Ask without a cursor for the first page.");
}
