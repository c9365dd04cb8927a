using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>
/// What somebody is told of a proposal: what it is, whose, and where it is read. Neither reason nor plan nor what came of it in
/// words: those are others' texts, and are for who may sign in.
/// </summary>
/// <param name="Id">The same when it is sent again.</param>
internal sealed record Notice(string Id, NoticeOccasion Occasion, Proposal Proposal, Uri Link)
{
    public string Headline =>
        Plain(
            Occasion == NoticeOccasion.Awaiting
                ? $"Approval wanted: {Proposal.Title}"
                : $"{StateWord}: {Proposal.Title}"
        );

    public string StateWord =>
        Proposal.State switch
        {
            ProposalState.RolledBack => "Rolled back",
            var state => state.ToString(),
        };

    /// <summary>On one line, whatever a container was named.</summary>
    public static string Plain(string text) =>
        string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
}

internal enum NoticeOccasion
{
    /// <summary>It waits for a decision.</summary>
    Awaiting,

    /// <summary>It has come to an end, whichever.</summary>
    Outcome,
}

/// <summary>A way to tell.</summary>
internal interface INoticeChannel
{
    /// <summary>As people read it and the store keeps it.</summary>
    string Name { get; }

    bool IsConfigured { get; }

    /// <exception cref="NoticeFailedException">It could not be handed over; it is tried again.</exception>
    Task SendAsync(Notice notice, CancellationToken cancellation);
}

internal sealed class NoticeFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The ways that this installation uses, by name.</summary>
internal sealed class NoticeChannels(IEnumerable<INoticeChannel> channels)
{
    public IReadOnlyList<INoticeChannel> All { get; } = [.. channels.Where(channel => channel.IsConfigured)];

    /// <summary>What is to be told, for the transaction in which it comes about: nothing is told that did not happen, and nothing is forgotten.</summary>
    public IEnumerable<NoticeRow> Of(ProposalRow proposal, NoticeOccasion occasion, DateTimeOffset now) =>
        All.Select(channel => new NoticeRow
        {
            ProposalId = proposal.Id,
            Channel = channel.Name,
            Occasion = occasion,
            DueAt = now,
        });
}
