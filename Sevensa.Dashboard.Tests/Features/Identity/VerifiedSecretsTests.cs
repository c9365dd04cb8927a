using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What is known of a client's secret that was verified before.</summary>
public sealed class VerifiedSecretsTests
{
    [Fact]
    public void It_is_known_with_what_was_kept_of_it_and_with_nothing_else()
    {
        var verified = new VerifiedSecrets();
        Assert.False(verified.Has("open sesame", "kept"));
        verified.Keep("open sesame", "kept");
        Assert.True(verified.Has("open sesame", "kept"));
        Assert.False(verified.Has("open sesame", "kept anew"));
        Assert.False(verified.Has("open sesam", "kept"));
        Assert.False(verified.Has("", "kept\nopen sesame"));
        Assert.False(new VerifiedSecrets().Has("open sesame", "kept"));
    }
}
