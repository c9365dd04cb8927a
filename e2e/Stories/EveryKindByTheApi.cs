using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Every kind of the catalogue through the API, carried out by the real runner code against the simulated engines.</summary>
public sealed class EveryKindByTheApi(DashboardProcess dashboard) : IClassFixture<DashboardProcess>
{
    [Fact]
    public async Task Each_is_planned_approved_and_done()
    {
        using var operators = await dashboard.ClientOfAsync("operator");
        using var approver = await dashboard.ClientOfAsync("approver");
        await Eventually.TrueAsync(
            "the runners to tell of releases",
            async token =>
                await RecordedAsync(operators, "rentguy", token) && await RecordedAsync(operators, "witcom", token)
        );
        var failed = new List<string>();
        foreach (
            var (kind, tenant, target, parameters) in new (string, string, string, object)[]
            {
                ("container.resources", "rentguy", "worker", new { memoryMiB = 400 }),
                ("network.connect", "rentguy", "worker", new { network = "edge" }),
                ("service.scale", "psra-ltsd", "certificate-worker", new { replicas = 3 }),
                ("service.scale", "psra-ltsd", "certificate-worker", new { replicas = 1 }),
                ("image.pull", "rentguy", "sevensa/rentguy-api:2.3.7", new { }),
                ("service.deploy", "rentguy", "api", new { image = "sevensa/rentguy-api:2.4.0" }),
                ("service.rollback", "rentguy", "api", new { to = "before the last deploy" }),
                ("image.prune", "rentguy", "sevensa/rentguy-api:2.3.7", new { }),
                ("service.harden", "rentguy", "worker", new { items = new[] { "5.15" } }),
                ("volume.snapshot", "witcom", "witcom_pgdata", new { }),
                ("volume.restore", "witcom", "witcom_pgdata", new { into = "witcom_then" }),
                ("tenant.rollback", "rentguy", "rentguy", new { to = "yesterday" }),
            }
        )
        {
            if (await RunAsync(operators, approver, kind, tenant, target, parameters) is { } trouble)
            {
                failed.Add($"{kind} {target}: {trouble}");
            }
        }
        Assert.True(failed.Count == 0, string.Join("\n", failed));
    }

    private static async Task<bool> RecordedAsync(HttpClient client, string tenant, CancellationToken token) =>
        (await client.GetFromJsonAsync<JsonNode>($"/api/v1/tenants/{tenant}/releases", token))!["items"]!
            .AsArray()
            .Any(release => release!["recorded"]!.GetValue<bool>());

    private static async Task<string?> RunAsync(
        HttpClient operators,
        HttpClient approver,
        string kind,
        string tenant,
        string target,
        object parameters
    )
    {
        // Right after a deploy the runner has yet to tell of the release that it made.
        var (status, proposal) = await Eventually.GetAsync<Tuple<HttpStatusCode, JsonNode>>(
            $"{kind} to be planned",
            async token =>
            {
                using var proposed = await operators.PostAsJsonAsync(
                    "/api/v1/proposals",
                    new
                    {
                        kind,
                        tenant,
                        target,
                        parameters,
                        reason = "every kind is tried",
                        evidence = Array.Empty<object>(),
                    },
                    token
                );
                var answer = JsonNode.Parse(await proposed.Content.ReadAsStringAsync(token))!;
                return answer["detail"]?.GetValue<string>().Contains("Ask again", StringComparison.Ordinal) == true
                    ? null
                    : Tuple.Create(proposed.StatusCode, answer);
            }
        );
        if (status != HttpStatusCode.Created)
        {
            return $"{(int)status} {proposal["detail"]}";
        }
        var id = proposal["id"]!.GetValue<string>();
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        if (!approved.IsSuccessStatusCode)
        {
            return $"not approved: {await approved.Content.ReadAsStringAsync()}";
        }
        var ended = await Eventually.GetAsync(
            $"{kind} to end",
            async token =>
                await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token) is { } now
                && now["state"]!.GetValue<string>() is not ("approved" or "dispatched" or "running" or "unknown")
                    ? now
                    : null
        );
        return ended["state"]!.GetValue<string>() == "succeeded"
            ? null
            : $"{ended["state"]}: {ended["outcome"]?["text"]}";
    }
}
