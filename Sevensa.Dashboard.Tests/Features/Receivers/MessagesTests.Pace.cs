using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>How fast and how often a chat is told.</summary>
public sealed partial class MessagesTests
{
    [Fact]
    public async Task Too_much_for_Slack_is_held_until_it_wants_more_and_uses_up_no_tries()
    {
        await app.FleetIsKnownAsync();
        await using var slack = await ChatServer.OpenAsync();
        slack.Answers = before => before == 0 ? new(429, "rate_limited", RetryAfter: 90) : new(200, "ok");
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, OfAlerts("Busy", slack));
        var names = (string[])["First", "Second", "Third", "Fourth", "Fifth"];
        await HookAsync("witcom", names);
        var held = await UntilAsync(
            admin,
            $"{At(made)}/deliveries",
            all => names.All(name => Of(all, name) is not null)
        );
        Assert.Single(slack.All);
        Assert.Equal([0, 0, 0, 0, 1], names.Select(name => (int)Of(held, name)!["tries"]!).Order());
        var refused = held["items"]!.AsArray().Single(one => (int?)one!["status"] == 429)!;
        Assert.Equal("It answered 429: rate_limited", (string)refused["answer"]!);
        Assert.True(Wait(refused) >= TimeSpan.FromSeconds(90));
        var receiver = await GetAsync(admin, At(made));
        Assert.Equal("active", (string)receiver["state"]!);
        Assert.NotNull(receiver["nextTryAt"]);
        Assert.Contains("429", (string)receiver["reason"]!, StringComparison.Ordinal);

        await PostAsync(admin, $"{At(made)}/resume");
        await slack.UntilAsync(5);
        await PostAsync(admin, $"{At(made)}/deliveries/{refused["number"]}/replay");
        var done = await UntilAsync(
            admin,
            $"{At(made)}/deliveries",
            all => names.All(name => (string)Of(all, name)!["state"]! == "delivered")
        );
        Assert.All(names, name => Assert.Equal(1, (int)Of(done, name)!["tries"]!));
        Assert.All(
            names,
            name =>
                Assert.Contains(
                    slack.All.Skip(1),
                    one => ((string)one.Json["text"]!).EndsWith(name, StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task A_pause_in_the_middle_has_nothing_sent_again_that_was_taken()
    {
        await app.FleetIsKnownAsync();
        await using var slack = await ChatServer.OpenAsync();
        var third = new TaskCompletionSource();
        var paused = new TaskCompletionSource();
        slack.Waits = before =>
        {
            if (before != 2)
            {
                return Task.CompletedTask;
            }
            third.TrySetResult();
            return paused.Task;
        };
        using var admin = await app.ApiAsAsync("admin");
        var made = await AddAsync(admin, OfAlerts("Paused", slack));
        var names = (string[])["Before-1", "Before-2", "Before-3", "Before-4"];
        await HookAsync("witcom", names);
        await third.Task.WaitAsync(Patience.Usual, Stop);
        await PostAsync(admin, $"{At(made)}/pause");
        var written = await UntilAsync(
            admin,
            $"{At(made)}/deliveries",
            all => names.All(name => Of(all, name) is not null)
        );
        Assert.Equal(
            ["delivered", "delivered", "waiting", "waiting"],
            names.Select(name => (string)Of(written, name)!["state"]!).Order(StringComparer.Ordinal)
        );
        paused.SetResult();

        await PostAsync(admin, $"{At(made)}/resume");
        await UntilAsync(
            admin,
            $"{At(made)}/deliveries",
            all => names.All(name => (string)Of(all, name)!["state"]! == "delivered")
        );
        // Of the one that was not answered yet nobody knows whether it was taken.
        Assert.Equal(
            [1, 1, 1, 2],
            names
                .Select(name =>
                    slack.All.Count(one => ((string)one.Json["text"]!).EndsWith(name, StringComparison.Ordinal))
                )
                .Order()
        );
    }

    /// <summary>A room of Slack that is told which of Witcom's alerts fire.</summary>
    private static object OfAlerts(string name, ChatServer slack) =>
        new
        {
            name,
            kind = "slack",
            url = slack.Url + Path,
            kinds = new[] { "alert.firing" },
            tenants = new[] { "witcom" },
        };
}
