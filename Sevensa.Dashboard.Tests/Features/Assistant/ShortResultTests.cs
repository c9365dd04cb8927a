using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Tools;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

public class ShortResultTests
{
    [Fact]
    public void What_fits_stays_whole()
    {
        var result = JsonSerializer.SerializeToElement(new { lines = new[] { "a", "b" }, link = "/logs" });
        var told = ShortResult.Of(result, 12_000);
        Assert.Null(told.LeftOut);
        Assert.Equal("""{"lines":["a","b"],"link":"/logs"}""", told.Data!.ToJsonString());
    }

    [Theory]
    [InlineData(600)]
    [InlineData(2_000)]
    [InlineData(12_000)]
    public void Many_lines_are_shortened_from_their_end_and_counted(int most)
    {
        var result = JsonSerializer.SerializeToElement(
            new
            {
                tenant = "rentguy",
                lines = Enumerable
                    .Range(1, 40)
                    .Select(n => new
                    {
                        id = $"id-{n}",
                        text = $"line {n} failed: " + new string('x', 480),
                        link = "/tenants/rentguy/logs?query=" + new string('q', 300),
                    }),
                note = (string?)null,
                link = "/tenants/rentguy/logs",
            }
        );
        var told = ShortResult.Of(result, most);
        var text = told.Data!.ToJsonString(ModelJson.Plain);
        Assert.InRange(text.Length, 1, most);
        var lines = told.Data["lines"]!.AsArray();
        Assert.Equal("id-1", (string?)lines[0]!["id"]);
        Assert.StartsWith("line 1 failed", (string?)lines[0]!["text"], StringComparison.Ordinal);
        Assert.Equal("/tenants/rentguy/logs", (string?)told.Data["link"]);
        if (most < 12_000)
        {
            Assert.Equal($"lines: the first {lines.Count} of 40 are shown", told.LeftOut);
        }
    }

    [Theory]
    [InlineData("""["😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"]""")]
    [InlineData("""{"a":{"b":{"c":["d","e"]}},"text":"LONG"}""")]
    [InlineData("""[[1,2,3],[4,5,6]]""")]
    [InlineData("\"LONG\"")]
    [InlineData("42")]
    public void Whatever_it_is_it_stays_readable(string json)
    {
        var result = JsonDocument.Parse(json.Replace("LONG", new string('ä', 5_000), StringComparison.Ordinal));
        foreach (var most in (int[])[10, 30, 60, 500])
        {
            var told = ShortResult.Of(result.RootElement, most);
            using var read = JsonDocument.Parse(told.Data?.ToJsonString() ?? "null");
            Assert.True(told.Data is not null || told.LeftOut is not null || json == "null");
        }
    }
}
