using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>What is understood of a sentence without a model.</summary>
public sealed class WishReaderTests
{
    internal static readonly DateTimeOffset Now = new(2026, 11, 25, 13, 30, 0, TimeSpan.Zero);

    internal static readonly Tenant[] Fleet =
    [
        Of("rentguy", "RentGuy", "api", "web", "worker", "db"),
        Of("psra-ltsd", "PSRA-LTSD", "api", "certificate-worker", "web"),
        Of("witcom", "Witcom", "psra-api", "psra-db"),
        Of("platform", "Platform", "traefik", "ai", "claude-chat", "langgraph", "n8n", "postgres"),
    ];

    [Theory]
    // Commands.
    [InlineData("/restart rentguy-api", "Restart rentguy/api")]
    [InlineData("/rollback rentguy yesterday", "Rollback rentguy @yesterday")]
    [InlineData("/logs psra-ltsd error 1h", "Logs psra-ltsd \"error\" @1h")]
    [InlineData("/why rentguy-api", "Why rentguy/api")]
    [InlineData("/health", "Status")]
    [InlineData("/rotate rentguy/api/database", "Rotate rentguy #rentguy/api/database")]
    [InlineData("/help", "Help")]
    [InlineData("/scale rentguy-worker 3", "Scale rentguy/worker 3")]
    [InlineData("/restart nothing-here", "Restart ?nothing-here")]
    // Changes, English.
    [InlineData("restart the RentGuy API", "Restart rentguy/api")]
    [InlineData("Could you please restart rent guy's api?", "Restart rentguy/api")]
    [InlineData("bounce rentguy-api-1", "Restart rentguy/api")]
    [InlineData("stop the worker of RentGuy", "Stop rentguy/worker")]
    [InlineData("start the rentguy worker", "Start rentguy/worker")]
    [InlineData("bring the rentguy web back up", "Start rentguy/web")]
    [InlineData("scale the RentGuy worker to 3", "Scale rentguy/worker 3")]
    [InlineData("roll back rentguy to friday 18:00", "Rollback rentguy @friday 18:00")]
    [InlineData("put the RentGuy api back to yesterday's state", "Rollback rentguy/api @yesterday")]
    [InlineData("go back to the previous version of witcom api", "Rollback witcom/psra-api @the previous version")]
    [InlineData("rotate the database password of RentGuy", "Rotate rentguy/db")]
    [InlineData("restart traefik", "Restart platform/traefik")]
    [InlineData("restart the certificate worker", "Restart psra-ltsd/certificate-worker")]
    [InlineData("undo that", "Undo")]
    // Changes, Dutch.
    [InlineData("herstart de API van RentGuy", "Restart rentguy/api")]
    [InlineData("kun je de worker van rentguy opnieuw starten?", "Restart rentguy/worker")]
    [InlineData("start de rentguy api opnieuw op", "Restart rentguy/api")]
    [InlineData("zet de worker van RentGuy uit", "Stop rentguy/worker")]
    [InlineData("schaal de rentguy worker naar 3", "Scale rentguy/worker 3")]
    [InlineData("zet rentguy terug naar vrijdag 18:00", "Rollback rentguy @vrijdag 18:00")]
    [InlineData("draai psra-ltsd terug naar gisteren", "Rollback psra-ltsd @gisteren")]
    [InlineData("roteer het wachtwoord van de rentguy database", "Rotate rentguy/db")]
    [InlineData("maak dat ongedaan", "Undo")]
    // Typing mistakes.
    [InlineData("restrat the rentgyu api", "Restart rentguy/api")]
    [InlineData("herstrat de rentguy wroker", "Restart rentguy/worker")]
    [InlineData("logs of witocm", "Logs witcom")]
    // Questions.
    [InlineData("Why is RentGuy slow?", "Why rentguy")]
    [InlineData("waarom is de RentGuy api zo traag?", "Why rentguy/api")]
    [InlineData("why was the rentguy api restarted last night", "Why rentguy/api @last night")]
    [InlineData("when was rentguy-api restarted?", "Changes rentguy/api")]
    [InlineData("should I restart the rentguy api?", "Why rentguy/api")]
    [InlineData("what changed last night", "Changes @last night")]
    [InlineData("wat is er vorige week veranderd bij witcom", "Changes witcom @vorige week")]
    [InlineData("what is running for PSRA-LTSD?", "Running psra-ltsd")]
    [InlineData("wat draait er bij witcom", "Running witcom")]
    [InlineData(
        "show me the errors of the rentguy api in the last half hour",
        "Logs rentguy/api \"error\" @last half hour"
    )]
    [InlineData("laat de fouten van rentguy zien sinds gisteren", "Logs rentguy \"error\" @gisteren")]
    [InlineData("how much memory does the rentguy api use", "Figure rentguy/api memory")]
    [InlineData("hoeveel geheugen gebruikt de rentguy api", "Figure rentguy/api memory")]
    [InlineData("which alerts fire at rentguy", "Alerts rentguy")]
    [InlineData("overdue secrets", "Secrets \"overdue\"")]
    [InlineData("welke geheimen van rentguy zijn te laat", "Secrets rentguy \"overdue\"")]
    [InlineData("critical CVEs", "Findings \"critical\"")]
    [InlineData("hoe gaat het met witcom", "Status witcom")]
    [InlineData("what waits for approval", "Approvals")]
    [InlineData("what ran at rentguy yesterday", "Releases rentguy @yesterday")]
    // Not to be done, or not to be had.
    [InlineData("don't restart the rentguy api", "Unknown rentguy/api")]
    [InlineData("how do I restart the rentguy api", "Help rentguy/api")]
    [InlineData("delete the rentguy database", "Beyond rentguy/db")]
    [InlineData("verwijder alle logs van rentguy", "Beyond rentguy")]
    [InlineData("restart the checkout-service", "Restart ?checkout-service")]
    [InlineData("tell me a joke", "Unknown")]
    // Several wishes.
    [InlineData("restart the rentguy api and show its logs", "Restart rentguy/api; Logs rentguy/api")]
    [InlineData("restart the api and the worker of RentGuy", "Restart rentguy/api; Restart rentguy/worker")]
    [InlineData("herstart rentguy-api en rentguy-web", "Restart rentguy/api; Restart rentguy/web")]
    [InlineData(
        "restart rentguy api, scale the worker to 2 and rotate rentguy/api/database",
        "Restart rentguy/api; Scale rentguy/worker 2; Rotate rentguy #rentguy/api/database"
    )]
    [InlineData("is witcom ok? and what changed yesterday", "Status witcom @yesterday; Changes witcom @yesterday")]
    [InlineData("status of rentguy and witcom", "Status rentguy; Status witcom")]
    // What is not understood stands last, and lends nothing to what is.
    [InlineData(
        "stop the rentguy worker, restart rentguy web and fold the laundry of rentguy",
        "Stop rentguy/worker; Restart rentguy/web; Unknown"
    )]
    [InlineData("fold the laundry, then restart the rentguy api", "Restart rentguy/api; Unknown")]
    [InlineData("restart the rentguy api and paint the rentguy worker", "Restart rentguy/api; Unknown")]
    [InlineData("restart the rentguy api but leave the worker alone", "Restart rentguy/api; Unknown")]
    [InlineData("restart the rentguy api, not the worker", "Restart rentguy/api; Unknown")]
    [InlineData("herstart de rentguy api maar niet de worker", "Restart rentguy/api; Unknown")]
    [InlineData("restart the api and fold the laundry of rentguy", "Restart api; Unknown")]
    [InlineData("the rentguy api is down, restart it please", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api want die reageert niet meer", "Restart rentguy/api")]
    [InlineData("herstart de rentguy worker die niet reageert", "Restart rentguy/worker")]
    [InlineData("stop the rentguy worker before deploying", "Stop rentguy/worker")]
    [InlineData("schaal de rentguy worker naar een extra replica", "Scale rentguy/worker")]
    [InlineData("scale the rentguy worker to one more", "Scale rentguy/worker")]
    [InlineData("schaal de rentguy worker naar één", "Scale rentguy/worker 1")]
    [InlineData("undo that because it stopped working", "Undo")]
    [InlineData("stop and start the rentguy api", "Restart rentguy/api")]
    [InlineData("stop en start de rentguy worker", "Restart rentguy/worker")]
    [InlineData("herstart de rentguy api en laat maar weten of het lukt", "Restart rentguy/api; Unknown")]
    [InlineData("> the api is down\nplease restart rentguy-api", "Restart rentguy/api")]
    public void A_sentence_is_read(string said, string meant) => Assert.Equal(meant, Meant(Reader().Read(said)));

    [Theory]
    // How many more is no number of how many there are to be.
    [InlineData("scale the rentguy worker from 2 to 4", "Scale rentguy/worker 4")]
    [InlineData("schaal de rentguy worker van 2 naar 4", "Scale rentguy/worker 4")]
    [InlineData("scale the rentguy worker up to three", "Scale rentguy/worker 3")]
    [InlineData("Add two more replicas to rentguy-worker", "Scale rentguy/worker")]
    [InlineData("scale the rentguy worker by 2", "Scale rentguy/worker")]
    [InlineData("schaal de rentguy worker met 2 extra", "Scale rentguy/worker")]
    [InlineData("scale the rentguy worker from 4", "Scale rentguy/worker")]
    // What is left out is not what is meant.
    [InlineData("Restart everything of rentguy except the worker", "Unknown rentguy/worker")]
    [InlineData("herstart alles van rentguy behalve de worker", "Unknown rentguy/worker")]
    [InlineData("restart all of rentguy apart from the worker", "Unknown rentguy/worker")]
    [InlineData("stop rentguy in plaats van witcom", "Unknown rentguy")]
    // What is called off is not asked for.
    [InlineData("Stop restarting the rentguy api", "Unknown rentguy/api")]
    [InlineData("cancel the restart of rentguy-api", "Unknown rentguy/api")]
    [InlineData("annuleer de herstart van rentguy-api", "Unknown rentguy/api")]
    [InlineData("Stop rotating the rentguy database password", "Unknown rentguy/db")]
    [InlineData("stop met het herstarten van de rentguy worker", "Unknown rentguy/worker")]
    [InlineData("never mind the rollback of rentguy", "Unknown rentguy")]
    [InlineData("keep the rentguy api from restarting", "Unknown rentguy/api")]
    [InlineData("voorkom dat de rentguy api herstart", "Unknown rentguy/api")]
    // What is denied.
    [InlineData("herstart de rentguy api niet", "Unknown rentguy/api")]
    [InlineData("roteer het wachtwoord van rentguy niet", "Unknown rentguy")]
    [InlineData("the rentguy api must not be restarted", "Unknown rentguy/api")]
    [InlineData("there is no need to restart the rentguy api", "Unknown rentguy/api")]
    // What belongs to a service is not the service.
    [InlineData("Stop the alerts of the rentguy api", "Unknown rentguy/api")]
    [InlineData("zet de alerts van de rentguy api uit", "Unknown rentguy/api")]
    [InlineData("stop the backup of the rentguy database", "Unknown rentguy/db")]
    [InlineData("rotate the logs of the rentguy api", "Unknown rentguy/api")]
    [InlineData("stop de meldingen van witcom", "Unknown witcom")]
    // What only dates something is not asked for.
    [InlineData("show the logs of the rentguy api since the restart", "Logs rentguy/api")]
    [InlineData("laat de logs van rentguy zien na de herstart", "Logs rentguy")]
    // An undo says what of, or goes back to a time.
    [InlineData("Undo the last action on witcom", "Undo witcom")]
    [InlineData("undo the restart of rentguy-api", "Undo rentguy/api \"restart\"")]
    [InlineData("maak de herstart van de rentguy api ongedaan", "Undo rentguy/api \"restart\"")]
    [InlineData("/undo rentguy-api", "Undo rentguy/api")]
    [InlineData("/undo nothing-here", "Undo ?nothing-here")]
    [InlineData("Revert it to the previous release", "Rollback @the previous release")]
    [InlineData("revert this to yesterday's version", "Rollback @yesterday")]
    [InlineData("draai dat terug naar gisteren", "Rollback @gisteren")]
    [InlineData("undo yesterday's restart of the rentguy api", "Unknown rentguy/api @yesterday")]
    [InlineData("undo", "Undo")]
    public void What_would_be_read_as_the_opposite_is_not(string said, string meant) =>
        Assert.Equal(meant, Meant(Reader().Read(said)));

    [Theory]
    // As operators elsewhere put it, said of this fleet: with typing mistakes, in Dutch, two wishes at once.
    [InlineData("hoeveel containers draaien er bij rentguy?", "Running rentguy")]
    [InlineData("waarom herstart de rentguy web steeds?", "Why rentguy/web")]
    [InlineData("Why does the rentguy web keep restarting?", "Why rentguy/web")]
    [InlineData("geef me de logs van de laatse 30 minuten van witcom", "Logs witcom @laatste 30 minuten")]
    [InlineData("post last 10 logs that contain \"ERROR\" from the rentguy api", "Logs rentguy/api \"error\"")]
    [InlineData(
        "herstart de rentguy wroker en laat daarna de loggs zien",
        "Restart rentguy/worker; Logs rentguy/worker"
    )]
    [InlineData(
        "kan je de rentguy api ff herstarten en kijken of witcom nog draait",
        "Restart rentguy/api; Running witcom"
    )]
    [InlineData("rentguy is traag, wat is er aan de hand?", "Why rentguy")]
    [InlineData("Troubleshoot 503 errors in the rentguy api", "Why rentguy/api")]
    [InlineData("welke containers van rentguy zijn nog nooit herstart?", "Running rentguy")]
    [InlineData("zet de rentguy web uit en de worker weer aan", "Stop rentguy/web; Start rentguy/worker")]
    [InlineData(
        "rol de rentguy api trug naar gisteren en herstrat de worker",
        "Rollback rentguy/api @gisteren; Restart rentguy/worker"
    )]
    [InlineData("hoevel geheugen gebruikt psra ltsd nu", "Figure psra-ltsd memory")]
    [InlineData("Give me a graph of the cpu of witcom", "Figure witcom cpu")]
    [InlineData("gooi alle oude images van rentguy weg", "Beyond rentguy")]
    // The second half of the verb says which way.
    [InlineData("zet de rentguy web uit en de worker aan", "Stop rentguy/web; Start rentguy/worker")]
    [InlineData("bring the rentguy web up and the worker down", "Start rentguy/web; Stop rentguy/worker")]
    [InlineData("zet de rentguy web uit en de worker", "Stop rentguy/web; Stop rentguy/worker")]
    [InlineData("zet de rentguy web uit en vouw de was van de worker aan", "Stop rentguy/web; Unknown")]
    [InlineData("clean up the images of rentguy", "Beyond rentguy")]
    [InlineData("herstart de rentguy api, stop daarna de worker", "Restart rentguy/api; Stop rentguy/worker")]
    [InlineData("wat is er gistren veranderd bij witcom", "Changes witcom @gisteren")]
    [InlineData("stop the rentguy worker and start it again", "Stop rentguy/worker; Start rentguy/worker")]
    [InlineData(
        "kun je kijken waarom de worker van rentguy er uit ligt en hem herstarten",
        "Why rentguy/worker; Restart rentguy/worker"
    )]
    [InlineData("which of the rentguy containers have never restarted", "Running rentguy")]
    public void So_others_put_it(string said, string meant) => Assert.Equal(meant, Meant(Reader().Read(said)));

    [Theory]
    // What is not wanted, however it is put.
    [InlineData("I do not want you to restart the rentguy api", "Unknown rentguy/api")]
    [InlineData("we don't want anybody to restart the rentguy api", "Unknown rentguy/api")]
    [InlineData("ik wil niet dat je de rentguy api herstart", "Unknown rentguy/api")]
    [InlineData("herstart nooit de rentguy api", "Unknown rentguy/api")]
    [InlineData("herstart die rentguy api niet", "Unknown rentguy/api")]
    [InlineData("wacht met herstarten van de rentguy api", "Unknown rentguy/api")]
    [InlineData("herstart de rentguy api want hij start niet", "Restart rentguy/api")]
    [InlineData("scale the rentguy worker to 2 without restarting it", "Scale rentguy/worker 2")]
    // What is told or weighed.
    [InlineData("I restarted the rentguy api", "Unknown rentguy/api")]
    [InlineData("ik heb de rentguy api herstart", "Unknown rentguy/api")]
    [InlineData("my colleague will restart the rentguy api", "Unknown rentguy/api")]
    [InlineData("wij gaan de rentguy api herstarten", "Unknown rentguy/api")]
    [InlineData("They told me to restart the rentguy api. Is that wise?", "Why rentguy/api")]
    [InlineData("restart the rentguy worker that was started yesterday", "Restart rentguy/worker @yesterday")]
    [InlineData("I want you to restart the rentguy api", "Restart rentguy/api")]
    [InlineData("will you restart the rentguy api", "Restart rentguy/api")]
    [InlineData("before you restart the rentguy api, show me its logs", "Logs rentguy/api; Unknown")]
    // What is to wait for something, which nothing does.
    [InlineData("if the rentguy api is unhealthy, restart it", "Restart rentguy/api [if the rentguy api is unhealthy]")]
    [InlineData("only restart the rentguy api if memory is above 90%", "Restart rentguy/api [if memory is above 90%]")]
    [InlineData("restart the rentguy api, unless somebody uses it", "Restart rentguy/api [unless somebody uses it]")]
    [InlineData("herstart de rentguy api als het geheugen vol is", "Restart rentguy/api [als het geheugen vol is]")]
    [InlineData("restart the rentguy api when you can", "Restart rentguy/api")]
    [InlineData("restart the rentguy api as soon as possible", "Restart rentguy/api")]
    [InlineData("herstart de rentguy api als het kan", "Restart rentguy/api")]
    [InlineData("restart the rentguy api because it hangs when I type", "Restart rentguy/api")]
    [InlineData("restart the rentguy api because it hangs if the disk is full", "Restart rentguy/api")]
    // Where to go back to.
    [InlineData("roll back the rentguy api to version 2.4.0", "Rollback rentguy/api \"2.4.0\"")]
    [InlineData("rol de rentguy api terug naar 2.4.0", "Rollback rentguy/api \"2.4.0\"")]
    [InlineData("/rollback rentguy-api 2.4.0", "Rollback rentguy/api \"2.4.0\"")]
    [InlineData("/rollback rentguy to 31 february", "Rollback rentguy \"31 february\"")]
    [InlineData("roll rentguy back to 25:00", "Rollback rentguy \"25:00\"")]
    [InlineData("roll rentguy back", "Rollback rentguy")]
    [InlineData("I want to roll back rentguy", "Rollback rentguy")]
    [InlineData("put the rentguy api back to how it was", "Rollback rentguy/api")]
    // Half a container is none, and the other tenant has its own of that name.
    [InlineData("scale the rentguy worker to 2.5", "Scale rentguy/worker")]
    [InlineData("scale the rentguy worker to 2.", "Scale rentguy/worker 2")]
    [InlineData("restart the api of rentguy and of witcom", "Restart rentguy/api; Restart witcom/psra-api")]
    public void A_sentence_that_is_easily_misread_is_not(string said, string meant) =>
        Assert.Equal(meant, Meant(Reader().Read(said)));

    [Theory]
    [InlineData("restart the rentguy api at 23:00", true)]
    [InlineData("herstart de rentguy api om 9:00", true)]
    [InlineData("restart the rentguy api, it crashed at 9:00", false)]
    [InlineData("restart the rentguy api that crashed at 9:00", false)]
    public void A_time_of_the_day_by_itself_is_when_it_is_to_be_done(string said, bool isLater) =>
        Assert.Equal(isLater, Assert.Single(Reader().Read(said), one => one.Changes).When is { IsFuture: true });

    [Fact]
    public void What_denies_is_no_answer_to_a_question_back()
    {
        foreach (
            var said in (string[])
                [
                    "don't restart the worker",
                    "everything except the worker",
                    "niet de worker herstarten",
                    "not the worker",
                    "maar niet de worker",
                ]
        )
        {
            Assert.DoesNotContain(Reader().Read(said, ["restart rentguy"]), one => one.Changes);
        }
    }

    [Theory]
    [InlineData(
        "scale the rentguy worker to 3",
        "revert it to the previous release",
        "Rollback rentguy/worker @the previous release"
    )]
    [InlineData("restart the api", "RentGuy", "Restart rentguy/api")]
    [InlineData("restart rentguy", "the worker", "Restart rentguy/worker")]
    [InlineData("show the errors of rentguy api", "restart it", "Restart rentguy/api")]
    [InlineData("show the errors of rentguy api", "and of the worker?", "Logs rentguy/worker \"error\"")]
    public void A_question_goes_on_from_the_one_before(string before, string said, string meant) =>
        Assert.Equal(meant, Meant(Reader().Read(said, [before])));

    [Theory]
    [InlineData("/re", "/restart")]
    [InlineData("/ro", "/rollback /rotate")]
    [InlineData("/restart rentguy-a", "/restart rentguy-api")]
    [InlineData("restart", "")]
    public void A_command_is_completed(string typed, string completions) =>
        Assert.Equal(
            completions,
            string.Join(' ', SlashCommand.Completions(typed, ["rentguy", "rentguy-api", "witcom"]))
        );

    internal static WishReader Reader() => new(new FleetNames(Fleet, WishWords.Ordinary), Now, TimeZoneInfo.Utc);

    internal static string Meant(IEnumerable<Wish> wishes) => string.Join("; ", wishes.Select(Meant));

    private static string Meant(Wish wish) =>
        string.Join(
            ' ',
            (
                (string?[])
                    [
                        wish.Kind.ToString(),
                        wish.Tenant is null
                            ? wish.Service
                            : wish.Tenant + (wish.Service is null ? "" : "/" + wish.Service),
                        wish.Kind == WishKind.Scale
                            ? wish.Count?.ToString(System.Globalization.CultureInfo.InvariantCulture)
                            : null,
                        wish.Kind == WishKind.Figure ? wish.Metric : null,
                        wish.Path is null ? null : "#" + wish.Path,
                        wish.Text is null ? null : $"\"{wish.Text}\"",
                        wish.When is null ? null : "@" + wish.When.Words + (wish.When.IsFuture ? " later" : ""),
                        wish.Stranger is null ? null : "?" + wish.Stranger,
                        wish.Condition is null ? null : $"[{wish.Condition}]",
                        wish.Unclear is null ? null : "!",
                    ]
            ).Where(part => part is not null)
        );

    internal static Tenant Of(string id, string name, params string[] services) =>
        new(id, name, "#000000", services, [id]);
}
