using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class AlertmanagerStandInTests
{
    [Fact]
    public async Task Answers_the_recorded_session_with_the_same_status_and_shape()
    {
        await using var standIns = await StandIns.StartAsync();
        var id = "";
        foreach (var exchange in Recorded.Of("alertmanager"))
        {
            var body = exchange
                .RequestBody?.Replace("2026-11-23T11", "2026-11-24T12", StringComparison.Ordinal)
                .Replace("2026-11-23T12", "2026-11-24T13", StringComparison.Ordinal);
            var path = exchange.Method == "DELETE" ? "/api/v2/silence/" + id : exchange.Path;
            var (status, _, text) = await standIns.SendAsync(
                "alertmanager",
                exchange.Method,
                path,
                body is "" ? null : body
            );
            Assert.True(exchange.Status == status, $"{exchange.Name}: {status} {text}");
            if (exchange.Body.Length > 0)
            {
                var actual = JsonNode.Parse(text)!;
                Assert.Empty(JsonShape.Faults(JsonNode.Parse(exchange.Body)!, actual));
                id = actual is JsonObject && (string?)actual["silenceID"] is { } made ? made : id;
            }
        }
    }

    [Fact]
    public async Task A_silence_suppresses_what_it_matches_until_it_is_ended()
    {
        await using var standIns = await StandIns.StartAsync();
        var made = await standIns.JsonAsync(
            "alertmanager",
            "/api/v2/silences",
            "POST",
            """
            {"matchers":[{"name":"tenant","value":"rent.*","isRegex":true}],"startsAt":"2026-11-24T12:30:00Z",
            "endsAt":"2026-11-24T14:00:00Z","createdBy":"operator","comment":"known"}
            """
        );
        Assert.Equal(["rentguy"], await TenantsAsync("suppressed"));
        Assert.Equal(["psra-ltsd"], await TenantsAsync("active"));
        await standIns.SendAsync("alertmanager", "DELETE", "/api/v2/silence/" + made["silenceID"]);
        Assert.Empty(await TenantsAsync("suppressed"));

        async Task<string[]> TenantsAsync(string state) =>
            [
                .. (await standIns.JsonAsync("alertmanager", "/api/v2/alerts"))
                    .AsArray()
                    .Where(a => (string?)a!["status"]!["state"] == state)
                    .Select(a => (string)a!["labels"]!["tenant"]!)
                    .Distinct()
                    .Order(),
            ];
    }
}
