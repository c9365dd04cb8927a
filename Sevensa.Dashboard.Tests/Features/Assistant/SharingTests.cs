using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Sharing;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>A conversation is read by a tenant's people when its owner lets them, as long as they let them, and when it is of that tenant alone.</summary>
public sealed class SharingTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_sees_the_tenant_reads_what_was_said_until_then_until_it_is_taken_back()
    {
        await app.FleetIsKnownAsync();
        using var owner = await app.ApiAsAsync("operator");
        using var viewer = await app.ApiAsAsync("viewer");
        using var client = await app.ApiAsAsync("client-rentguy");
        var conversation = (await Asking.AskAsync(owner, "/secrets rentguy")).Conversation;
        using var made = await ShareAsync(owner, conversation, "rentguy");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var place = made.Headers.Location!.OriginalString;
        await Asking.AskAsync(owner, "/secrets witcom", conversation);

        var shared = Assert.Single(await ItemsAsync(viewer, "/api/v1/tenants/rentguy/conversations"));
        Assert.Equal("/secrets rentguy", shared.GetProperty("title").GetString());
        var messages = await ItemsAsync(viewer, $"{place}/messages");
        Assert.Equal(["user", "assistant"], messages.Select(one => one.GetProperty("author").GetString()));
        Assert.DoesNotContain("witcom", messages[1].ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Single(await ItemsAsync(owner, $"/api/v1/conversations/{conversation}/shares"));
        // It is not the conversation itself that is theirs now, and no client's at all.
        await IsAsync(viewer, HttpMethod.Get, $"/api/v1/conversations/{conversation}/messages", 404);
        await IsAsync(viewer, HttpMethod.Get, place.Replace("rentguy", "witcom", StringComparison.Ordinal), 404);
        await IsAsync(client, HttpMethod.Get, place, 403);
        await IsAsync(viewer, HttpMethod.Delete, place, 403);
        // What came later names another tenant: all of it is not shared anew.
        using var again = await ShareAsync(owner, conversation, "rentguy");
        Assert.Equal(422, (int)again.StatusCode);
        Assert.Contains("Witcom", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        await IsAsync(owner, HttpMethod.Delete, place, 204);
        await IsAsync(viewer, HttpMethod.Get, $"{place}/messages", 404);
        Assert.Empty(await ItemsAsync(viewer, "/api/v1/tenants/rentguy/conversations"));
        using var admin = await app.ApiAsAsync("admin");
        foreach (var action in (string[])["conversation.shared", "conversation.unshared"])
        {
            var row = Assert.Single(await ItemsAsync(admin, $"/api/v1/audit?action={action}&tenant=rentguy"));
            Assert.Equal("rentguy", row.GetProperty("tenant").GetString());
        }
    }

    [Fact]
    public async Task It_goes_with_its_conversation_and_is_nobody_elses_to_share()
    {
        using var owner = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var conversation = (await Asking.AskAsync(owner, "/help")).Conversation;
        using var others = await ShareAsync(approver, conversation, "psra-ltsd");
        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        using var nowhere = await ShareAsync(owner, conversation, "nowhere");
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        var empty = await Asking.BeginAsync(owner);
        using var nothing = await ShareAsync(owner, empty, "psra-ltsd");
        Assert.Equal(422, (int)nothing.StatusCode);
        using var all = await ShareAsync(owner, (await Asking.AskAsync(owner, "/health")).Conversation, "psra-ltsd");
        Assert.Equal(422, (int)all.StatusCode);

        conversation = (await Asking.AskAsync(owner, "/secrets psra-ltsd")).Conversation;
        using var made = await ShareAsync(owner, conversation, "psra-ltsd");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await IsAsync(owner, HttpMethod.Delete, $"/api/v1/conversations/{conversation}", 204);
        await IsAsync(owner, HttpMethod.Get, made.Headers.Location!.OriginalString, 404);
    }

    [Fact]
    public async Task One_conversation_is_shared_so_often_and_no_more_until_one_is_taken_back()
    {
        using var owner = await app.ApiAsAsync("operator");
        var conversation = (await Asking.AskAsync(owner, "/secrets platform")).Conversation;
        var place = "";
        for (var made = 0; made < SharingDesk.MostShares; made++)
        {
            using var one = await ShareAsync(owner, conversation, "platform");
            Assert.Equal(HttpStatusCode.Created, one.StatusCode);
            place = one.Headers.Location!.OriginalString;
        }
        using var tooMany = await ShareAsync(owner, conversation, "platform");
        Assert.Equal(422, (int)tooMany.StatusCode);
        Assert.Contains(
            "shared 20 times already",
            await tooMany.Content.ReadAsStringAsync(Cancel),
            StringComparison.Ordinal
        );
        await IsAsync(owner, HttpMethod.Delete, place, 204);
        using var again = await ShareAsync(owner, conversation, "platform");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        await IsAsync(owner, HttpMethod.Delete, $"/api/v1/conversations/{conversation}", 204);
    }

    [Fact]
    public void What_names_a_tenant_that_the_reader_may_not_see_is_withheld_whatever_it_was_when_it_was_shared()
    {
        var fleet = WishReaderTests.Fleet;
        var message = Message("assistant", "It is like witcom-psra-api-1.", "[]");
        Assert.Same(message, SharedContent.For(message, fleet[0], fleet, fleet));
        Assert.Same(message, SharedContent.For(message, fleet[0], [fleet[0]], [fleet[0]]));
        var told = SharedContent.For(message, fleet[0], fleet, [fleet[0]]);
        Assert.StartsWith("Withheld", told.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("How is rentguy-api?", "[]", null)]
    [InlineData("How is rentguy-api beside witcom?", "[]", "speaks of Witcom")]
    [InlineData("Fine beside prod_witcom.", "[]", "speaks of Witcom")]
    [InlineData("Fine.", """[{"type":"notice","data":{"text":"Looked at\nwitcom_web_1"}}]""", "speaks of Witcom")]
    [InlineData(
        "Fine.",
        """[{"type":"citation","data":{"number":1,"title":"logs","link":"/tenants/witcom/logs"}}]""",
        "Witcom"
    )]
    [InlineData(
        "Fine.",
        """[{"type":"tool","data":{"id":"1","name":"list_alerts","state":"finished","title":"looked","arguments":{}}}]""",
        "all tenants at once"
    )]
    [InlineData(
        "Fine.",
        """[{"type":"tool","data":{"id":"1","name":"list_alerts","state":"finished","title":"looked","arguments":{"tenant":"rentguy"}}}]""",
        null
    )]
    [InlineData(
        "Fine.",
        """[{"type":"tool","data":{"id":"1","name":"list_alerts","state":"finished","title":"looked","arguments":{},"only":"rentguy"}}]""",
        null
    )]
    [InlineData(
        "Half",
        """[{"type":"done","data":{"messageId":"","complete":false,"reason":"The answer is under way, or was broken off with the program."}}]""",
        "under way"
    )]
    public void What_is_of_another_tenant_too_is_not_shared(string text, string events, string? why)
    {
        var fleet = WishReaderTests.Fleet;
        var message = Message("assistant", text, events);
        var told = SharedContent.WhyNot("RentGuy", [message], fleet[0], fleet, fleet);
        // An owner who may see one tenant now has seen no less then.
        Assert.Equal(told is null, SharedContent.WhyNot("RentGuy", [message], fleet[0], fleet, [fleet[0]]) is null);
        if (why is null)
        {
            Assert.Null(told);
        }
        else
        {
            Assert.Contains(why, told, StringComparison.Ordinal);
        }
    }

    private static ConversationMessage Message(string author, string text, string events) =>
        new()
        {
            Id = "m",
            ConversationId = "c",
            Author = author,
            Text = text,
            Events = events,
            At = DateTimeOffset.UnixEpoch,
        };

    private static Task<HttpResponseMessage> ShareAsync(HttpClient client, string conversation, string tenant) =>
        client.PostAsJsonAsync($"/api/v1/conversations/{conversation}/shares", new { tenant }, Cancel);

    private static async Task<IReadOnlyList<JsonElement>> ItemsAsync(HttpClient client, string path) =>
        [.. (await client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("items").EnumerateArray()];

    private static async Task IsAsync(HttpClient client, HttpMethod method, string path, int status)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
    }
}
