using System.Buffers;
using System.Net;
using System.Threading.Channels;
using MimeKit;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions.Notices;

/// <summary>A mail server in the test's process; hands over what it took.</summary>
internal sealed class SmtpListener : IAsyncDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly Mailbox mailbox = new();
    private readonly Task serving;

    public SmtpListener()
    {
        // The server does not tell which port it was given.
        Port = Workspace.FreePort();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add((IMailboxFilter)mailbox);
        services.Add((IMessageStore)mailbox);
        var options = new SmtpServerOptionsBuilder()
            .ServerName("test")
            .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)))
            .Build();
        serving = new SmtpServer.SmtpServer(options, services).StartAsync(ending.Token);
    }

    public int Port { get; }

    /// <summary>Answers every recipient with this instead of taking it.</summary>
    public SmtpResponse? Refusal
    {
        set => mailbox.Refusal = value;
    }

    /// <summary>The name before the @ of whom alone it answers so; null for all.</summary>
    public string? Refuses
    {
        set => mailbox.Refuses = value;
    }

    public async Task<MimeMessage> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        return await mailbox.Taken.Reader.ReadAsync(patience.Token);
    }

    public bool HasMore => mailbox.Taken.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await serving;
        ending.Dispose();
    }

    private sealed class Mailbox : IMailboxFilter, IMessageStore
    {
        public Channel<MimeMessage> Taken { get; } = Channel.CreateUnbounded<MimeMessage>();

        public SmtpResponse? Refusal { get; set; }

        public string? Refuses { get; set; }

        public Task<bool> CanAcceptFromAsync(
            ISessionContext context,
            IMailbox from,
            int size,
            CancellationToken cancellationToken
        ) => Task.FromResult(true);

        public Task<bool> CanDeliverToAsync(
            ISessionContext context,
            IMailbox to,
            IMailbox from,
            CancellationToken cancellationToken
        ) =>
            Refusal is { } refusal && (Refuses is null || Refuses == to.User)
                ? throw new SmtpResponseException(refusal)
                : Task.FromResult(true);

        public async Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            ReadOnlySequence<byte> buffer,
            CancellationToken cancellationToken
        )
        {
            using var text = new MemoryStream(buffer.ToArray());
            Taken.Writer.TryWrite(await MimeMessage.LoadAsync(text, cancellationToken));
            return SmtpResponse.Ok;
        }
    }
}
