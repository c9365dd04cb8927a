using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>Puts an event into words.</summary>
internal sealed class Announcer(PublicAddress address)
{
    private const int LongestHeadline = 140;
    private const int LongestWord = 120;
    private const int LongestWords = 300;

    public Announcement Of(OutwardEvent told)
    {
        var waits = told.Plan?.Waits == true;
        return new Announcement(
            ShownText.Line(Headline(told, waits), LongestHeadline),
            [.. Facts(told).Where(fact => fact.Value.Length > 0)],
            Text(told.Data["link"]) is { } link ? new Uri(link) : address.Of("/receivers"),
            waits ? "Open to approve" : "Open",
            waits ? "Opening it decides nothing: the page asks you to sign in and to confirm." : null
        );
    }

    private static string Headline(OutwardEvent told, bool waits)
    {
        var about = Text(told.Data["proposal"]?["title"]) ?? Text(told.Data["name"]);
        var what =
            waits && told.Kind == "proposal.created" ? "Approval wanted"
            : told.Kind == "receiver.test" ? "A test of this receiver"
            : ShownText.Words(told.Kind);
        return about is { Length: > 0 } ? $"{what}: {about}" : what;
    }

    private static IEnumerable<AnnouncedFact> Facts(OutwardEvent told)
    {
        var (data, plan) = (told.Data, told.Data["proposal"]);
        yield return Short("Tenant", told.Tenant);
        yield return Short("Risk", Text(plan?["risk"]));
        yield return Short("Severity", Text(data["severity"]));
        yield return Short("Target", Text(plan?["target"]));
        yield return Short("Service", Text(data["service"]));
        yield return Short("By", Text(data["actor"]?["name"]));
        yield return Short("Outcome", Text(data["outcome"]) is { } outcome && outcome != "ok" ? outcome : null);
        yield return Long("Reason", told.Plan?.Reason);
        yield return Long("Summary", Text(data["summary"]));
        yield return Long("Detail", Text(data["detail"]));
        yield return Long("Text", Text(data["text"]));
        if (told.Plan is { Waits: true } wait)
        {
            yield return Short("Approvals needed", wait.ApprovalsNeeded.ToString(CultureInfo.InvariantCulture));
            yield return Short(
                "Expires",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{wait.ExpiresAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC; silence means no"
                )
            );
        }
    }

    private static AnnouncedFact Short(string label, string? value) => Fact(label, value, LongestWord);

    private static AnnouncedFact Long(string label, string? value) => Fact(label, value, LongestWords);

    private static AnnouncedFact Fact(string label, string? value, int most) =>
        new(label, ShownText.Line(value ?? "", most));

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
