using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Leaving;

/// <summary>What discovery says of back-channel logout.</summary>
internal static class Told
{
    public static OpenIddictServerHandlerDescriptor OfLeaving { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleConfigurationRequestContext>()
            .UseInlineHandler(context =>
            {
                context.Metadata["backchannel_logout_supported"] = true;
                context.Metadata["backchannel_logout_session_supported"] = true;
                return ValueTask.CompletedTask;
            })
            .SetOrder(int.MaxValue - 100_000)
            .Build();
}
