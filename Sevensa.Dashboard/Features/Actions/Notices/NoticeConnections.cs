using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>Ways of telling people of proposals, among the connections.</summary>
internal sealed class NoticeConnections(IEnumerable<INoticeChannel> channels, NoticeStore store) : IConnections
{
    public async Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation)
    {
        var all = new List<Connection>();
        foreach (var channel in caller.IsStaff ? channels : [])
        {
            if (!channel.IsConfigured)
            {
                all.Add(Off(channel.Name));
                continue;
            }
            var last = await store.LastAsync(channel.Name, sentOnly: false, cancellation);
            var sent = last is { Sent: true }
                ? last
                : await store.LastAsync(channel.Name, sentOnly: true, cancellation);
            all.Add(
                new Connection(
                    "Notices of approvals",
                    channel.Name,
                    last is null ? ConnectionState.Waits
                        : last.Sent ? ConnectionState.Works
                        : ConnectionState.Troubled,
                    sent?.EndedAt,
                    last is { Sent: false } ? last.Trouble : null,
                    last is { Sent: false }
                        ? "Check the settings Notifications:…; what was not sent is tried again for a while."
                        : null,
                    null
                )
            );
        }
        return all;
    }

    private static Connection Off(string name) =>
        new(
            "Notices of approvals",
            name,
            ConnectionState.Off,
            null,
            null,
            "Set Notifications:SmtpHost for mail, or Notifications:WebhookUrl for a webhook.",
            null
        );
}
