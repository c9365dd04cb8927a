using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Protocol;

public class CanonicalJsonTests
{
    /// <summary>RFC 8785 section 3.2.2 and appendix B.</summary>
    [Theory]
    [InlineData(
        """{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}""",
        """{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}"""
    )]
    [InlineData("""{"b":1,"a":{"d":null,"c":[true,false]}}""", """{"a":{"c":[true,false],"d":null},"b":1}""")]
    [InlineData("""["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"]""", "[\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]")]
    [InlineData(
        "[0, -0, 1, -1, 100, 1e21, 1e20, 123456789012345680000, 0.000001, 1e-7, 5e-324, 1.7976931348623157e308]",
        "[0,0,1,-1,100,1e+21,100000000000000000000,123456789012345680000,0.000001,1e-7,5e-324,1.7976931348623157e+308]"
    )]
    [InlineData(
        "[9007199254740994, 295147905179352830000, 0.1, 12.5, 1234.5678]",
        "[9007199254740994,295147905179352830000,0.1,12.5,1234.5678]"
    )]
    public void Writes_as_the_standard_says(string text, string canonical)
    {
        using var json = JsonDocument.Parse(text);
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Of(json.RootElement)));
    }

    [Fact]
    public void Members_are_ordered_by_code_units()
    {
        using var json = JsonDocument.Parse(
            """{"\ufb33":1,"\ud83d\ude00":2,"\u20ac":3,"1":4,"\r":5,"\u0080":6,"\u00f6":7}"""
        );
        Assert.Equal(
            "{\"\\r\":5,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":3,\"\ud83d\ude00\":2,\"\ufb33\":1}",
            Encoding.UTF8.GetString(CanonicalJson.Of(json.RootElement))
        );
    }
}
