using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Many open pages at once, driven at the protocol of Blazor's circuits.</summary>
public sealed class ManyCircuits(DashboardProcess dashboard) : IClassFixture<DashboardProcess>
{
    private static readonly string[] pages =
    [
        "/tenants/rentguy/metrics",
        "/tenants/rentguy/containers",
        "/tenants/psra-ltsd/metrics",
        "/approvals",
    ];

    [Fact]
    public async Task Forty_pages_are_shown_updated_and_left_without_an_error()
    {
        using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using var crowd = await CircuitCrowd.OpenAsync(session, 40, n => pages[n % pages.Length]);
        await Task.WhenAll(crowd.Circuits.Select(circuit => circuit.SeesAsync(Heading(circuit.Location))));

        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Any(item => item!["service"]!.GetValue<string>() == "web")
        );
        // A proposal is news to everybody who looks at the approvals.
        var reason = $"Seen by {crowd.Circuits.Count} pages";
        var inbox = crowd.Circuits.Where(circuit => circuit.Location == "/approvals").ToArray();
        var told = Task.WhenAll(inbox.Select(circuit => circuit.NextAsync(reason)));
        using var proposed = await api.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "web",
                parameters = new { },
                reason,
                evidence = Array.Empty<object>(),
            }
        );
        Assert.True(proposed.IsSuccessStatusCode, await proposed.Content.ReadAsStringAsync());
        await told;

        await Task.WhenAll(
            crowd.Circuits.Select(async circuit =>
            {
                await circuit.NavigateAsync("/tenants/rentguy/logs");
                await circuit.SeesAsync("Logs");
            })
        );
        Assert.Empty(crowd.Errors);
        // A script that a page has begun to call is to be answered in ScriptAnswers.
        Assert.Empty(crowd.Circuits.SelectMany(circuit => circuit.Unknown).Distinct());
    }

    [Fact]
    public async Task A_lost_connection_finds_its_circuit_again()
    {
        using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using var circuit = await Circuit.OpenAsync(session, "/tenants/rentguy/containers");
        await circuit.SeesAsync("rentguy-api");
        await circuit.DropAsync();
        Assert.True(await circuit.ReconnectAsync());
        await circuit.NavigateAsync("/approvals");
        await circuit.SeesAsync("Approvals");
        Assert.Null(circuit.Error);
    }

    [Fact]
    public async Task What_a_person_may_not_see_does_not_come_over_the_circuit_either()
    {
        using var session = await LoadSession.SignInAsync(dashboard.Url, "client-witcom");
        await using var circuit = await Circuit.OpenAsync(session, "/portal");
        await circuit.SeesAsync("Witcom");
        await circuit.NavigateAsync("/tenants/rentguy/containers");
        await circuit.NextAsync();
        Assert.False(circuit.Saw("rentguy-api"));
    }

    private static string Heading(string path) =>
        path.Contains("psra-ltsd", StringComparison.Ordinal) ? "PSRA-LTSD"
        : path.StartsWith("/tenants", StringComparison.Ordinal) ? "RentGuy"
        : "Approvals";
}
