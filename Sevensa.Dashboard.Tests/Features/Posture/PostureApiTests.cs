using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Posture;

/// <summary>The whole program: stand-in engines, runners in the process, the API.</summary>
[Collection(SandboxCollection.Name)]
public class PostureApiTests(SandboxApp app)
{
    private DateTimeOffset Now => app.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    private async Task KnownAsync(string tenant)
    {
        var fleet = app.Services.GetRequiredService<IFleet>();
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (fleet.ContainersOf(tenant).Count == 0 || fleet.Hosts.Any(host => host.Facts?.Settings is null))
        {
            await Task.Delay(50, giveUp.Token);
        }
    }

    private async Task<JsonElement> PostureAsync(string query, string who = "viewer", string of = "tenants/platform")
    {
        using var client = await app.ApiAsAsync(who);
        return await client.GetFromJsonAsync<JsonElement>($"/api/v1/{of}/posture{query}");
    }

    [Fact]
    public async Task A_tenants_items_say_container_check_state_reason_and_patch()
    {
        await KnownAsync("platform");
        var posture = await PostureAsync("?service=n8n");
        Assert.InRange(posture.GetProperty("score").GetInt32(), 0, 100);
        var socket = posture
            .GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("check").GetString() == "5.32");
        Assert.Equal("platform-n8n-1", socket.GetProperty("container").GetString());
        Assert.Equal("fail", socket.GetProperty("state").GetString());
        Assert.Contains("/var/run/docker.sock", socket.GetProperty("reason").GetString());
        Assert.Contains("  n8n:\n", socket.GetProperty("patch").GetString());
        Assert.Contains("n8n_data:/home/node/.n8n", socket.GetProperty("patch").GetString());
        // Compose may know the volume by another name, and would refuse this one.
        Assert.EndsWith("\nvolumes:\n  n8n_data:\n    external: true\n", socket.GetProperty("patch").GetString());
        var part = posture.GetProperty("parts")[0];
        Assert.Equal(("n8n", true), (part.GetProperty("name").GetString(), part.GetProperty("score").GetInt32() < 50));
    }

    [Fact]
    public async Task A_service_is_found_by_the_names_it_has_and_an_item_that_is_none_is_told()
    {
        await KnownAsync("platform");
        var own = await PostureAsync("?service=n8n&state=fail");
        foreach (var name in new[] { "platform-n8n", "N8N", "platform-n8n-1" })
        {
            var named = await PostureAsync($"?service={name}&state=fail");
            Assert.Equal(own.GetProperty("items").GetArrayLength(), named.GetProperty("items").GetArrayLength());
        }
        using var client = await app.ApiAsAsync("viewer");
        using var unknown = await client.GetAsync("/api/v1/tenants/platform/posture?check=5.99");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Fact]
    public async Task Items_come_in_pages_without_loss_and_in_the_order_of_the_benchmark()
    {
        await KnownAsync("rentguy");
        var whole = (await PostureAsync("", of: "tenants/rentguy")).GetProperty("items").EnumerateArray().ToList();
        var paged = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await PostureAsync(
                $"?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}",
                of: "tenants/rentguy"
            );
            paged.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        } while (cursor is not null);
        Assert.Equal(whole.Select(Key), paged.Select(Key));
        Assert.Equal("4.1", whole[0].GetProperty("check").GetString());

        static string Key(JsonElement item) => $"{item.GetProperty("check")} {item.GetProperty("containerId")}";
    }

    [Fact]
    public async Task A_host_has_its_engine_and_the_containers_that_the_caller_sees()
    {
        await KnownAsync("rentguy");
        using var client = await app.ApiAsAsync("admin");
        var id = (await client.GetFromJsonAsync<JsonElement>("/api/v1/hosts"))
            .GetProperty("items")
            .EnumerateArray()
            .Single(host => host.GetProperty("name").GetString() == "vps-1")
            .GetProperty("id")
            .GetString()!;
        var all = await PostureAsync("?state=fail", "admin", $"hosts/{id}");
        Assert.Contains(
            all.GetProperty("items").EnumerateArray(),
            item => item.GetProperty("check").GetString() == "2.15"
        );
        Assert.Contains(
            all.GetProperty("parts").EnumerateArray(),
            part => part.GetProperty("name").GetString() == "n8n"
        );
        var (_, own) = await app.ProgramAsync("viewer", ["rentguy"], "read");
        using (own)
        {
            var narrow = await own.GetFromJsonAsync<JsonElement>($"/api/v1/hosts/{id}/posture");
            Assert.All(
                narrow.GetProperty("items").EnumerateArray(),
                item => Assert.True(item.GetProperty("tenant").GetString() is null or "rentguy")
            );
            Assert.Equal(HttpStatusCode.NotFound, (await own.GetAsync("/api/v1/tenants/platform/posture")).StatusCode);
            var fleet = await own.GetFromJsonAsync<JsonElement>("/api/v1/posture");
            Assert.Equal(
                ["rentguy"],
                fleet
                    .GetProperty("items")
                    .EnumerateArray()
                    .Where(line => line.GetProperty("kind").GetString() == "tenant")
                    .Select(line => line.GetProperty("id").GetString())
            );
        }
    }

    [Theory]
    [InlineData("""{"service": "worker", "check": "5.15", "reason": "", "until": "SOON"}""", "needs a reason")]
    [InlineData("""{"service": "worker", "check": "5.15", "reason": "why"}""", "needs an end")]
    [InlineData(
        """{"service": "worker", "check": "5.15", "reason": "why", "until": "2020-01-01T00:00:00Z"}""",
        "has passed"
    )]
    [InlineData(
        """{"service": "worker", "check": "5.15", "reason": "why", "until": "2999-01-01T00:00:00Z"}""",
        "a year"
    )]
    [InlineData("""{"service": "worker", "check": "2.1", "reason": "why", "until": "SOON"}""", "no item")]
    [InlineData("""{"service": "nothing", "check": "5.15", "reason": "why", "until": "SOON"}""", "no service")]
    public async Task An_exception_has_a_reason_and_an_end_and_is_about_something(string body, string says)
    {
        await KnownAsync("rentguy");
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.PostAsync(
            "/api/v1/tenants/rentguy/posture/exceptions",
            new StringContent(
                body.Replace("SOON", Now.AddDays(3).ToString("O")),
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_exception_is_made_by_a_person_shown_with_its_owner_and_ended()
    {
        await KnownAsync("rentguy");
        var asked = new
        {
            service = "worker",
            check = "5.15",
            owner = "Anna",
            reason = "It has to come back after the host's restart",
            until = Now.AddDays(30),
        };
        foreach (var who in new[] { "viewer", "automation" })
        {
            using var other = await app.ApiAsAsync(who);
            Assert.Equal(
                HttpStatusCode.Forbidden,
                (await other.PostAsJsonAsync("/api/v1/tenants/rentguy/posture/exceptions", asked)).StatusCode
            );
        }
        using var client = await app.ApiAsAsync("operator");
        using var made = await client.PostAsJsonAsync("/api/v1/tenants/rentguy/posture/exceptions", asked);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        var item = await OneAsync();
        Assert.Equal("excepted", item.GetProperty("state").GetString());
        Assert.Equal("Anna", item.GetProperty("exception").GetProperty("owner").GetString());
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await client.DeleteAsync($"/api/v1/tenants/witcom/posture/exceptions/{id}")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await client.DeleteAsync($"/api/v1/tenants/rentguy/posture/exceptions/{id}")).StatusCode
        );
        Assert.Equal("fail", (await OneAsync()).GetProperty("state").GetString());

        async Task<JsonElement> OneAsync() =>
            (await PostureAsync("?service=worker&check=5.15", of: "tenants/rentguy")).GetProperty("items")[0];
    }

    [Fact]
    public async Task An_exception_of_an_engine_is_its_hosts_alone()
    {
        await KnownAsync("rentguy");
        var hosts = app.Services.GetRequiredService<IFleet>().Hosts;
        string Address(string name) => $"/api/v1/hosts/{hosts.Single(host => host.Name == name).Id}/posture/exceptions";
        var asked = new
        {
            check = "2.13",
            reason = "An agent sends the files",
            until = Now.AddDays(30),
        };
        using var other = await app.ApiAsAsync("operator");
        using var refused = await other.PostAsJsonAsync(Address("vps-1"), asked);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var client = await app.ApiAsAsync("admin");
        using var made = await client.PostAsJsonAsync(Address("vps-1"), asked);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var elsewhere = await client.DeleteAsync($"{Address("vps-2")}/{id}");
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        using var ended = await client.DeleteAsync($"{Address("vps-1")}/{id}");
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }

    [Fact]
    public async Task An_exception_reopens_by_itself()
    {
        await KnownAsync("rentguy");
        var time = new FakeTimeProvider(Now);
        var exceptions = ActivatorUtilities.CreateInstance<PostureExceptions>(app.Services, time);
        var desk = ActivatorUtilities.CreateInstance<PostureDesk>(app.Services, exceptions);
        var admin = new Caller("tester", "Tester", Role.Admin, IsPerson: true, TenantSet.All, ApiScopes.All);
        await exceptions.MakeAsync(
            admin,
            "rentguy",
            new ExceptionAsked("web", "5.12", null, "Measured first", time.GetUtcNow().AddHours(1)),
            CancellationToken.None
        );
        Assert.Equal("Excepted", await StateAsync());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Fail", await StateAsync());

        async Task<string> StateAsync() =>
            (await desk.OfTenantAsync(admin, "rentguy", CancellationToken.None))
                .Items.First(item => item is { Service: "web", Check: "5.12" })
                .State.ToString();
    }
}
