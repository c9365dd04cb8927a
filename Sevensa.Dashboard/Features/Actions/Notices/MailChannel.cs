using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>Plain text to the configured addresses, over the configured mail server.</summary>
internal sealed class MailChannel(IOptions<NoticesOptions> options, Upstreams upstreams, TimeProvider time)
    : INoticeChannel
{
    public string Name => "Mail server";

    public bool IsConfigured => options.Value.ByMail;

    public async Task SendAsync(Notice notice, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var message = Message(notice);
            using var smtp = new SmtpClient();
            await smtp.ConnectAsync(options.Value.SmtpHost!, options.Value.SmtpPort, Security, both.Token);
            if (options.Value.SmtpUsername is { Length: > 0 } name)
            {
                var password = await File.ReadAllTextAsync(options.Value.SmtpPasswordFile!, both.Token);
                await smtp.AuthenticateAsync(name, password.Trim(), both.Token);
            }
            await smtp.SendAsync(message, both.Token);
            await smtp.DisconnectAsync(quit: true, both.Token);
            upstreams.Good(Name);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed($"It gave no answer within {options.Value.TimeoutSeconds} s.", UpstreamFault.TimedOut);
        }
        catch (Exception exception)
            when (exception
                    is SmtpCommandException
                        or SmtpProtocolException
                        or AuthenticationException
                        or ServiceNotAuthenticatedException
                        or SslHandshakeException
                        or NotSupportedException
                        or SocketException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            throw Failed(
                exception.Message,
                exception is SocketException ? UpstreamFault.Unreachable : UpstreamFault.Failed,
                exception
            );
        }
    }

    internal static bool IsAddress(string text) =>
        MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal);

    private SecureSocketOptions Security =>
        options.Value.SmtpSecurity switch
        {
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls,
        };

    private MimeMessage Message(Notice notice)
    {
        var proposal = notice.Proposal;
        var risk = proposal.Risk.ToString().ToLowerInvariant();
        var message = new MimeMessage();
        message.From.Add(MailboxAddress.Parse(options.Value.MailFrom!));
        message.To.AddRange(options.Value.MailTo.Select(MailboxAddress.Parse));
        message.Subject = $"{notice.Headline} ({proposal.Tenant}, {risk} risk)";
        message.Date = time.GetUtcNow();
        // The same when it is sent twice, so that a mailbox shows it once; nobody's holiday note answers it.
        message.MessageId = $"{notice.Id}@{notice.Link.Host}";
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new TextPart("plain") { Text = string.Join("\r\n", Lines(notice, proposal, risk)) };
        return message;
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

    private NoticeFailedException Failed(string words, UpstreamFault fault, Exception? inner = null)
    {
        upstreams.Bad(
            new UpstreamException(
                Name,
                fault,
                words,
                remedy: "Check Notifications:Smtp… and the mail server.",
                inner: inner
            )
        );
        return new NoticeFailedException(words, inner);
    }
}
