using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>Halves of surrogate pairs, as programs write them that cut a text in the middle of a character.</summary>
public class JsonReadingTests
{
    [Theory]
    [InlineData("""{"a":"cut \ud83d"}""", "cut \uFFFD")]
    [InlineData("""{"a":"\ude00 begun"}""", "\uFFFD begun")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", "\uFFFD\U0001F600")]
    [InlineData("""{"a":"\ud83d\n"}""", "\uFFFD\n")]
    [InlineData("""{"a":"\uD83D\uDE00 \u00e9"}""", "\U0001F600 \u00E9")]
    [InlineData("""{"a":"a path \\ud83d"}""", "a path \\ud83d")]
    public void Each_half_becomes_the_sign_for_what_is_not_known(string json, string text)
    {
        var whole = JsonElement.Parse(JsonReading.Whole(json));
        Assert.Equal(text, whole.GetProperty("a").GetString());
        Assert.NotEmpty(JsonSerializer.Serialize(whole));
    }

    [Theory]
    [InlineData("""{"a":"\ud8"}""")]
    [InlineData("""{"a":"\""")]
    [InlineData("{}")]
    public void What_is_no_escape_stays(string json) => Assert.Equal(json, JsonReading.Whole(json));
}
