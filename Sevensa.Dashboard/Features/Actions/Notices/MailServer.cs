using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>Letters over the configured mail server, one connection each.</summary>
internal sealed class MailServer(
    IOptions<NoticesOptions> options,
    Upstreams upstreams,
    TimeProvider time,
    ILogger<MailServer> log
) : IMailServer
{
    public const string Name = "Mail server";

    public bool IsSet => options.Value.ByMail;

    bool IMailServer.IsAddress(string text) => IsAddress(text);

    public static bool IsAddress(string text) =>
        MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal);

    public async Task<string?> SendAsync(Letter letter, CancellationToken cancellation)
    {
        if (!IsSet)
        {
            throw new MailFailedException("No mail server is set (Notifications:SmtpHost).");
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var message = Message(letter);
            using var smtp = new BearingSmtp();
            await smtp.ConnectAsync(options.Value.SmtpHost!, options.Value.SmtpPort, Security, both.Token);
            if (options.Value.SmtpUsername is { Length: > 0 } name)
            {
                var password = await File.ReadAllTextAsync(options.Value.SmtpPasswordFile!, both.Token);
                await smtp.AuthenticateAsync(name, password.Trim(), both.Token);
            }
            await smtp.SendAsync(message, both.Token);
            await smtp.DisconnectAsync(quit: true, both.Token);
            upstreams.Good(Name);
            if (smtp.Refused is { } refused)
            {
                log.LogWarning("The mail server took a letter, but not for all of its mailboxes: {Refused}", refused);
            }
            return smtp.Refused;
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
                        or ServiceNotConnectedException
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

    private SecureSocketOptions Security =>
        options.Value.SmtpSecurity switch
        {
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls,
        };

    private MimeMessage Message(Letter letter)
    {
        var message = new MimeMessage();
        message.From.Add(MailboxAddress.Parse(options.Value.MailFrom!));
        message.To.AddRange(letter.To.Select(MailboxAddress.Parse));
        message.Subject = letter.Subject;
        message.Date = time.GetUtcNow();
        // The same when it is sent twice, so that a mailbox shows it once; nobody's holiday note answers it.
        message.MessageId = letter.Id;
        message.Headers.Add("Auto-Submitted", "auto-generated");
        var text = new TextPart("plain") { Text = letter.Text };
        message.Body = letter.Html is { } html
            ? new MultipartAlternative(text, new TextPart("html") { Text = html })
            : text;
        return message;
    }

    private MailFailedException Failed(string words, UpstreamFault fault, Exception? inner = null)
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
        return new MailFailedException(words, inner);
    }
}
