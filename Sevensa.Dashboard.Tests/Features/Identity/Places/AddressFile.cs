using System.Buffers.Binary;
using System.Net;
using System.Text;
using IPNetwork = System.Net.IPNetwork;

namespace Sevensa.Dashboard.Tests.Features.Identity.Places;

/// <summary>Writes a small database of addresses, by the public description of the MaxMind DB file format 2.0.</summary>
internal sealed class AddressFile(string type = "GeoLite2-City", DateTimeOffset? builtAt = null)
{
    private const int Nothing = -1;

    /// <summary>Records stand in the tree as numbers below this.</summary>
    private const int FirstRecord = -2;

    private readonly List<int[]> nodes =
    [
        [Nothing, Nothing],
    ];
    private readonly List<int> offsets = [];
    private readonly List<byte> records = [];

    /// <summary>Public addresses far from and near to each other, as if they were there.</summary>
    public static AddressFile World(DateTimeOffset? builtAt = null) =>
        new AddressFile(builtAt: builtAt)
            .City("145.100.0.0/16", "NL", "Netherlands", "Amsterdam", 52.37, 4.90, 20)
            .City("2a02:a400::/32", "NL", "Netherlands", "Amsterdam", 52.37, 4.90, 20)
            .City("130.89.0.0/16", "NL", "Netherlands", "Enschede", 52.22, 6.89, 20)
            .City("193.190.0.0/16", "BE", "Belgium", "Brussels", 50.85, 4.35, 20)
            .City("139.130.0.0/16", "AU", "Australia", "Sydney", -33.87, 151.21, 50)
            .City("128.59.0.0/16", "US", "United States", "New York", 40.81, -73.96, 20)
            .Put(
                "104.16.0.0/16",
                new()
                {
                    ["country"] = Country("US", "United States"),
                    ["location"] = new Dictionary<string, object> { ["latitude"] = 37.75, ["longitude"] = -97.82 },
                    ["traits"] = new Dictionary<string, object> { ["is_anycast"] = true },
                }
            );

    public AddressFile City(
        string network,
        string code,
        string country,
        string city,
        double latitude,
        double longitude,
        int radius
    ) =>
        Put(
            network,
            new()
            {
                ["city"] = new Dictionary<string, object> { ["names"] = Names(city) },
                ["country"] = Country(code, country),
                ["location"] = new Dictionary<string, object>
                {
                    ["accuracy_radius"] = radius,
                    ["latitude"] = latitude,
                    ["longitude"] = longitude,
                },
            }
        );

    public AddressFile Put(string network, Dictionary<string, object> record)
    {
        var parsed = IPNetwork.Parse(network);
        var bytes = parsed.BaseAddress.GetAddressBytes();
        var length = parsed.PrefixLength;
        if (bytes.Length == 4)
        {
            // IPv4 is the part of the tree below ::/96.
            bytes = [.. new byte[12], .. bytes];
            length += 96;
        }
        offsets.Add(records.Count);
        using var written = new MemoryStream();
        Write(written, record);
        records.AddRange(written.ToArray());
        var node = 0;
        for (var at = 0; at < length; at++)
        {
            var bit = (bytes[at / 8] >> (7 - at % 8)) & 1;
            if (at == length - 1)
            {
                nodes[node][bit] = FirstRecord - (offsets.Count - 1);
            }
            else
            {
                if (nodes[node][bit] < 0)
                {
                    nodes[node][bit] = nodes.Count;
                    nodes.Add([Nothing, Nothing]);
                }
                node = nodes[node][bit];
            }
        }
        return this;
    }

    public byte[] ToBytes()
    {
        var file = new MemoryStream();
        foreach (var child in nodes.SelectMany(node => node))
        {
            var value =
                child >= 0 ? child
                : child == Nothing ? nodes.Count
                : nodes.Count + 16 + offsets[FirstRecord - child];
            file.Write([(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        }
        file.Write(new byte[16]);
        file.Write([.. records]);
        file.Write([0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8]);
        Write(
            file,
            new Dictionary<string, object>
            {
                ["binary_format_major_version"] = 2,
                ["binary_format_minor_version"] = 0,
                ["build_epoch"] = (ulong)(builtAt ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds(),
                ["database_type"] = type,
                ["description"] = new Dictionary<string, object> { ["en"] = "Of a test" },
                ["ip_version"] = 6,
                ["languages"] = new[] { "en" },
                ["node_count"] = (uint)nodes.Count,
                ["record_size"] = 24,
            }
        );
        return file.ToArray();
    }

    private static Dictionary<string, object> Country(string code, string name) =>
        new() { ["iso_code"] = code, ["names"] = Names(name) };

    private static Dictionary<string, object> Names(string name) => new() { ["en"] = name };

    private static void Write(MemoryStream to, object value)
    {
        switch (value)
        {
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                Begin(to, 2, utf8.Length);
                to.Write(utf8);
                break;
            case double number:
                var eight = new byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(eight, number);
                Begin(to, 3, 8);
                to.Write(eight);
                break;
            case int number:
                Begin(to, 5, 2);
                to.Write([(byte)(number >> 8), (byte)number]);
                break;
            case uint number:
                var four = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(four, number);
                Begin(to, 6, 4);
                to.Write(four);
                break;
            case ulong number:
                var large = new byte[8];
                BinaryPrimitives.WriteUInt64BigEndian(large, number);
                Begin(to, 9, 8);
                to.Write(large);
                break;
            case bool yes:
                Begin(to, 14, yes ? 1 : 0);
                break;
            case string[] texts:
                Begin(to, 11, texts.Length);
                foreach (var text in texts)
                {
                    Write(to, text);
                }
                break;
            case Dictionary<string, object> map:
                Begin(to, 7, map.Count);
                foreach (var (key, of) in map)
                {
                    Write(to, key);
                    Write(to, of);
                }
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, null);
        }
    }

    /// <summary>The control byte: kinds above seven have a byte of their own.</summary>
    private static void Begin(MemoryStream to, int kind, int size)
    {
        var first = Math.Min(size, 29);
        to.WriteByte((byte)((kind > 7 ? 0 : kind << 5) | first));
        if (kind > 7)
        {
            to.WriteByte((byte)(kind - 7));
        }
        if (size >= 29)
        {
            to.WriteByte((byte)(size - 29));
        }
    }
}
