using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

public class StoreTextTests
{
    // Not as attributes: half of a pair can't be written into an assembly's metadata.
    [Fact]
    public void What_no_store_can_keep_is_marked()
    {
        Assert.Equal("", StoreText.Whole(""));
        Assert.Equal("naïve 🐳 text", StoreText.Whole("naïve 🐳 text"));
        Assert.Equal("a\uFFFDb", StoreText.Whole("a\0b"));
        Assert.Equal("a\uFFFDb", StoreText.Whole("a\uD83Db"));
        Assert.Equal("\uFFFDa", StoreText.Whole("\uDC33a"));
        Assert.Equal("🐳\uFFFD", StoreText.Whole("🐳\uDC33"));
        Assert.Equal("\uFFFD🐳\uFFFD\uFFFD", StoreText.Whole("\0🐳\uD83D\0"));
    }

    [Fact]
    public void Half_of_a_pair_at_the_end_goes()
    {
        Assert.Equal("ab", StoreText.Whole("ab\uD83D"));
        Assert.Equal("\uFFFDb", StoreText.Whole("\0b\uD83D"));
    }

    [Theory]
    [InlineData("🐳🐳", 3, "🐳")]
    [InlineData("🐳🐳", 4, "🐳🐳")]
    [InlineData("abc", 2, "ab")]
    [InlineData("🐳", 1, "")]
    public void A_limit_cuts_no_character_in_two(string given, int most, string kept) =>
        Assert.Equal(kept, StoreText.Cut(given, most));
}
