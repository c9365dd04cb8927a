using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Connections that containers really make, from the kernel's tables over a runner of its own into the answer about reachability.</summary>
[Collection(nameof(OneFleet))]
public sealed class ConnectionsOnRealDocker(RealFleet fleet)
{
    private const string Address = "/api/v1/tenants/rentguy/reachability";

    [Fact]
    public async Task What_is_used_is_told_beside_what_is_possible_and_drafted_beside_what_is_declared()
    {
        var network = await fleet.Engine.NetworkAsync("seen");
        var db = await StartAsync("rentguy", "db", "nc -ll -p 5432 -e cat");
        var address = (await fleet.Engine.InspectAsync(db))["NetworkSettings"]!["Networks"]!["seen"]!["IPAddress"]!;
        var connect = $"until sleep 600 | nc {address} 5432; do sleep 1; done";
        await StartAsync("rentguy", "shop", connect);
        await StartAsync("rentguy", "idle", "sleep 600");
        await StartAsync("witcom", "spy", connect);
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");

        // A runner looks each half minute.
        var sheet = await Eventually.GetAsync(
            "both connections to be told",
            async token =>
                await operators.GetFromJsonAsync<JsonNode>(Address, token) is { } now
                && Observed(now, "shop") == true
                && Observed(now, "witcom/spy") == true
                    ? now
                    : null,
            Patience.Usual,
            () => fleet.Runner.Process!.Tail() + fleet.Dashboard.Process.Tail()
        );
        // It is looked at for some moments only: what it did before nobody knows.
        Assert.Null(Observed(sheet, "idle"));
        var looked = Assert.Single(sheet["observation"]!.AsArray())!;
        Assert.Equal(("vps-real", true), (looked["host"]!.GetValue<string>(), looked["told"]!.GetValue<bool>()));
        Assert.Contains(
            sheet["findings"]!.AsArray(),
            finding =>
                finding!["kind"]!.GetValue<string>() == "crossTenant"
                && finding["from"]!.GetValue<string>() == "witcom/spy"
                && finding["observed"]?.GetValue<bool>() == true
        );

        var draft = (await operators.GetFromJsonAsync<JsonNode>($"{Address}/policy/draft"))![
            "text"
        ]!.GetValue<string>();
        Assert.Contains("\nshop -> db:5432", draft, StringComparison.Ordinal);
        Assert.Contains("\nwitcom/spy -> db:5432", draft, StringComparison.Ordinal);
        Assert.Equal(
            "",
            (await operators.GetFromJsonAsync<JsonNode>($"{Address}/policy"))!["text"]!.GetValue<string>()
        );
        using var saved = await operators.PutAsJsonAsync($"{Address}/policy", new { text = draft });
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync());
        // Everything that is used is declared now, and what is possible beside it is found.
        var after = (await operators.GetFromJsonAsync<JsonNode>(Address))!["findings"]!.AsArray();
        Assert.DoesNotContain(after, finding => finding!["observed"]?.GetValue<bool>() == true);
        Assert.Contains(
            after,
            finding =>
                finding!["kind"]!.GetValue<string>() == "undeclared" && finding["from"]!.GetValue<string>() == "idle"
        );

        Task<string> StartAsync(string tenant, string service, string command) =>
            fleet.Engine.ContainerAsync(
                $"{tenant}-{service}-1",
                "rentguy/api:2.4.0",
                new Dictionary<string, string> { ["sevensa.tenant"] = tenant, ["sevensa.service"] = service },
                ["sh", "-c", command],
                request =>
                {
                    request["HostConfig"]!["NetworkMode"] = network;
                    request["ExposedPorts"] =
                        service == "db" ? new JsonObject { ["5432/tcp"] = new JsonObject() } : null;
                }
            );
    }

    private static bool? Observed(JsonNode sheet, string from) =>
        sheet["flows"]!
            .AsArray()
            .FirstOrDefault(flow =>
                flow!["from"]!.GetValue<string>() == from
                && flow["to"]!.GetValue<string>() == "db"
                && flow["port"]?.GetValue<string>() == "5432/tcp"
            )
            ?["observed"]?.GetValue<bool>();
}
