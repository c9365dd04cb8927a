using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>What is read as a rule for later, and what only sounds like one.</summary>
public sealed class StandingWishTests
{
    [Theory]
    [InlineData("Restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day")]
    [InlineData("restart rentguy-api whenever it is down")]
    [InlineData("Herstart de rentguy worker telkens als hij vastloopt, hoogstens twee keer per dag")]
    [InlineData("Keep the RentGuy worker running: restart it whenever it is down")]
    [InlineData("when the rentguy worker does not start for 3 minutes, restart it, at most once a day")]
    [InlineData("restart the rentguy api whenever it is slow, but never at night")]
    [InlineData("/policy restart the RentGuy worker when it is down")]
    public void A_rule_is_one(string said)
    {
        Assert.False(StandingWish.IsDenied(Assert.IsType<string>(StandingWish.Of(said))));
    }

    [Theory]
    [InlineData("Why does the rentguy worker restart every time the api is slow?")]
    [InlineData("Did the worker stop whenever the database was slow?")]
    [InlineData("What happened when the RentGuy api was down for 30 minutes, and did anyone restart it?")]
    [InlineData("Restart the RentGuy api, it is slow whenever I log in")]
    [InlineData("restart the rentguy api, it fails every time somebody signs in")]
    [InlineData("restart the rentguy api")]
    public void A_question_or_a_wish_for_now_is_none(string said) => Assert.Null(StandingWish.Of(said));

    [Theory]
    [InlineData("Don't restart the rentguy worker whenever it is slow")]
    [InlineData("don’t ever restart the worker when it is unhealthy for 3 minutes")]
    [InlineData("never restart rentguy-api, at most twice a day tell me")]
    [InlineData("Stop restarting the rentguy worker every time it is slow")]
    [InlineData("cancel the restart of rentguy-api whenever the database is slow")]
    [InlineData("restart everything except the database whenever it is slow")]
    [InlineData("herstart de rentguy worker hoogstens nooit niet")]
    [InlineData("/policy never restart the RentGuy worker")]
    [InlineData("/policy stop restarting the RentGuy worker when it is slow")]
    public void What_is_not_to_be_done_becomes_no_policy(string said)
    {
        Assert.True(StandingWish.IsDenied(Assert.IsType<string>(StandingWish.Of(said))));
    }
}
