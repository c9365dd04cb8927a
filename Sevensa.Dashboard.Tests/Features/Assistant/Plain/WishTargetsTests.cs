using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>Of whom a change is meant; where that is not clear (<c>!</c>) it is asked, and nothing is proposed.</summary>
public sealed class WishTargetsTests
{
    [Theory]
    [InlineData("roll back rentguy because it fails to start", "Rollback rentguy")]
    [InlineData("roll back rentguy because the api fails", "Rollback rentguy")]
    [InlineData("herstart de rentguy api omdat hij niet stopt", "Restart rentguy/api")]
    [InlineData("restart the rentguy api because the worker hangs", "Restart rentguy/api")]
    [InlineData("restart the rentguy api since the worker stopped", "Restart rentguy/api")]
    [InlineData("restart the rentguy api as it keeps stopping the worker", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api want de worker reageert niet", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api doordat de worker stopt en de web hangt", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api want hij hangt en start niet meer op", "Restart rentguy/api")]
    [InlineData("restart the rentguy api because users get errors and stop responding", "Restart rentguy/api")]
    [InlineData("stop the rentguy worker so the api can restart", "Stop rentguy/worker")]
    [InlineData("stop the rentguy worker so that the api restarts", "Stop rentguy/worker")]
    [InlineData("restart the rentguy api to free memory for the worker", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api om de worker te ontlasten", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api niet omdat de worker stopt", "Unknown rentguy/api")]
    [InlineData("take a look at the rentguy api because it is slow", "Why rentguy/api")]
    // The wish goes on behind the reason, or stands behind it.
    [InlineData(
        "restart the rentguy api because it hangs and stop the worker",
        "Restart rentguy/api; Stop rentguy/worker"
    )]
    [InlineData(
        "restart the rentguy api because it hangs, unless somebody uses it",
        "Restart rentguy/api [unless somebody uses it]"
    )]
    [InlineData("because the rentguy worker hangs, restart it", "Restart rentguy/worker")]
    [InlineData("omdat de rentguy worker stopt, herstart de api", "Restart rentguy/api")]
    [InlineData("because the rentguy api fails, roll back rentguy", "Rollback rentguy")]
    [InlineData(
        "restart the rentguy api and I want you to stop the worker",
        "Restart rentguy/api; Stop rentguy/worker"
    )]
    public void A_reason_names_no_target_and_no_verb(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    [InlineData("restart the rentguy api behind the worker", "Restart rentguy/worker !")]
    [InlineData("restart the rentguy api or the worker", "Restart rentguy/worker !")]
    [InlineData("restart the api of rentguy or witcom", "Restart rentguy/api !")]
    [InlineData("before stopping the rentguy api restart the worker", "Restart rentguy/worker !")]
    [InlineData("restart the rentguy api as well as the worker", "Restart rentguy/api; Restart rentguy/worker")]
    [InlineData("restart the certificate worker", "Restart psra-ltsd/certificate-worker")]
    [InlineData("restart the rentguy api and stop the web of psra-ltsd", "Restart rentguy/api; Stop psra-ltsd/web")]
    // What is taken back.
    [InlineData(
        "restart the rentguy api, no wait, not the api, the worker",
        "Restart rentguy/api !; Restart rentguy/worker !; Unknown"
    )]
    [InlineData(
        "stop the rentguy worker, sorry, I mean restart it",
        "Stop rentguy/worker !; Restart rentguy/worker !; Unknown"
    )]
    [InlineData(
        "herstart de rentguy api, nee wacht, de worker",
        "Restart rentguy/api !; Restart rentguy/worker !; Unknown"
    )]
    [InlineData("restart the rentguy api. No, scratch that.", "Restart rentguy/api !; Unknown")]
    [InlineData("restart the rentguy api. Stop!", "Restart rentguy/api !")]
    [InlineData("restart not the rentguy api but the worker", "Unknown rentguy/worker")]
    [InlineData("herstart niets van rentguy", "Unknown rentguy")]
    // Several at once.
    [InlineData("restart everything of rentguy", "Restart rentguy !")]
    [InlineData("restart the api of all tenants", "Restart api !")]
    [InlineData("restart the workers of rentguy", "Restart rentguy/worker")]
    [InlineData("don;t restart the rentguy api", "Unknown rentguy/api")]
    public void Where_several_are_named_none_is_taken_for_the_other(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    [InlineData("roll back rentguy to the version before friday", "Rollback rentguy !")]
    [InlineData("roll back rentguy, to the version before friday", "Rollback rentguy !")]
    [InlineData("roll back rentguy, back to the version before friday", "Rollback rentguy !")]
    [InlineData("roll back rentguy to the release before 14:00", "Rollback rentguy !")]
    [InlineData("roll back rentguy to the state before yesterday's deploy", "Rollback rentguy !")]
    [InlineData("roll back rentguy to the version before the crash", "Rollback rentguy !")]
    [InlineData("roll back rentguy to how it was before friday", "Rollback rentguy !")]
    [InlineData("roll back rentguy, to how it was before friday", "Rollback rentguy !; Unknown")]
    [InlineData("zet rentguy terug naar de versie voor vrijdag", "Rollback rentguy !")]
    [InlineData("roll back rentguy before friday", "Rollback rentguy !")]
    [InlineData("/rollback rentguy before friday", "Rollback rentguy !")]
    [InlineData("roll rentguy back two hours", "Rollback rentguy !")]
    [InlineData("draai rentguy een uur terug", "Rollback rentguy !")]
    [InlineData("roll back this morning's deploy of rentguy", "Rollback rentguy !")]
    [InlineData("roll back yesterday's deploy of rentguy", "Rollback rentguy !")]
    // What the releases know, and what only comes later.
    [InlineData("roll back rentguy to before the last deploy", "Rollback rentguy @before the last deploy")]
    [InlineData("put rentguy back to how it was before the update", "Rollback rentguy")]
    [InlineData("roll back rentguy before you stop the api", "Rollback rentguy; Unknown")]
    [InlineData("roll back rentguy to yesterday's deploy", "Rollback rentguy @yesterday")]
    public void Where_a_roll_back_is_to_lead_is_not_guessed(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    [InlineData(
        "restart the api, no wait, the web",
        "the web",
        "RentGuy",
        "Restart rentguy/api !; Restart rentguy/web !"
    )]
    [InlineData("restart rentguy", "restart the rentguy api, no wait, the web", "the web", "Restart rentguy/web")]
    [InlineData("what is up", "roll back the api to the version before friday", "RentGuy", "Rollback rentguy/api !")]
    [InlineData(
        "what is up",
        "roll back the api to the version before friday",
        "RentGuy to friday 18:00",
        "Rollback rentguy/api @friday 18:00"
    )]
    public void What_was_not_clear_is_not_until_an_answer_says_it(
        string first,
        string second,
        string said,
        string meant
    ) => Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said, [first, second])));

    [Theory]
    [InlineData("stop!")]
    [InlineData("please stop")]
    [InlineData("restart the host")]
    [InlineData("stop the analysis")]
    public void What_is_said_of_something_else_goes_on_with_no_service(string said) =>
        Assert.DoesNotContain(WishReaderTests.Reader().Read(said, ["restart the rentguy api"]), wish => wish.Changes);

    [Theory]
    [InlineData("should the rentguy api be restarted?", "Why rentguy/api")]
    [InlineData("should I restart the rentguy api and stop the worker?", "Why rentguy/api; Why rentguy/worker")]
    [InlineData("do I need to restart the rentguy api?", "Why rentguy/api")]
    [InlineData("moet de rentguy api herstart worden?", "Why rentguy/api")]
    [InlineData("I'm thinking about restarting the rentguy api", "Why rentguy/api")]
    [InlineData("can I restart the rentguy api?", "Why rentguy/api")]
    // What somebody else says, or wrote down.
    [InlineData(
        "the rentguy api logs \"stop the worker\", why?",
        "Logs rentguy/api \"stop the worker\"; Why rentguy/api"
    )]
    [InlineData("the log says restart the rentguy worker", "Unknown rentguy/worker")]
    [InlineData("what does this mean?\n2026-11-25 13:00:01 ERROR restart the rentguy api", "Unknown")]
    [InlineData("what does this mean?\n[ERROR] rentguy-worker: stop requested", "Unknown")]
    [InlineData("restart \"rentguy-api\"", "Restart rentguy/api")]
    public void A_question_and_the_words_of_others_change_nothing(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    [InlineData("start the stop service of acme", "Start acme/stop")]
    [InlineData("stop start of acme", "Stop acme/start")]
    [InlineData("restart stop at acme", "Restart acme/stop")]
    [InlineData("stop the db of acme", "Stop acme/db")]
    [InlineData("start the api of acme", "Start acme/api")]
    public void A_service_may_be_called_like_a_verb(string said, string meant)
    {
        var fleet = new FleetNames(
            [WishReaderTests.Of("acme", "Acme", "start", "stop", "db", "api")],
            WishWords.Ordinary
        );
        Assert.Equal(
            meant,
            WishReaderTests.Meant(new WishReader(fleet, WishReaderTests.Now, TimeZoneInfo.Utc).Read(said))
        );
    }
}
