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
    public void A_sentence_is_read(string said, string meant) => Assert.Equal(meant, Meant(Reader().Read(said)));

    [Theory]
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
                        wish.When is null ? null : "@" + wish.When.Words,
                        wish.Stranger is null ? null : "?" + wish.Stranger,
                    ]
            ).Where(part => part is not null)
        );

    private static Tenant Of(string id, string name, params string[] services) =>
        new(id, name, "#000000", services, [id]);
}
