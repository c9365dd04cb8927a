using MailKit.Net.Smtp;
using MimeKit;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>A client that goes on when some of a letter's mailboxes are refused: one that left keeps nobody else's letter back.</summary>
internal sealed class BearingSmtp : SmtpClient
{
    private readonly List<(string Mailbox, SmtpResponse Answer)> refused = [];

    /// <summary>Who did not take the letter, in the server's words; null when all did.</summary>
    public string? Refused =>
        refused.Count == 0
            ? null
            : string.Join("; ", refused.Select(one => $"{one.Mailbox}: {one.Answer.Response.ReplaceLineEndings(" ")}"));

    protected override void OnRecipientNotAccepted(
        MimeMessage message,
        MailboxAddress mailbox,
        SmtpResponse response
    ) => refused.Add((mailbox.Address, response));

    protected override void OnNoRecipientsAccepted(MimeMessage message) =>
        throw new SmtpCommandException(
            SmtpErrorCode.RecipientNotAccepted,
            refused.Count > 0 ? refused[^1].Answer.StatusCode : SmtpStatusCode.TransactionFailed,
            Refused ?? "It took no mailbox."
        );
}
