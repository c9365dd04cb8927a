using System.Text;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public class JsonTextCheckTests
{
    [Theory]
    [InlineData("""{"a":"\ud83d\udc33","b":["\\u0000","\"\\"],"c":null,"🐳":"naïve"}""")]
    [InlineData("""{"a":"\u00e9\n\t\/"}""")]
    [InlineData("")]
    [InlineData("no JSON at all")]
    public void What_is_text_passes_however_it_is_cut_in_pieces(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        for (var size = 1; size <= Math.Max(1, bytes.Length); size++)
        {
            Take(bytes, size);
        }
    }

    [Theory]
    [InlineData("""{"reason":"a\u0000b"}""", "$.reason", "U+0000")]
    [InlineData("""{"a":{"b":[1,{"t":"x"},{"t":"\ud800"}]}}""", "$.a.b[2].t", "surrogate")]
    [InlineData("""["\udc00"]""", "$[0]", "surrogate")]
    [InlineData("""["x","\ud800\ud800"]""", "$[1]", "surrogate")]
    [InlineData("""["\ud800\n"]""", "$[0]", "surrogate")]
    [InlineData("""{"a":"\ud800x"}""", "$.a", "surrogate")]
    [InlineData("""{"a":1,"\u0000":2}""", "$", "U+0000")]
    public void What_is_none_is_refused_with_its_place(string json, string place, string what)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var refused = Assert.Throws<TextRefusedException>(() => Take(bytes, size));
            Assert.Contains($"at {place} ", refused.Message);
            Assert.Contains(what, refused.Message);
        }
    }

    [Theory]
    // A byte that begins nothing, an overlong form, half of a pair, beyond Unicode, a sequence that breaks off.
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE0, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82, 0x22 })]
    public void Bytes_that_are_no_UTF8_are_refused(byte[] bytes)
    {
        byte[] json = [.. "{\"title\":\""u8, .. bytes, .. "\"}"u8];
        var refused = Assert.Throws<TextRefusedException>(() => Take(json, json.Length));
        Assert.Contains("$.title is not UTF-8", refused.Message);
    }

    private static void Take(byte[] bytes, int size)
    {
        var check = new JsonTextCheck();
        foreach (var piece in bytes.Chunk(size))
        {
            check.Take(piece);
        }
    }
}
