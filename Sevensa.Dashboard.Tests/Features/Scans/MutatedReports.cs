using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.Recordings;
using static Sevensa.Dashboard.Tests.Features.Scans.VexDocuments;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A document with one or some of its values changed, taken out, doubled or cut, as broken and hostile senders do.</summary>
internal sealed class MutatedReports
{
    public const int Seed = 20_260_301;

    private static readonly string[] Others =
    [
        "null",
        "7",
        "-1e308",
        "1e999",
        "true",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "[7, \"x\"]",
        "\"\"",
        "\" \"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"sha256:\"",
        "\"pkg:\"",
        "\"pkg:oci/%zz@sha256%3Ax?a=%\"",
        "\"pkg:npm/%40a/%2F@\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999+14:00\"",
        "\"CVE-2030-1 CVE-2030-2\"",
        "{\"a\": {\"a\": {\"a\": []}}}",
    ];

    private readonly byte[] whole;
    private readonly List<(int From, int To)> values = [];

    public MutatedReports(string text)
    {
        whole = Encoding.UTF8.GetBytes(text);
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(whole, new JsonReaderOptions { MaxDepth = 100 });
        while (reader.Read())
        {
            var at = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    open.Push(at);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    values.Add((open.Pop(), (int)reader.BytesConsumed));
                    break;
                case JsonTokenType.PropertyName:
                    break;
                default:
                    values.Add((at, (int)reader.BytesConsumed));
                    break;
            }
        }
    }

    private static string OpenVexSample =>
        OpenVex(
            "a",
            1,
            At,
            Statement(
                "not_affected",
                "CVE-2030-1",
                Product(Image($"sha256:{1:x64}"), "pkg:deb/debian/zlib1g@1"),
                aliases: ["GHSA-1"]
            ),
            Statement("fixed", "CVE-2030-2", Product("pkg:npm/%40a/b@1?x=y#z"))
        );

    private static string CsafSample =>
        Csaf("a", "1", "known_not_affected", "CVE-2030-1", Image($"sha256:{1:x64}"), "pkg:deb/debian/zlib1g@1")
            .Replace(
                "\"product_tree\": {",
                "\"product_tree\": {\"full_product_names\": [{\"product_id\": \"x\", \"name\": \"x\"}], \"product_groups\": [{\"group_id\": \"G\", \"product_ids\": [\"P\"]}],",
                StringComparison.Ordinal
            );

    /// <summary>A real document of each format, or one as its makers write it.</summary>
    public static string Sample(string name) =>
        name switch
        {
            "openvex" => OpenVexSample,
            "csaf" => CsafSample,
            _ => File.ReadAllText(
                name.StartsWith("clair/", StringComparison.Ordinal)
                    ? Path.Combine(Recorded.Datasets(), name)
                    : Path.Combine(Recorded.Folder(), name)
            ),
        };

    public byte[] Next(Random random)
    {
        var bytes = whole;
        switch (random.Next(10))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes = [.. bytes];
                for (var change = random.Next(1, 4); change > 0; change--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }
                return bytes;
            case 2:
                // Another value of the same document in its place: right in itself, and not there.
                var (from, to) = values[random.Next(values.Count)];
                return Put(values[random.Next(values.Count)], whole[from..to]);
            case 3:
                var (begin, end) = values[random.Next(values.Count)];
                return Put((end, end), [(byte)',', .. whole[begin..end]]);
            default:
                var other = Encoding.UTF8.GetBytes(Others[random.Next(Others.Length)]);
                return Put(values[random.Next(values.Count)], other);
        }
    }

    private byte[] Put((int From, int To) place, byte[] value) =>
        [.. whole[..place.From], .. value, .. whole[place.To..]];
}
