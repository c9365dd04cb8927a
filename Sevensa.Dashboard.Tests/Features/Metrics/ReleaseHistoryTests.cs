using Sevensa.Dashboard.Features.Metrics.Changes;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public sealed class ReleaseHistoryTests
{
    [Fact]
    public void Another_image_is_a_release_and_a_gap_is_none()
    {
        var seen = ReleaseHistory.Seen([
            Image("api", "sevensa/api:2.4.0", 0, 60, 240, 300),
            Image("api", "sevensa/api:2.4.1", 300, 360, 420),
            Image("web", "sevensa/web:1", 0, 60, 120, 180, 240, 300, 360),
        ]);
        var release = Assert.Single(seen);
        Assert.Equal("api 2.4.0 → 2.4.1", release.ToString());
        Assert.Equal(300, release.At.ToUnixTimeSeconds());
    }

    [Fact]
    public void Going_back_is_a_release_too() =>
        Assert.Equal(
            ["api 2.4.0 → 2.4.1", "api 2.4.1 → 2.4.0"],
            ReleaseHistory
                .Seen([Image("api", "sevensa/api:2.4.0", 0, 60, 240), Image("api", "sevensa/api:2.4.1", 120, 180)])
                .Select(release => release.ToString())
        );

    [Theory]
    [InlineData("sevensa/api:2.4.1", "2.4.1")]
    [InlineData("registry.example:5000/sevensa/api", "registry.example:5000/sevensa/api")]
    [InlineData("registry.example:5000/sevensa/api:7", "7")]
    [InlineData("sevensa/api@sha256:0123456789abcdef", "0123456789ab")]
    [InlineData("sevensa/api:2@sha256:0123456789abcdef", "2")]
    public void A_release_is_named_by_its_tag(string image, string tag) => Assert.Equal(tag, ReleaseHistory.Tag(image));

    private static MetricSeries Image(string service, string image, params double[] times) =>
        new(
            new Dictionary<string, string> { ["service"] = service, ["image"] = image },
            times,
            [.. times.Select(_ => 1.0)]
        );
}
