using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>Messages to a room of Matrix.</summary>
public sealed partial class MessagesTests
{
    [Fact]
    public async Task A_Matrix_room_is_told_once_under_the_events_id_and_its_homeservers_words_are_kept()
    {
        await app.FleetIsKnownAsync();
        await using var matrix = await ChatServer.OpenAsync();
        matrix.Answers = before =>
            before == 0
                ? new(429, """{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests","retry_after_ms":90000}""")
                : new(200, """{"event_id":"$abc"}""");
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(
            admin,
            new
            {
                name = "Room",
                kind = "matrix",
                url = matrix.Url + "/",
                room = Room,
                token = Token,
                kinds = new[] { "proposal.created" },
                tenants = new[] { "platform" },
            }
        );
        var room = "/_matrix/client/v3/rooms/" + Uri.EscapeDataString(Room);
        Assert.Equal(matrix.Url + room, (string)made["url"]!);
        Assert.DoesNotContain(Token, made.ToJsonString(), StringComparison.Ordinal);
        await PostAsync(
            admin,
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "platform",
                target = "langgraph",
                parameters = new { },
                reason = "because a test wants it",
            }
        );
        var first = (await matrix.UntilAsync(1))[0];
        var waiting = await UntilAsync(
            admin,
            $"{At(made)}/deliveries",
            all => all["items"]!.AsArray().Any(one => one!["answer"] is not null)
        );
        var delivery = waiting["items"]![0]!;
        Assert.Equal("It answered 429: M_LIMIT_EXCEEDED: Too Many Requests", (string)delivery["answer"]!);
        Assert.True(Wait(delivery) >= TimeSpan.FromSeconds(90));
        await PostAsync(admin, $"{At(made)}/resume");
        await PostAsync(admin, $"{At(made)}/deliveries/{delivery["number"]}/replay");
        var second = (await matrix.UntilAsync(2))[1];
        var transaction = $"{room}/send/m.room.message/{(string)delivery["event"]!["id"]!}";
        Assert.Equal(
            (("PUT", transaction), ("PUT", transaction)),
            ((first.Method, first.Target), (second.Method, second.Target))
        );
        Assert.Equal($"Bearer {Token}", second.Authorization);
        Assert.Equal("m.notice", (string)second.Json["msgtype"]!);
        Assert.Contains("/approvals/", (string)second.Json["formatted_body"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Matrix_token_goes_to_no_other_homeserver_and_comes_back_in_no_answer()
    {
        await using var matrix = await ChatServer.OpenAsync();
        matrix.Answers = before =>
            before == 0 ? new(403, $$"""{"errcode":"M_FORBIDDEN","error":"{{Token}} may not write"}""")
            : before == 1 ? new(200, "<html>welcome</html>")
            : before == 2 ? new(403, """{"errcode":"M_FORBIDDEN","error":"half \ud800 of it"}""")
            : new(502, "a proxy says no");
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(
            admin,
            new
            {
                name = "Closed room",
                kind = "matrix",
                url = $"{matrix.Url}/_matrix/client/v3/rooms/{Room}",
                token = Token,
                kinds = new[] { "isolation.*" },
            }
        );
        foreach (
            var words in (string[])
                [
                    "It answered 403: M_FORBIDDEN: *** may not write",
                    "It answered 200: it names no event, as a homeserver does.",
                    "It answered 403: M_FORBIDDEN: half \uFFFD of it",
                    "It answered 502: a proxy says no",
                ]
        )
        {
            Assert.Equal(words, (string)(await PostAsync(admin, $"{At(made)}/test"))["answer"]!);
        }
        await using var other = await ChatServer.OpenAsync();
        Assert.Contains(
            "another homeserver",
            await RefusedAsync(admin, HttpMethod.Put, At(made), new { url = other.Url, room = Room }),
            StringComparison.Ordinal
        );
        await PutAsync(
            admin,
            At(made),
            new
            {
                url = other.Url,
                room = Room,
                token = "another",
            }
        );
        await PostAsync(admin, $"{At(made)}/test");
        Assert.Equal("Bearer another", (await other.UntilAsync(1))[0].Authorization);
    }
}
