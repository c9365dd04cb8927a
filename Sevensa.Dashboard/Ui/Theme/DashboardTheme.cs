using MudBlazor;

namespace Sevensa.Dashboard.Ui.Theme;

/// <summary>MudBlazor's theme in the colours, sizes and typefaces of the tokens.</summary>
public static class DashboardTheme
{
    public static MudTheme Create()
    {
        var tokens = DesignTokens.Dark;
        return new MudTheme
        {
            PaletteDark = Fill(new PaletteDark(), DesignTokens.Dark),
            PaletteLight = Fill(new PaletteLight(), DesignTokens.Light),
            LayoutProperties = new LayoutProperties
            {
                DefaultBorderRadius = tokens["radius-sm"],
                AppbarHeight = "48px",
                DrawerWidthLeft = "208px",
            },
            Typography = Typography(tokens),
            Shadows = new Shadow { Elevation = [.. Enumerable.Repeat("none", 26)] },
        };
    }

    private static T Fill<T>(T palette, DesignTokens t)
        where T : Palette
    {
        palette.Primary = t["accent"];
        palette.PrimaryContrastText = t["accent-ink"];
        palette.Secondary = t["series-2"];
        palette.Tertiary = t["series-3"];
        palette.Info = t["accent"];
        palette.Success = t["ok"];
        palette.Warning = t["warn"];
        palette.Error = t["crit"];
        palette.Dark = t["surface-3"];
        palette.Background = t["bg"];
        palette.BackgroundGray = t["surface-2"];
        palette.Surface = t["surface"];
        palette.AppbarBackground = t["surface"];
        palette.AppbarText = t["text"];
        palette.DrawerBackground = t["surface"];
        palette.DrawerText = t["text"];
        palette.DrawerIcon = t["muted"];
        palette.TextPrimary = t["text"];
        palette.TextSecondary = t["muted"];
        palette.TextDisabled = t["faint"];
        palette.ActionDefault = t["muted"];
        palette.ActionDisabled = t["faint"];
        palette.ActionDisabledBackground = t["surface-2"];
        palette.LinesDefault = t["line"];
        palette.LinesInputs = t["line"];
        palette.Divider = t["line-soft"];
        palette.DividerLight = t["line-soft"];
        palette.TableLines = t["line-soft"];
        palette.TableHover = t["surface-2"];
        palette.TableStriped = t["surface"];
        palette.HoverOpacity = 0.06;
        palette.RippleOpacity = 0;
        palette.RippleOpacitySecondary = 0;
        return palette;
    }

    private static Typography Typography(DesignTokens t)
    {
        string[] family = ["Inter Variable", "Inter", "system-ui", "sans-serif"];
        const string plain = "normal";
        return new Typography
        {
            Default = new DefaultTypography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                LineHeight = "1.45",
                LetterSpacing = plain,
            },
            H1 = new H1Typography
            {
                FontFamily = family,
                FontSize = t["text-xl"],
                FontWeight = "620",
                LetterSpacing = "-.012em",
            },
            H2 = new H2Typography
            {
                FontFamily = family,
                FontSize = t["text-lg"],
                FontWeight = "600",
                LetterSpacing = plain,
            },
            H3 = new H3Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                FontWeight = "600",
                LetterSpacing = plain,
            },
            H4 = new H4Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                FontWeight = "600",
                LetterSpacing = plain,
            },
            H5 = new H5Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                FontWeight = "600",
                LetterSpacing = plain,
            },
            H6 = new H6Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                FontWeight = "600",
                LetterSpacing = plain,
            },
            Subtitle1 = new Subtitle1Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                LetterSpacing = plain,
            },
            Subtitle2 = new Subtitle2Typography
            {
                FontFamily = family,
                FontSize = t["text-xs"],
                FontWeight = "500",
                LetterSpacing = plain,
            },
            Body1 = new Body1Typography
            {
                FontFamily = family,
                FontSize = t["text-md"],
                LetterSpacing = plain,
            },
            Body2 = new Body2Typography
            {
                FontFamily = family,
                FontSize = t["text-sm"],
                LetterSpacing = plain,
            },
            Caption = new CaptionTypography
            {
                FontFamily = family,
                FontSize = t["text-xs"],
                LetterSpacing = plain,
            },
            Overline = new OverlineTypography
            {
                FontFamily = family,
                FontSize = t["text-xs"],
                LetterSpacing = plain,
            },
            Button = new ButtonTypography
            {
                FontFamily = family,
                FontSize = t["text-sm"],
                FontWeight = "560",
                LetterSpacing = plain,
                TextTransform = "none",
            },
        };
    }
}
