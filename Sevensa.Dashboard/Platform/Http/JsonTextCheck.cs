using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A text in a request that the store would not keep as it is; the message names the place. A 400.</summary>
public sealed class TextRefusedException(string message) : JsonException(message);

/// <summary>
/// Follows a JSON text as it arrives and refuses what is no text: bytes that are no UTF-8, an escape that is half of a
/// surrogate pair (RFC 8259 §8.2), U+0000. Everything else about it is for the parser to judge.
/// </summary>
internal sealed class JsonTextCheck
{
    private const int LongestKey = 60;
    private const int DeepestPlace = 100;

    private enum At
    {
        Structure,
        Text,
        Escape,
        Unicode,
    }

    private readonly Stack<Level> levels = new();
    private readonly List<byte> word = new(LongestKey);
    private At at;
    private int deeper;
    private int unit;
    private int digits;
    private bool half;

    // Of a UTF-8 sequence: how many bytes are to come, and what the next may be.
    private int coming;
    private int least;
    private int most;

    private sealed class Level(bool isList)
    {
        public bool IsList => isList;
        public int Index { get; set; }
        public string? Key { get; set; }
    }

    /// <exception cref="TextRefusedException">Says what is wrong and where.</exception>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (coming > 0 || one >= 0x80)
            {
                Sequence(one);
            }
            switch (at)
            {
                case At.Structure:
                    Structure(one);
                    break;
                case At.Text:
                    Text(one);
                    break;
                case At.Escape:
                    Escape(one);
                    break;
                default:
                    Unicode(one);
                    break;
            }
        }
    }

    private void Structure(byte one)
    {
        switch (one)
        {
            case (byte)'"':
                at = At.Text;
                word.Clear();
                break;
            case (byte)'{' or (byte)'[':
                if (levels.Count < DeepestPlace)
                {
                    levels.Push(new Level(one == '['));
                }
                else
                {
                    deeper++;
                }
                break;
            case (byte)'}' or (byte)']':
                if (deeper > 0)
                {
                    deeper--;
                }
                else
                {
                    levels.TryPop(out _);
                }
                break;
            case (byte)':' when deeper == 0 && levels.TryPeek(out var named):
                named.Key = Encoding.UTF8.GetString([.. word]);
                break;
            case (byte)',' when deeper == 0 && levels.TryPeek(out var next):
                next.Index++;
                next.Key = null;
                break;
            default:
                break;
        }
    }

    private void Text(byte one)
    {
        if (half && one != '\\')
        {
            throw Half();
        }
        if (one == '\\')
        {
            at = At.Escape;
        }
        else if (one == '"')
        {
            at = At.Structure;
        }
        else if (word.Count < LongestKey)
        {
            word.Add(one);
        }
    }

    private void Escape(byte one)
    {
        if (half && one != 'u')
        {
            throw Half();
        }
        at = one == 'u' ? At.Unicode : At.Text;
        (unit, digits) = (0, 0);
    }

    private void Unicode(byte one)
    {
        if (!char.IsAsciiHexDigit((char)one))
        {
            // The parser says that this is no escape.
            (at, half) = (At.Text, false);
            return;
        }
        unit = unit * 16 + int.Parse([(char)one], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (++digits < 4)
        {
            return;
        }
        at = At.Text;
        var low = char.IsLowSurrogate((char)unit);
        if (half != low)
        {
            throw Half();
        }
        half = char.IsHighSurrogate((char)unit);
        if (unit == 0)
        {
            throw Refused("holds U+0000, which is no text");
        }
    }

    /// <summary>Unicode 16, table 3-7: well-formed sequences.</summary>
    private void Sequence(byte one)
    {
        if (coming == 0)
        {
            (coming, least, most) = one switch
            {
                >= 0xC2 and <= 0xDF => (1, 0x80, 0xBF),
                0xE0 => (2, 0xA0, 0xBF),
                0xED => (2, 0x80, 0x9F),
                >= 0xE1 and <= 0xEF => (2, 0x80, 0xBF),
                0xF0 => (3, 0x90, 0xBF),
                >= 0xF1 and <= 0xF3 => (3, 0x80, 0xBF),
                0xF4 => (3, 0x80, 0x8F),
                _ => throw Refused("is not UTF-8"),
            };
            return;
        }
        if (one < least || one > most)
        {
            throw Refused("is not UTF-8");
        }
        (coming, least, most) = (coming - 1, 0x80, 0xBF);
    }

    private TextRefusedException Half() => Refused("holds half of a surrogate pair (\\uD800 to \\uDFFF alone)");

    private TextRefusedException Refused(string what) => new($"The text at {Place()} {what}. Nothing was done.");

    /// <summary>As <c>$.evidence[2].title</c>.</summary>
    private string Place()
    {
        var place = new StringBuilder("$");
        foreach (var level in levels.Reverse())
        {
            place.Append(
                level.IsList ? string.Create(CultureInfo.InvariantCulture, $"[{level.Index}]")
                : level.Key is { } key ? $".{key}"
                : ""
            );
        }
        return place.ToString();
    }
}
