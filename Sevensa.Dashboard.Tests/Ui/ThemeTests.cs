using Sevensa.Dashboard.Ui.Theme;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class ThemeTests
{
    [Fact]
    public void TheThemeTakesItsColoursFromTheTokens()
    {
        var theme = DashboardTheme.Create();
        Assert.Equal(
            DesignTokens.Dark["accent"],
            theme.PaletteDark.Primary.ToString(MudBlazor.Utilities.MudColorOutputFormats.Hex)
        );
        Assert.Equal(
            DesignTokens.Light["crit"],
            theme.PaletteLight.Error.ToString(MudBlazor.Utilities.MudColorOutputFormats.Hex)
        );
        Assert.NotEqual(DesignTokens.Dark["bg"], DesignTokens.Light["bg"]);
        Assert.Equal(DesignTokens.Dark["radius"], DesignTokens.Light["radius"]);
    }

    [Theory]
    [InlineData("text", "bg", 4.5)]
    [InlineData("muted", "surface", 4.5)]
    [InlineData("faint", "surface", 4.5)]
    [InlineData("accent-ink", "accent", 4.5)]
    [InlineData("crit", "surface", 4.5)]
    [InlineData("warn", "surface", 4.5)]
    [InlineData("ok", "surface", 4.5)]
    public void TextIsReadableInBothThemes(string ink, string paper, double least)
    {
        foreach (var tokens in new[] { DesignTokens.Dark, DesignTokens.Light })
            Assert.True(
                Contrast(tokens[ink], tokens[paper]) >= least,
                $"{ink} {tokens[ink]} on {paper} {tokens[paper]}"
            );
    }

    private static double Contrast(string a, string b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double Part(int at)
        {
            var v = Convert.ToInt32(hex.Substring(at, 2), 16) / 255d;
            return v <= 0.03928 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Part(1) + 0.7152 * Part(3) + 0.0722 * Part(5);
    }
}
