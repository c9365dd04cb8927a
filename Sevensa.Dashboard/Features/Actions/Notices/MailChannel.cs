using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>Plain text to the configured addresses, over the configured mail server.</summary>
internal sealed class MailChannel(IOptions<NoticesOptions> options, IMailServer server) : INoticeChannel
{
    public string Name => MailServer.Name;

    public bool IsConfigured => options.Value.ByMail;

    public async Task SendAsync(Notice notice, CancellationToken cancellation)
    {
        var proposal = notice.Proposal;
        var risk = proposal.Risk.ToString().ToLowerInvariant();
        try
        {
            await server.SendAsync(
                new Letter(
                    $"{notice.Id}@{notice.Link.Host}",
                    options.Value.MailTo,
                    $"{notice.Headline} ({proposal.Tenant}, {risk} risk)",
                    string.Join("\r\n", Lines(notice, proposal, risk))
                ),
                cancellation
            );
        }
        catch (MailFailedException exception)
        {
            throw new NoticeFailedException(exception.Message, exception);
        }
    }

    private static IEnumerable<string> Lines(Notice notice, Proposal proposal, string risk)
    {
        yield return notice.Headline;
        yield return "";
        yield return $"Tenant: {proposal.Tenant}";
        yield return $"Risk: {risk}";
        yield return $"Asked by: {Notice.Plain(proposal.RequestedBy.Name)}";
        if (notice.Occasion == NoticeOccasion.Awaiting)
        {
            yield return $"Approvals needed: {proposal.ApprovalsNeeded}";
            yield return $"Expires: {proposal.ExpiresAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC; silence means no";
        }
        else
        {
            yield return $"State: {notice.StateWord}";
        }
        yield return "";
        yield return notice.Occasion == NoticeOccasion.Awaiting
            ? "Read the plan and decide:"
            : "What was done, step by step:";
        yield return notice.Link.AbsoluteUri;
    }
}
