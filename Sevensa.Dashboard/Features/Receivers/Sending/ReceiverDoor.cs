using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>The way out to receivers.</summary>
internal sealed class ReceiverDoor(IOptions<ReceiversOptions> options, IHostEnvironment environment)
    // The Sandbox is tried on one machine, with receivers on it.
    : OutwardDoor(() => options.Value.Networks, environment.IsSandbox(), "Receivers:AllowedNetworks")
{
    public const string Client = "receivers";

    /// <summary>Traces would say the whole address, which may be a secret, and tell others of ours.</summary>
    public SocketsHttpHandler Untraced()
    {
        var handler = Handler();
        handler.ActivityHeadersPropagator = null;
        return handler;
    }
}
