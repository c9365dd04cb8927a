using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Who tells of alerts by a webhook, among the connections.</summary>
internal sealed class HookConnections(WebhookSecret secrets) : IConnections
{
    public async Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation)
    {
        var all = new List<Connection>();
        foreach (var sender in caller.IsStaff ? HookSender.All : [])
        {
            var isSet = secrets.IsConfigured(sender);
            var isMissing = isSet && await secrets.ExpectedAsync(sender, cancellation) is null;
            var took = secrets.TookAt(sender);
            all.Add(
                new Connection(
                    "Alerts in",
                    sender.Name,
                    !isSet ? ConnectionState.Off
                        : isMissing ? ConnectionState.Troubled
                        : took is null ? ConnectionState.Waits
                        : ConnectionState.Works,
                    took,
                    isMissing ? "The secret that is shared with it can't be read." : null,
                    !isSet ? $"Put a secret into a file, name it in {sender.Setting}, and let it send to {sender.Path}."
                        : isMissing ? $"Check the file that {sender.Setting} names."
                        : took is null ? $"Nothing came since this dashboard was started. It sends to {sender.Path}."
                        : null,
                    null
                )
            );
        }
        return all;
    }
}
