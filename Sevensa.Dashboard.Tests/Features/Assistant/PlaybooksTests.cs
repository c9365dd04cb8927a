using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What comes up again is written down by one person, read by another, and asked with its parameters, without a model.</summary>
public sealed class PlaybooksTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Place = "/api/v1/tenants/rentguy/playbooks/restart-with-care";
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static object Wish(string text, string usual = "web") =>
        new
        {
            title = "Restart with care",
            text,
            parameters = new object[]
            {
                new
                {
                    name = "service",
                    kind = "service",
                    @default = usual,
                },
            },
        };

    [Fact]
    public async Task A_playbook_is_asked_once_another_person_has_read_it_and_proposes_as_its_steps_would()
    {
        await app.FleetIsKnownAsync();
        using var writer = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        using var viewer = await app.ApiAsAsync("viewer");
        const string text =
            "Look first.\n\n1. /secrets rentguy\n2. Restart rentguy {service}\n3. /policy restart it whenever it is down\n4. fly to the moon";
        var written = await JsonAsync(writer, HttpMethod.Put, Place, Wish(text), 200);
        Assert.Equal("draft", written.GetProperty("state").GetString());
        // Nobody asks what one person alone has read, and who wrote it is no other person.
        const string command = "/playbook rentguy/restart-with-care";
        Assert.Contains("Not asked", (await Asking.AskAsync(viewer, command)).Text, StringComparison.Ordinal);
        await JsonAsync(writer, HttpMethod.Post, $"{Place}/review", new { version = 1 }, 403);
        await JsonAsync(approver, HttpMethod.Post, $"{Place}/review", new { version = 2 }, 409);
        var reviewed = await JsonAsync(approver, HttpMethod.Post, $"{Place}/review", new { version = 1 }, 200);
        Assert.Equal(
            ("reviewed", 1),
            (reviewed.GetProperty("state").GetString(), reviewed.GetProperty("asked").GetInt32())
        );

        var told = await Asking.AskAsync(writer, command);
        Assert.Contains("version 1 of RentGuy's playbook", told.Text, StringComparison.Ordinal);
        Assert.Contains("Left out", told.Text, StringComparison.Ordinal);
        Assert.Contains("Not understood", told.Text, StringComparison.Ordinal);
        Assert.Contains("list_secrets", told.Tools("finished"));
        var proposal = Assert.Single(told.Events, one => one.Type == "proposal").Data;
        Assert.Equal(
            ("container.restart", "rentguy"),
            (proposal.GetProperty("kind").GetString(), proposal.GetProperty("tenant").GetString())
        );
        Assert.Contains(
            told.Events,
            one =>
                one.Type == "citation"
                && one.Data.GetProperty("link").GetString() == "/tenants/rentguy/playbooks/restart-with-care"
        );
        await ClosingTextAsync(writer, approver, proposal);
        // Who may only look is told what was found, and nothing is proposed in their name.
        Assert.DoesNotContain((await Asking.AskAsync(viewer, command)).Events, one => one.Type == "proposal");
        Assert.Contains(
            "service is a service of the tenant",
            (await Asking.AskAsync(writer, $"{command} service=psra-api")).Text,
            StringComparison.Ordinal
        );

        // Another version is asked when it was read too, and a model is told of the one that is asked.
        await JsonAsync(writer, HttpMethod.Put, Place, Wish("- Stop rentguy {service}"), 200);
        var filled = await JsonAsync(
            viewer,
            HttpMethod.Post,
            $"{Place}/fill",
            new { parameters = new { service = "api" } },
            200
        );
        Assert.Equal(1, filled.GetProperty("version").GetInt32());
        Assert.Equal("Restart rentguy api", filled.GetProperty("steps")[1].GetString());
        Assert.Equal($"{command} service=api", filled.GetProperty("command").GetString());
        await JsonAsync(writer, HttpMethod.Delete, Place, null, 204);
        await JsonAsync(viewer, HttpMethod.Post, $"{Place}/fill", new { }, 409);
        Assert.Contains("Not asked", (await Asking.AskAsync(writer, command)).Text, StringComparison.Ordinal);
        var all = await JsonAsync(viewer, HttpMethod.Get, $"{Place}/versions", null, 200);
        Assert.Equal(2, all.GetProperty("items").GetArrayLength());
        using var admin = await app.ApiAsAsync("admin");
        foreach (var (action, rows) in new[] { ("written", 2), ("reviewed", 1), ("retired", 1) })
        {
            var record = await JsonAsync(admin, HttpMethod.Get, $"/api/v1/audit?action=playbook.{action}", null, 200);
            Assert.Equal(rows, record.GetProperty("items").GetArrayLength());
        }
    }

    /// <summary>Once the action has succeeded, what the client may be told of it is drafted from the record.</summary>
    private static async Task ClosingTextAsync(HttpClient writer, HttpClient approver, JsonElement proposal)
    {
        const string closing = "/api/v1/stories/closing?tenant=rentguy&service=web&hours=6";
        var id = proposal.GetProperty("id").GetString();
        var nothing = await JsonAsync(writer, HttpMethod.Get, closing, null, 404);
        Assert.Contains("nothing to tell", nothing.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var approval = new { planHash = proposal.GetProperty("planHash").GetString(), comment = "yes" };
        await JsonAsync(approver, HttpMethod.Post, $"/api/v1/proposals/{id}/approve", approval, 200);
        await Eventually.GetAsync<JsonElement>(
            "the action to succeed",
            async token =>
            {
                var now = await writer.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{id}", token);
                Assert.Equal("succeeded", now.GetProperty("state").GetString());
                return now;
            }
        );
        var draft = await JsonAsync(writer, HttpMethod.Get, closing, null, 200);
        Assert.Equal(id, draft.GetProperty("proposal").GetString());
        Assert.False(draft.GetProperty("isOver").GetBoolean());
        Assert.Contains("e restarted it at", draft.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no steps at all", "has no steps")]
    [InlineData("- restart {other}", "{other} stands in the text")]
    [InlineData("- restart the api", "stands nowhere in the text")]
    public async Task What_makes_no_playbook_is_refused_with_the_reason(string text, string why)
    {
        using var writer = await app.ApiAsAsync("operator");
        var told = await JsonAsync(writer, HttpMethod.Put, "/api/v1/tenants/rentguy/playbooks/none", Wish(text), 422);
        Assert.Contains(why, told.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await JsonAsync(writer, HttpMethod.Get, "/api/v1/tenants/rentguy/playbooks/none", null, 404);
    }

    private static async Task<JsonElement> JsonAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        object? body,
        int status
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await client.SendAsync(request, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(status == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
