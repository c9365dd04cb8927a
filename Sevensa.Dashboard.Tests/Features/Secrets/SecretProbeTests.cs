using System.Text;
using Sevensa.Dashboard.Features.Secrets.Probes;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>What a secret's metadata may have asked, whom, and how it is told what came of it.</summary>
public class SecretProbeTests
{
    private const string Marker = "sk_live_marker-of-a-probe";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static (SecretProbe? Probe, string? WhyNot) Of(
        string? probe,
        string? beside = null,
        string allowed = "https://api.pay.example/v1/"
    )
    {
        var metadata = new Dictionary<string, string> { ["owner"] = "rentguy" };
        if (probe is not null)
        {
            metadata["probe"] = probe;
        }
        if (beside?.Split('=', 2) is [var name, var value])
        {
            metadata[name] = value;
        }
        return SecretProbe.Of(metadata, [allowed]);
    }

    [Theory]
    [InlineData("https://api.pay.example/v1/me")]
    [InlineData("https://API.pay.example/v1")]
    [InlineData("https://api.pay.example:443/v1/accounts?limit=1")]
    public void What_lies_below_an_allowed_address_is_asked(string url)
    {
        var (probe, whyNot) = Of(url);
        Assert.Null(whyNot);
        Assert.Equal(("Authorization", "Bearer", null, 200), (probe!.Header, probe.Scheme, probe.User, probe.Status));
    }

    [Theory]
    [InlineData("http://api.pay.example/v1/me")]
    [InlineData("https://api.pay.example:8443/v1/me")]
    [InlineData("https://api.pay.example.evil.example/v1/me")]
    [InlineData("https://evil.example/v1/me")]
    [InlineData("https://api.pay.example/v1evil")]
    [InlineData("https://api.pay.example/v1/../v2")]
    [InlineData("https://api.pay.example@evil.example/v1/me")]
    [InlineData("https://user:pass@api.pay.example/v1/me")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/v1/me")]
    public void What_does_not_is_not_and_says_why(string url)
    {
        var (probe, whyNot) = Of(url);
        Assert.Null(probe);
        Assert.NotNull(whyNot);
    }

    [Theory]
    [InlineData("probe_header=X-Api-Key", true)]
    [InlineData("probe_header=Authorization: Token", true)]
    [InlineData("probe_header=X Api Key", false)]
    [InlineData("probe_header=X: a b", false)]
    [InlineData("probe_user=acct_1", true)]
    [InlineData("probe_status=204", true)]
    [InlineData("probe_status=500", false)]
    [InlineData("probe_status=302", false)]
    public void How_it_is_asked_is_said_beside_it(string beside, bool right)
    {
        var (probe, whyNot) = Of("https://api.pay.example/v1/me", beside);
        Assert.Equal(right, probe is not null);
        Assert.Equal(right, whyNot is null);
    }

    [Fact]
    public void Nothing_is_asked_where_nothing_is_said()
    {
        Assert.Equal((null, null), Of(null));
    }

    [Fact]
    public async Task The_value_goes_where_it_is_to_and_is_not_told()
    {
        await using var provider = await ProbedProvider.StartAsync();
        using var door = new ProbeDoor();
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"acct:{Marker}"));
        foreach (
            var (probe, header, sent) in new (SecretProbe, string, string)[]
            {
                (new(provider.Url, "Authorization", "Bearer", null, 200), "Authorization", $"Bearer {Marker}"),
                (new(provider.Url, "X-Api-Key", null, null, 200), "X-Api-Key", Marker),
                (new(provider.Url, null, null, "acct", 200), "Authorization", $"Basic {basic}"),
            }
        )
        {
            provider.Answer = request => request.Headers[header] == sent ? 200 : 401;
            var right = await door.AskAsync(probe, Marker, Cancellation);
            Assert.True(right is { Passes: true, Reached: true }, right.Words);
            var wrong = await door.AskAsync(probe, $"{Marker}x", Cancellation);
            Assert.True(wrong is { Passes: false, Reached: true }, wrong.Words);
            Assert.Contains("401", wrong.Words, StringComparison.Ordinal);
            Assert.DoesNotContain(Marker, wrong.Words, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(302, true)]
    [InlineData(404, true)]
    [InlineData(429, false)]
    [InlineData(503, false)]
    public async Task No_redirect_is_followed_and_who_is_overloaded_says_nothing_of_the_value(int status, bool reached)
    {
        await using var provider = await ProbedProvider.StartAsync();
        provider.Answer = _ => status;
        using var door = new ProbeDoor();
        var trial = await door.AskAsync(new(provider.Url, "X-Api-Key", null, null, 200), Marker, Cancellation);
        Assert.Equal((reached, false), (trial.Reached, trial.Passes));
        Assert.Equal(["/"], provider.Asked);
    }

    [Fact]
    public async Task Who_is_not_there_says_nothing_and_no_line_break_gets_into_a_header()
    {
        string url;
        using var door = new ProbeDoor();
        await using (var provider = await ProbedProvider.StartAsync())
        {
            url = provider.Url;
            var broken = await door.AskAsync(new(url, "X-Api-Key", null, null, 200), "a\r\nX-Admin: 1", Cancellation);
            Assert.False(broken.Passes);
            Assert.Empty(provider.Asked);
        }
        var gone = await door.AskAsync(new(url, "X-Api-Key", null, null, 200), Marker, Cancellation);
        Assert.Equal((false, false), (gone.Reached, gone.Passes));
        Assert.DoesNotContain(Marker, gone.Words, StringComparison.Ordinal);
    }
}
