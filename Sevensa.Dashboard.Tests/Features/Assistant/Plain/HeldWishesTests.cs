using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>What a change is to wait for, and when it is to be done, holds every change of its sentence: none of them is for now.</summary>
public sealed class HeldWishesTests
{
    [Theory]
    [InlineData(
        "restart the rentguy api and the worker if the queue is full",
        "Restart rentguy/api [if the queue is full]; Restart rentguy/worker [if the queue is full]"
    )]
    [InlineData(
        "if the queue is full, restart the rentguy api and stop the worker",
        "Restart rentguy/api [if the queue is full]; Stop rentguy/worker [if the queue is full]"
    )]
    [InlineData(
        "unless somebody is on it, restart the rentguy api, then stop the worker",
        "Restart rentguy/api [unless somebody is on it]; Stop rentguy/worker [unless somebody is on it]"
    )]
    [InlineData(
        "herstart de rentguy api en de worker zodra de queue leeg is",
        "Restart rentguy/api [zodra de queue leeg is]; Restart rentguy/worker [zodra de queue leeg is]"
    )]
    [InlineData(
        "restart the rentguy api; stop the worker when the queue is full",
        "Restart rentguy/api [when the queue is full]; Stop rentguy/worker [when the queue is full]"
    )]
    [InlineData(
        "Restart the rentguy api and stop the worker. But only if the queue is full.",
        "Restart rentguy/api [only if the queue is full]; Stop rentguy/worker [only if the queue is full]"
    )]
    [InlineData(
        "restart the rentguy worker, otherwise stop the web",
        "Restart rentguy/worker [otherwise stop the web]; Stop rentguy/web [otherwise stop the web]"
    )]
    [InlineData("restart the rentguy api if you see errors", "Restart rentguy/api [if you see errors]")]
    [InlineData(
        "laat de rentguy api herstarten als het geheugen vol is",
        "Restart rentguy/api [als het geheugen vol is]"
    )]
    [InlineData("stop the rentguy worker while I deploy", "Stop rentguy/worker [while i deploy]")]
    [InlineData("/restart rentguy-api if it is down", "Restart rentguy/api [if it is down]")]
    // Of a sentence of its own only what was said before waits, and courtesy makes nothing wait.
    [InlineData(
        "restart the rentguy api. If the queue is full, stop the worker",
        "Restart rentguy/api; Stop rentguy/worker [if the queue is full]"
    )]
    [InlineData("restart the rentguy api and the worker when you can", "Restart rentguy/api; Restart rentguy/worker")]
    [InlineData("herstart zowel de rentguy api als de worker", "Restart rentguy/api; Restart rentguy/worker")]
    // What a sentence of its own asks for waits by itself; "only if" is said of what was before.
    [InlineData(
        "Restart the rentguy api. If it is still slow, show me the logs.",
        "Restart rentguy/api; Logs rentguy/api"
    )]
    [InlineData("Restart the rentguy api. If it fails, call me.", "Restart rentguy/api; Unknown")]
    [InlineData(
        "Restart the rentguy api. But only if the queue is full, and tell me when it is done.",
        "Restart rentguy/api [only if the queue is full]; Unknown"
    )]
    [InlineData("restart the rentguy api and wait for it to come back up", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api en wacht tot hij weer draait", "Restart rentguy/api")]
    [InlineData(
        "restart the rentguy api and wait until the queue is empty",
        "Restart rentguy/api [wait until the queue is empty]"
    )]
    // To be told of something is nothing to wait for, and no change.
    [InlineData("restart the rentguy worker and let me know when it is up", "Restart rentguy/worker; Unknown")]
    [InlineData("tell me when the rentguy api restarts", "Unknown rentguy/api")]
    public void A_condition_holds_every_change_of_its_sentence(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    [InlineData("stop the rentguy api after you restart the worker", "Stop rentguy/api [after you restart the worker]")]
    [InlineData(
        "stop de rentguy api nadat je de worker hebt herstart",
        "Stop rentguy/api [nadat je de worker hebt herstart]"
    )]
    [InlineData(
        "after restarting the rentguy worker, stop the api",
        "Stop rentguy/api [after restarting the rentguy worker]"
    )]
    [InlineData(
        "once the rentguy worker is up, restart the api",
        "Restart rentguy/api [once the rentguy worker is up]"
    )]
    [InlineData("restart the rentguy api after midnight", "Restart rentguy/api [after midnight]")]
    [InlineData("stop the rentguy worker until 23:00", "Stop rentguy/worker [until 23:00]")]
    [InlineData("stop the rentguy worker for an hour", "Stop rentguy/worker [for an hour]")]
    [InlineData("stop de rentguy worker voor 10 minuten", "Stop rentguy/worker [voor 10 minuten]")]
    [InlineData("take the rentguy worker down for 10 minutes", "Stop rentguy/worker [for 10 minutes]")]
    [InlineData("/stop rentguy-worker for 10 minutes", "Stop rentguy/worker [for 10 minutes]")]
    // What is to come later is told, and lends the first neither its verb nor its target.
    [InlineData("restart the rentguy worker before you stop the api", "Restart rentguy/worker; Unknown")]
    [InlineData("herstart de rentguy worker voordat je de api stopt", "Restart rentguy/worker; Unknown")]
    [InlineData("restart the rentguy api, then the worker", "Restart rentguy/api; Restart rentguy/worker")]
    [InlineData("restart the rentguy api after it crashed", "Restart rentguy/api")]
    public void What_comes_first_is_waited_for_and_is_no_target(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Theory]
    // Passive and causative.
    [InlineData("I need the rentguy api restarted at 23:00", "Restart rentguy/api @23:00 later")]
    [InlineData("can you have the rentguy api restarted tonight", "Restart rentguy/api @tonight later")]
    [InlineData("have the rentguy api restarted at 23:00", "Restart rentguy/api @23:00 later")]
    [InlineData("laat de rentguy api om 23:00 herstarten", "Restart rentguy/api @23:00 later")]
    [InlineData("kan de rentguy api om 23:00 herstart worden?", "Restart rentguy/api @23:00 later")]
    [InlineData("the rentguy api must be restarted tomorrow morning", "Restart rentguy/api @tomorrow morning later")]
    // Nominal.
    [InlineData("a restart of the rentguy api at 23:00, please", "Restart rentguy/api @23:00 later")]
    [InlineData("schedule a restart of the rentguy api for 23:00", "Restart rentguy/api @for 23:00 later")]
    [InlineData("a scheduled restart of the rentguy api at 23:00", "Restart rentguy/api @23:00 later")]
    // Other times.
    [InlineData("restart the rentguy api next monday", "Restart rentguy/api @next monday later")]
    [InlineData("restart the rentguy api on friday", "Restart rentguy/api @friday later")]
    [InlineData("herstart de rentguy api over een uur", "Restart rentguy/api @over een uur later")]
    [InlineData("restart the rentguy api in a couple of hours", "Restart rentguy/api @in a couple of hours later")]
    [InlineData("herstart de rentguy api vannacht", "Restart rentguy/api @vannacht later")]
    [InlineData("herstart de rentguy api straks", "Restart rentguy/api @straks later")]
    [InlineData("herstart de rentguy api dit weekend", "Restart rentguy/api @dit weekend later")]
    [InlineData("restart the rentguy api every night", "Restart rentguy/api @every night later")]
    [InlineData("restart the rentguy api tommorow", "Restart rentguy/api @tommorow later")]
    [InlineData("restart the rentguy api 23:00", "Restart rentguy/api @23:00 later")]
    [InlineData("restart the rentguy api, not before 23:00", "Restart rentguy/api @not before 23:00 later")]
    [InlineData("/restart rentguy-api at 23:00", "Restart rentguy/api @23:00 later")]
    [InlineData("restart the rentguy api at 23:00 on friday", "Restart rentguy/api @23:00 on friday later")]
    [InlineData("restart the rentguy api at 9:00 today", "Restart rentguy/api @9:00 today later")]
    // In short.
    [InlineData("restart the rentguy api in 2h", "Restart rentguy/api @2h later")]
    [InlineData("/restart rentguy-api in 30m", "Restart rentguy/api @30m later")]
    [InlineData("herstart de rentguy api over 2u", "Restart rentguy/api @2u later")]
    [InlineData("herstart de rentguy api tegen 15u", "Restart rentguy/api @15u later")]
    [InlineData("herstart de rentguy api vanaf 15u", "Restart rentguy/api @15u later")]
    [InlineData("restart the rentguy api at 15h", "Restart rentguy/api @15h later")]
    [InlineData("stop the rentguy worker for 2h", "Stop rentguy/worker @2h later")]
    // Parts of an hour and of a day.
    [InlineData("herstart de rentguy api om half 12", "Restart rentguy/api @om half 12 later")]
    [InlineData("herstart de rentguy api om kwart over 3", "Restart rentguy/api @om kwart over 3 later")]
    [InlineData("restart the rentguy api at half past three", "Restart rentguy/api @at half past three later")]
    [InlineData("restart the rentguy api at quarter to 5", "Restart rentguy/api @at quarter to 5 later")]
    [InlineData("herstart de rentguy api zaterdagavond", "Restart rentguy/api @zaterdagavond later")]
    [InlineData("restart the rentguy api on the weekend", "Restart rentguy/api @on the weekend later")]
    [InlineData("restart the rentguy api at the end of the day", "Restart rentguy/api @at the end of the day later")]
    [InlineData("herstart de rentguy api eind van de dag", "Restart rentguy/api @eind van de dag later")]
    // A time holds every change of its sentence.
    [InlineData(
        "restart the rentguy api and the worker at 23:00",
        "Restart rentguy/api @23:00 later; Restart rentguy/worker @23:00 later"
    )]
    [InlineData(
        "at 23:00, restart the rentguy api and stop the worker",
        "Restart rentguy/api @23:00 later; Stop rentguy/worker @23:00 later"
    )]
    [InlineData(
        "restart the rentguy api now and the worker at 23:00",
        "Restart rentguy/api; Restart rentguy/worker @23:00 later"
    )]
    // When it is done, and where it leads back to.
    [InlineData("roll back rentguy at 23:00", "Rollback rentguy @23:00 later")]
    [InlineData("roll rentguy back to friday 18:00 tomorrow at 9:00", "Rollback rentguy @tomorrow at 9:00 later")]
    [InlineData("I want to roll back rentguy at 23:00", "Rollback rentguy @23:00 later")]
    [InlineData("roll rentguy back to what ran at 9:00", "Rollback rentguy @9:00")]
    [InlineData("roll back rentguy to 18:00 yesterday", "Rollback rentguy @18:00 yesterday")]
    [InlineData("roll back rentguy to how it was at 18:00 yesterday", "Rollback rentguy @18:00 yesterday")]
    [InlineData("roll back rentguy to 9:00 today", "Rollback rentguy @9:00 today")]
    [InlineData("zet rentguy terug naar 18:00 op vrijdag", "Rollback rentguy @18:00 op vrijdag")]
    [InlineData("/rollback rentguy 18:00 yesterday", "Rollback rentguy @18:00 yesterday")]
    [InlineData("roll back rentguy to the 14:00 version", "Rollback rentguy \"14:00\"")]
    [InlineData("roll back rentguy to the release from 14:00", "Rollback rentguy \"from 14:00\"")]
    [InlineData("rol rentguy terug naar de 14:00 versie", "Rollback rentguy \"14:00\"")]
    [InlineData("zet rentguy terug naar vrijdagavond", "Rollback rentguy \"vrijdagavond\"")]
    // What is for now, or was.
    [InlineData("restart the rentguy api today", "Restart rentguy/api @today")]
    [InlineData("restart the rentguy worker that was started at 9:00", "Restart rentguy/worker @9:00")]
    [InlineData("herstart de rentguy worker die om 9:00 viel", "Restart rentguy/worker @9:00")]
    [InlineData("restart the rentguy api that crashed at half past three", "Restart rentguy/api")]
    // A greeting is of no day, and 99 is no hour.
    [InlineData("Goede morgen, herstart de rentguy api", "Restart rentguy/api")]
    [InlineData("Restart the rentguy api. See you tomorrow!", "Restart rentguy/api")]
    [InlineData("Herstart de rentguy api. Tot morgen!", "Restart rentguy/api")]
    [InlineData("stop de rentguy worker tot morgen", "Stop rentguy/worker @morgen later")]
    [InlineData("the rentguy api is at 99, restart it", "Restart rentguy/api")]
    [InlineData("on friday at 18:00, what changed at witcom?", "Changes witcom @friday at 18:00")]
    [InlineData(
        "logs of the rentguy api and the worker on friday",
        "Logs rentguy/api @friday; Logs rentguy/worker @friday"
    )]
    public void A_wish_with_a_date_is_for_later(string said, string meant) =>
        Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said)));

