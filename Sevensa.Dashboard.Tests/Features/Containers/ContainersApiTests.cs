using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Containers;

/// <summary>The whole program: stand-in engines, runners in the process, the hub, the API.</summary>
[Collection(SandboxCollection.Name)]
public class ContainersApiTests(SandboxApp app)
{
    private async Task<JsonElement> ContainersAsync(HttpClient client, string tenant)
    {
        var fleet = app.Services.GetRequiredService<IFleet>();
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (fleet.ContainersOf(tenant).Count == 0)
        {
            await Task.Delay(50, giveUp.Token);
        }
        return (await client.GetFromJsonAsync<JsonElement>($"/api/v1/tenants/{tenant}/containers")).GetProperty(
            "items"
        );
    }

    [Fact]
    public async Task A_tenants_containers_by_id_by_its_beginning_and_by_name()
    {
        using var client = await app.ApiAsAsync("operator");
        var first = (await ContainersAsync(client, "rentguy")).EnumerateArray().First();
        foreach (
            var member in new[]
            {
                "id",
                "name",
                "service",
                "host",
                "image",
                "imageDigest",
                "state",
                "health",
                "startedAt",
            }
        )
        {
            Assert.True(first.TryGetProperty(member, out _), member);
        }
        var id = first.GetProperty("id").GetString()!;
        foreach (var address in new[] { id, id[..12], first.GetProperty("name").GetString()! })
        {
            var one = await client.GetFromJsonAsync<JsonElement>($"/api/v1/tenants/rentguy/containers/{address}");
            Assert.Equal(id, one.GetProperty("id").GetString());
        }
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await client.GetAsync($"/api/v1/tenants/rentguy/containers/{id[..6]}")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await client.GetAsync($"/api/v1/tenants/witcom/containers/{id}")).StatusCode
        );
    }

    [Fact]
    public async Task Only_within_ones_own_tenants_and_only_for_staff()
    {
        using var admin = await app.ApiAsAsync("admin");
        await ContainersAsync(admin, "rentguy");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/api/v1/tenants/nobody/containers")).StatusCode);
        using var client = await app.ApiAsAsync("client-rentguy");
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await client.GetAsync("/api/v1/tenants/rentguy/containers")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await app.Anonymous().GetAsync("/api/v1/tenants/rentguy/containers")).StatusCode
        );
    }

    [Fact]
    public async Task Logs_as_a_list_and_as_a_stream()
    {
        using var client = await app.ApiAsAsync("viewer");
        var name = (await ContainersAsync(client, "rentguy"))
            .EnumerateArray()
            .First(item => item.GetProperty("state").GetString() == "running")
            .GetProperty("name")
            .GetString();
        var lines = (
            await client.GetFromJsonAsync<JsonElement>($"/api/v1/tenants/rentguy/containers/{name}/logs?tail=5")
        ).GetProperty("items");
        Assert.InRange(lines.GetArrayLength(), 1, 5);
        Assert.Contains(lines[0].GetProperty("stream").GetString(), new[] { "stdout", "stderr" });
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await client.GetAsync($"/api/v1/tenants/rentguy/containers/{name}/logs?tail=0")).StatusCode
        );
        using var answer = await client.GetAsync(
            $"/api/v1/tenants/rentguy/containers/{name}/logs?tail=1&follow=true",
            HttpCompletionOption.ResponseHeadersRead
        );
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var told = new List<string>();
        while (!told.Any(line => line.StartsWith("data:", StringComparison.Ordinal)))
        {
            told.Add((await reader.ReadLineAsync())!);
        }
        Assert.Contains("event: line", told);
    }

    [Fact]
    public async Task The_assistant_lists_what_the_asker_may_see()
    {
        using var client = await app.ApiAsAsync("operator");
        await ContainersAsync(client, "rentguy");
        var tool = app
            .Services.GetServices<IToolSource>()
            .SelectMany(source =>
                source.ToolsFor(new Caller("x", "X", Role.Viewer, true, TenantSet.Of(["rentguy"]), ApiScopes.Read))
            )
            .Single(tool => tool.Name == "list_containers");
        var own = await tool.InvokeAsync(new() { ["tenant"] = "rentguy" });
        Assert.Contains("rentguy", own!.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnknownTenantException>(async () =>
            await tool.InvokeAsync(new() { ["tenant"] = "witcom" })
        );
    }

    [Fact]
    public async Task Hosts_are_listed_and_only_an_administrator_lets_one_in()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        await ContainersAsync(viewer, "rentguy");
        var hosts = (await viewer.GetFromJsonAsync<JsonElement>("/api/v1/hosts")).GetProperty("items");
        var host = hosts.EnumerateArray().First();
        Assert.Equal("connected", host.GetProperty("presence").GetString());
        Assert.NotEmpty(host.GetProperty("engine").GetProperty("version").GetString()!);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await viewer.PostAsync("/api/v1/hosts/enrolment-tokens", null)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await viewer.PostAsync($"/api/v1/hosts/{host.GetProperty("id").GetString()}/revoke", null)).StatusCode
        );
        using var admin = await app.ApiAsAsync("admin");
        var issued = await admin.PostAsync("/api/v1/hosts/enrolment-tokens", null);
        Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        var body = await issued.Content.ReadFromJsonAsync<JsonElement>();
        Assert.StartsWith("sre_", body.GetProperty("token").GetString(), StringComparison.Ordinal);
        Assert.Contains("--enrolment-token-file", body.GetProperty("command").GetString(), StringComparison.Ordinal);
        var inContainer = body.GetProperty("containerCommand").GetString()!;
        Assert.StartsWith("sudo chown 1654 enrolment.token && docker run ", inContainer, StringComparison.Ordinal);
        // What is typed on the host stays in its shell's history: the token is not in it.
        Assert.DoesNotContain(body.GetProperty("token").GetString()!, inContainer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.PostAsync("/api/v1/hosts/none/revoke", null)).StatusCode);
    }
}
