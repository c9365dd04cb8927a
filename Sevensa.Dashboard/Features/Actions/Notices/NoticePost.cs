using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>
/// Tells what is to be told, each way by itself, so that one that hangs holds up nobody. A plan never waits for it: what can't be
/// told is tried again for some hours, and then is in the record.
/// </summary>
internal sealed class NoticePost(
    NoticeStore notices,
    ProposalStore proposals,
    NoticeChannels channels,
    ProposalChanges changes,
    IAuditLog audit,
    StartWork start,
    PublicAddress address,
    TimeProvider time,
    ILogger<NoticePost> log
) : BackgroundService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>Longer than any try takes.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(10),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(20),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(3),
    ];

    /// <summary>Tells what is due by one way.</summary>
    public async Task PostAsync(INoticeChannel channel, CancellationToken cancellation)
    {
        foreach (var row in await notices.DueAsync(channel.Name, time.GetUtcNow(), cancellation))
        {
            if (await notices.TakeAsync(row, time.GetUtcNow() + Lease, cancellation))
            {
                await PostAsync(channel, row, cancellation);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await Task.WhenAll(channels.All.Select(channel => KeepAsync(channel, stoppingToken)));
    }

    private async Task KeepAsync(INoticeChannel channel, CancellationToken cancellation)
    {
        using var changed = new SemaphoreSlim(1);
        using var listening = changes.OnChange(() =>
        {
            if (changed.CurrentCount == 0)
            {
                changed.Release();
            }
            return Task.CompletedTask;
        });
        await LastingWork.RunAsync(
            $"Telling by {channel.Name}",
            turn => PostAsync(channel, turn),
            rest => changed.WaitAsync(LookAgain, rest),
            log,
            time,
            cancellation
        );
    }

    private async Task PostAsync(INoticeChannel channel, NoticeRow row, CancellationToken cancellation)
    {
        if (await proposals.FindAsync(row.ProposalId, cancellation) is not { } proposal)
        {
            return;
        }
        if (row.Occasion == NoticeOccasion.Awaiting && proposal.State != ProposalState.Proposed)
        {
            await notices.TellAsync(row, false, "It was decided before.", time.GetUtcNow(), null, cancellation);
            return;
        }
        if (await TroubleAsync(channel, row, proposal, cancellation) is not { } trouble)
        {
            await notices.TellAsync(row, true, null, time.GetUtcNow(), null, cancellation);
            return;
        }
        var next = row.Tries < Pauses.Length ? time.GetUtcNow() + Pauses[row.Tries] : (DateTimeOffset?)null;
        await notices.TellAsync(row, false, trouble, time.GetUtcNow(), next, cancellation);
        log.LogWarning(
            "{Channel} could not be told of proposal {Proposal}: {Reason} {Next}",
            channel.Name,
            row.ProposalId,
            trouble,
            next is null ? "It is given up." : "It is tried again."
        );
        if (next is null)
        {
            await audit.AppendAsync(
                ActionRecord.Entry(
                    AuditActor.System,
                    "notification.failed",
                    proposal,
                    AuditOutcome.Failed,
                    $"{channel.Name} could not be told in {row.Tries + 1} tries: {trouble}"
                ),
                cancellation
            );
        }
    }

    /// <summary>Why it could not be handed over; null when it was.</summary>
    private async Task<string?> TroubleAsync(
        INoticeChannel channel,
        NoticeRow row,
        ProposalRow proposal,
        CancellationToken cancellation
    )
    {
        try
        {
            await channel.SendAsync(
                new Notice($"{row.ProposalId}-{row.Occasion}", row.Occasion, proposal.ToProposal(), LinkOf(proposal)),
                cancellation
            );
            return null;
        }
        catch (NoticeFailedException failed)
        {
            return failed.Message;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // A fault of this program's own is a try like any other: it comes to an end, and what is due after it is told.
            log.LogError(exception, "{Channel} failed with what nobody expected", channel.Name);
            return exception.Message;
        }
    }

    private Uri LinkOf(ProposalRow proposal) => address.Of($"/approvals/{Uri.EscapeDataString(proposal.Id)}");
}