    [Fact]
    public void What_has_begun_already_comes_again()
    {
        var evening = new WishReader(
            new FleetNames(WishReaderTests.Fleet, WishWords.Ordinary),
            new DateTimeOffset(2026, 11, 25, 20, 0, 0, TimeSpan.Zero),
            TimeZoneInfo.Utc
        );
        foreach (var said in (string[])["restart the rentguy api tonight", "herstart de rentguy api vanavond"])
        {
            Assert.True(Assert.Single(evening.Read(said)).When is { IsFuture: true }, said);
        }
    }

    [Theory]
    [InlineData("restart the api if the queue is full", "RentGuy", "Restart rentguy/api [if the queue is full]")]
    [InlineData("restart the api tomorrow", "RentGuy", "Restart rentguy/api @tomorrow later")]
    [InlineData("restart the api", "RentGuy at 23:00", "Restart rentguy/api @23:00 later")]
    [InlineData("roll back the api", "RentGuy to friday 18:00", "Rollback rentguy/api @friday 18:00")]
    [InlineData("restart the rentguy api tomorrow", "restart it now", "Restart rentguy/api")]
    public void It_holds_on_in_what_answers_a_question_back_and_in_no_new_wish(
        string before,
        string said,
        string meant
    ) => Assert.Equal(meant, WishReaderTests.Meant(WishReaderTests.Reader().Read(said, [before])));

    [Fact]
    public void No_command_is_offered_for_what_is_held()
    {
        foreach (
            var said in (string[])
                [
                    "restart the rentguy api at 23:00",
                    "restart the rentguy api if it is down",
                    "restart the rentguy api or the worker",
                    "roll back rentguy to the version before friday",
                ]
        )
        {
            Assert.Null(SlashCommand.For(Assert.Single(WishReaderTests.Reader().Read(said))));
        }
        Assert.Equal(
            "/rollback rentguy-api 2.4.0",
            SlashCommand.For(Assert.Single(WishReaderTests.Reader().Read("roll back the rentguy api to version 2.4.0")))
        );
        Assert.Equal(
            "/restart rentguy-api",
            SlashCommand.For(Assert.Single(WishReaderTests.Reader().Read("restart the rentguy api")))
        );
    }
}
