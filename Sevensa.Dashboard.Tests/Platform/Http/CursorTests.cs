using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public class CursorTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    [Fact]
    public void It_says_again_where_the_page_ended()
    {
        var cursor = Cursor.Read(Cursor.After("alerts", At, 42L, "naïve \"id\" 🐳"), "alerts", 3)!;
        Assert.Equal(At, cursor.Time(0));
        Assert.Equal(42, cursor.Number(1));
        Assert.Equal("naïve \"id\" 🐳", cursor.Text(2));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_one_it_is_the_first_page(string? text) => Assert.Null(Cursor.Read(text, "alerts", 1));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("!")]
    [InlineData("-1")]
    [InlineData("WyJhbGVydHMi")]
    [InlineData("bnVsbA")]
    [InlineData("e30")]
    [InlineData("WzEsMl0")]
    [InlineData("WyJhbGVydHMiLG51bGxd")]
    public void What_no_list_gave_out_is_400(string text) =>
        Assert.Equal(400, Assert.Throws<BadHttpRequestException>(() => Cursor.Read(text, "alerts", 1)).StatusCode);

    [Fact]
    public void That_of_another_list_or_with_a_key_of_another_kind_is_400()
    {
        var other = Cursor.After("releases", "a");
        Assert.Equal(400, Assert.Throws<BadHttpRequestException>(() => Cursor.Read(other, "alerts", 1)).StatusCode);
        var far = Cursor.Read(Cursor.After("alerts", long.MaxValue), "alerts", 1)!;
        Assert.Equal(400, Assert.Throws<BadHttpRequestException>(() => far.Time(0)).StatusCode);
        var word = Cursor.Read(Cursor.After("alerts", "soon"), "alerts", 1)!;
        Assert.Equal(400, Assert.Throws<BadHttpRequestException>(() => word.Number(0)).StatusCode);
    }
}
