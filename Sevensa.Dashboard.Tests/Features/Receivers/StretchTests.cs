using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Receivers;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Sending;
using Sevensa.Dashboard.Features.Receivers.Sending.Forms;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>However sending ends, what became of each message is known.</summary>
public sealed class StretchTests
{
    private static readonly int[] items = [.. Enumerable.Range(0, 200)];
    private static readonly Sent taken = new(200, null);

    [Theory]
    [InlineData(ReceiverKind.Slack, 3)]
    [InlineData(ReceiverKind.Email, 3)]
    [InlineData(ReceiverKind.Webhook, 8)]
    public async Task It_lasts_some_seconds_and_the_rest_is_for_the_next(ReceiverKind kind, int sent)
    {
        var time = new FakeTimeProvider();
        var answers = await Stretch.SendAsync(
            Row(kind),
            items,
            _ =>
            {
                time.Advance(TimeSpan.FromSeconds(2));
                return Task.FromResult(taken);
            },
            time,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(items, answers.Select(answer => answer.Item));
        Assert.All(answers.Take(sent), answer => Assert.Same(taken, answer.Sent));
        Assert.All(answers.Skip(sent), answer => Assert.True(answer.Sent is { IsUnsent: true, IsTaken: false }));
    }

    [Theory]
    [InlineData(ReceiverKind.Teams, "0 1")]
    [InlineData(ReceiverKind.Webhook, "0 1 3 4 5 6 7")]
    public async Task What_was_sent_before_it_was_ended_is_told(ReceiverKind kind, string sent)
    {
        using var ending = new CancellationTokenSource();
        Task<Sent> SendAsync(int item)
        {
            if (item == 2)
            {
                ending.Cancel();
                throw new OperationCanceledException(ending.Token);
            }
            return Task.FromResult(taken);
        }
        var answers = await Stretch.SendAsync(Row(kind), items, SendAsync, TimeProvider.System, ending.Token);
        Assert.Equal(items, answers.Select(answer => answer.Item));
        Assert.Equal(
            sent,
            string.Join(' ', answers.Where(answer => !answer.Sent.IsUnsent).Select(answer => answer.Item))
        );
        // Of one that was ended before there is nothing to tell.
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            Stretch.SendAsync(Row(kind), items, SendAsync, TimeProvider.System, ending.Token)
        );
    }

    [Fact]
    public async Task What_nobody_expected_is_what_became_of_one_message_and_quotes_nothing()
    {
        using var ending = new CancellationTokenSource();
        var sender = new EventSender([new FaultyForm()], NullLogger<EventSender>.Instance);
        var told = new OutwardEvent(
            "record-1",
            "proposal.created",
            null,
            null,
            DateTimeOffset.UnixEpoch,
            new JsonObject()
        );
        var sent = await sender.SendAsync(Row(ReceiverKind.Slack), told, ending.Token);
        Assert.False(sent.IsTaken);
        Assert.Contains("a fault of this program", sent.Trouble, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret", sent.Trouble, StringComparison.Ordinal);
        await ending.CancelAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            sender.SendAsync(Row(ReceiverKind.Slack), told, ending.Token)
        );
    }

    private static ReceiverRow Row(ReceiverKind kind) =>
        new()
        {
            Id = "r1",
            Kind = kind,
            Name = "Operators",
            Url = "",
            Kinds = [],
            Tenants = [],
            CreatedBy = "Ann",
            CreatedAt = DateTimeOffset.UnixEpoch,
            SealedSecret = [],
            RecordAt = 0,
            AlertsAt = DateTimeOffset.UnixEpoch,
        };

    private sealed class FaultyForm : IReceiverForm
    {
        public ReceiverKind Kind => ReceiverKind.Slack;

        public Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation) =>
            throw new InvalidOperationException("of a secret");
    }
}
