using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Silences that were made elsewhere for more than one tenant.</summary>
public sealed class PlatformSilenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private static readonly Tenant[] Known =
    [
        new("rentguy", "RentGuy", "#000000", ["api", "web"], [], null, null),
        new("witcom", "Witcom", "#000000", ["api", "psra"], [], null, null),
    ];

    [Theory]
    [InlineData("tenant", "rentguy|witcom", true, true, true)]
    [InlineData("tenant", ".+", true, true, true)]
    [InlineData("tenant", "witcom|other", true, true, false)]
    [InlineData("tenant", "witcom", false, false, true)]
    [InlineData("tenant", "rentguy", true, false, false)]
    [InlineData("tenant", "witcom", false, true, false)]
    [InlineData("tenant", "rentguy", false, true, false)]
    [InlineData("alertname", "Down", false, true, true)]
    [InlineData("service", "api", false, true, true)]
    [InlineData("service", "psra", false, true, false)]
    [InlineData("service", "(psra|x)", true, true, false)]
    public void Those_that_mute_the_tenant_too_are_shown_as_the_platforms(
        string name,
        string value,
        bool regex,
        bool equal,
        bool shown
    )
    {
        var silence = Silence(
            "s",
            "night work",
            new SilenceMatcher(name, value, regex, equal),
            new SilenceMatcher("severity", "warning")
        );
        var found = PlatformSilences.Of("rentguy", Known, [silence], new HashSet<string>()).ToList();
        Assert.Equal(shown, found.Count == 1);
        if (!shown)
        {
            return;
        }
        Assert.True(found[0].ReadOnly);
        Assert.Equal(("the platform", "night work"), (found[0].CreatedBy, found[0].Comment));
        var told = string.Join(' ', found[0].Matchers);
        Assert.StartsWith("tenant=\"rentguy\"", told, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_others_whom_it_mutes_nothing_is_told()
    {
        var silence = Silence("s", "Witcom moves house", new SilenceMatcher("service", "psra|api", IsRegex: true));
        Assert.Empty(PlatformSilences.Of("rentguy", Known, [silence], new HashSet<string>()));
        // It keeps one of the tenant's own alerts quiet, so it is theirs to know of.
        var seen = Assert.Single(PlatformSilences.Of("rentguy", Known, [silence], new HashSet<string> { "s" }));
        Assert.Equal(("", "tenant=\"rentguy\""), (seen.Comment, string.Join(' ', seen.Matchers)));
    }

    [Fact]
    public void What_is_over_is_left_out() =>
        Assert.Empty(
            PlatformSilences.Of(
                "rentguy",
                Known,
                [Silence("s", "c", new SilenceMatcher("alertname", "x")) with { Status = new("expired") }],
                new HashSet<string>()
            )
        );

    [Theory]
    [InlineData("http.route=\"/a\"", "http.route", "/a")]
    [InlineData("\"http.route\"=\"/a\"", "http.route", "/a")]
    [InlineData("\"a \\\"b\\\"\" = \"x\"", "a \"b\"", "x")]
    [InlineData("région=eu", "région", "eu")]
    public void Matchers_take_any_text_as_a_name(string text, string name, string value)
    {
        var matcher = Assert.Single(MatcherText.Read(text));
        Assert.Equal((name, value), (matcher.Name, matcher.Value));
        Assert.Equal(matcher, Assert.Single(MatcherText.Read(matcher.ToString())));
    }

    [Theory]
    [InlineData("the api")]
    [InlineData("{a=\"b\"}")]
    [InlineData("=\"b\"")]
    public void What_is_no_matcher_is_refused(string text) =>
        Assert.Throws<UnfitSilenceException>(() => MatcherText.Read(text));

    private static HeldSilence Silence(string id, string comment, params SilenceMatcher[] matchers) =>
        new(id, new SilenceStatus("active"), Now, comment, "otto", Now.AddHours(-1), Now.AddHours(1), matchers);
}
