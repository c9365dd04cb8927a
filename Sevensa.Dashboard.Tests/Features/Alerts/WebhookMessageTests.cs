using System.Text;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Intake;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

public class WebhookMessageTests
{
    private static Task<IReadOnlyList<ToldAlert>> ReadAsync(string text) =>
        WebhookMessage.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("homelab-container-not-running.json", 1, false)]
    [InlineData("matjaz99-alertmonitor-resolved.json", 3, true)]
    [InlineData("pythonwebhook-resolved.json", 1, true)]
    public async Task Reads_messages_as_they_were_sent_elsewhere(string file, int count, bool resolved)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(Recorded.Datasets(), "alertmanager", file),
            TestContext.Current.CancellationToken
        );
        var alerts = await ReadAsync(text);
        Assert.Equal(count, alerts.Count);
        Assert.All(alerts, alert => Assert.Equal(resolved, alert.Resolved));
        Assert.All(alerts, alert => Assert.NotNull(alert.StartsAt));
        Assert.All(alerts, alert => Assert.NotEmpty(alert.Labels["alertname"]));
    }

    [Fact]
    public async Task Unknown_fields_are_of_no_matter_and_the_year_one_is_no_time()
    {
        var alert = Assert.Single(
            await ReadAsync(
                """{"version":"5","future":{"a":[1]},"alerts":[{"status":"resolved","labels":{"alertname":"A"},"endsAt":"0001-01-01T00:00:00Z","novelty":7}]}"""
            )
        );
        Assert.Null(alert.EndsAt);
        Assert.Null(alert.StartsAt);
        Assert.Null(alert.Fingerprint);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no object")]
    [InlineData("{}", "no list \"alerts\"")]
    [InlineData("""{"alerts":[7]}""", "alerts[0]")]
    [InlineData("""{"alerts":[{"labels":{}}]}""", "alerts[0] has no labels")]
    [InlineData("""{"alerts":[{"labels":{"a":7}}]}""", "alerts[0].labels.a")]
    [InlineData("""{"alerts":[{"labels":{"a":"b"},"startsAt":"soon"}]}""", "alerts[0].startsAt")]
    [InlineData("""{"alerts":[{"labels":{"a":"b"},"status":"odd"}]}""", "alerts[0].status")]
    public async Task What_is_no_message_is_refused_by_its_place(string text, string place)
    {
        var wrong = await Assert.ThrowsAsync<UnreadableMessageException>(() => ReadAsync(text));
        Assert.Contains(place, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_without_end_is_refused()
    {
        var deep = $"{{\"alerts\":{new string('[', 5000)}{new string(']', 5000)}}}";
        await Assert.ThrowsAsync<UnreadableMessageException>(() => ReadAsync(deep));
    }

    [Fact]
    public void The_fingerprint_is_the_one_that_a_real_Alertmanager_gave()
    {
        using var json = System.Text.Json.JsonDocument.Parse(
            Recorded.Of("alertmanager").Single(exchange => exchange.Name == "alerts").Body
        );
        var alert = json.RootElement[0];
        var labels = alert
            .GetProperty("labels")
            .EnumerateObject()
            .ToDictionary(label => label.Name, label => label.Value.GetString()!);
        Assert.Equal(alert.GetProperty("fingerprint").GetString(), AlertFacts.Fingerprint(labels));
    }
}
