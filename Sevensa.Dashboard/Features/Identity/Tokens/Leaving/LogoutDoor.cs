using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Leaving;

/// <summary>The way out to programs that are told of ended sessions.</summary>
internal sealed class LogoutDoor(IOptions<IdentityOptions> options, IHostEnvironment environment)
    // The Sandbox is tried on one machine, with such programs on it.
    : OutwardDoor(() => options.Value.Networks, environment.IsSandbox(), "Identity:AllowedNetworks")
{
    public const string Client = "back-channel logout";
}
