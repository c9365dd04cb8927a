using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public sealed class FiniteNumberTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new FiniteNumber() },
    };

    private sealed record Figures(double One, double? Other, IReadOnlyList<double> Course);

    [Fact]
    public void What_is_not_finite_is_null_wherever_it_stands() =>
        Assert.Equal(
            """{"one":null,"other":null,"course":[1.5,null,0.3333333333333333]}""",
            JsonSerializer.Serialize(
                new Figures(double.PositiveInfinity, double.NaN, [1.5, double.NegativeInfinity, 1 / 3.0]),
                Json
            )
        );

    [Fact]
    public void Numbers_are_read_as_they_were()
    {
        var read = JsonSerializer.Deserialize<Figures>("""{"one":"2.5","other":null,"course":[1e3]}""", Json)!;
        Assert.Equal((2.5, null), (read.One, read.Other));
        Assert.Equal([1000], read.Course);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Figures>("""{"one":null}""", Json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Figures>("""{"one":"much"}""", Json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Figures>("""{"one":{}}""", Json));
    }
}
