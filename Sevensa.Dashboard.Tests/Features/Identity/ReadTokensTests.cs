using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Identity;

public class ReadTokensTests
{
    private static HttpRequest At(string host) =>
        new DefaultHttpContext { Request = { Scheme = "https", Host = new HostString(host) } }.Request;

    [Fact]
    public void A_token_is_known_until_it_expires_at_the_address_it_was_read_at_and_by_its_whole_text()
    {
        var time = new FakeTimeProvider();
        var tokens = new ReadTokens(time);
        var read = new ReadToken("1", "ci", "ci", ApiScopes.Read, null, null, time.GetUtcNow().AddHours(1), []);
        tokens.Keep("a.b.c", At("dashboard.example"), read);
        Assert.Same(read, tokens.Find("a.b.c", At("dashboard.example")));
        tokens.Forget();
        Assert.Null(tokens.Find("a.b.c", At("dashboard.example")));
        tokens.Keep("a.b.c", At("dashboard.example"), read);
        Assert.Null(tokens.Find("a.b.d", At("dashboard.example")));
        Assert.Null(tokens.Find("a.b.c", At("other.example")));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(tokens.Find("a.b.c", At("dashboard.example")));
    }

    [Fact]
    public void One_that_says_nothing_of_its_end_is_read_each_time()
    {
        var tokens = new ReadTokens(new FakeTimeProvider());
        tokens.Keep("a.b.c", At("h"), new ReadToken("1", "ci", "ci", ApiScopes.Read, null, null, null, []));
        Assert.Null(tokens.Find("a.b.c", At("h")));
    }
}
