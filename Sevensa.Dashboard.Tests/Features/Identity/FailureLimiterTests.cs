using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Who is held off for failing, and who at the same address is not.</summary>
public sealed class FailureLimiterTests
{
    private const string Address = "192.0.2.1";

    private readonly FakeTimeProvider time = new();
    private readonly FailureLimiter failures;

    public FailureLimiterTests() => failures = new FailureLimiter(time);

    private void Fail(string program, int times)
    {
        for (var number = 0; number < times; number++)
        {
            failures.Note(Address, program);
        }
    }

    [Fact]
    public void One_that_does_not_say_which_program_it_is_is_counted_as_any_other()
    {
        Fail("failing", 30);
        Assert.True(failures.IsOver(Address, "failing"));
        Assert.False(failures.IsOver(Address, ""));
        Fail("", 29);
        Assert.False(failures.IsOver(Address, ""));
        Fail("", 1);
        Assert.True(failures.IsOver(Address, ""));
    }

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    // A line has a whole network of these.
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Addresses_of_one_line_are_one_caller(string one, string other, bool same) =>
        Assert.Equal(same, CallerNetwork.Of(IPAddress.Parse(one)) == CallerNetwork.Of(IPAddress.Parse(other)));

    [Fact]
    public void Many_programs_that_fail_now_and_then_hold_off_their_address_for_a_minute()
    {
        for (var number = 0; number < 30; number++)
        {
            Fail($"program-{number}", 10);
        }
        Assert.True(failures.IsOver(Address, "another"));
        Assert.False(failures.IsOver("192.0.2.2", "another"));
        // Who signs in with a browser there is none of the programs.
        Assert.False(failures.IsOver(Address));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(failures.IsOver(Address, "another"));
    }
}
