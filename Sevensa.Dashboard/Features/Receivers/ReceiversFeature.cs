using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;
using Sevensa.Dashboard.Features.Receivers.Sending;
using Sevensa.Dashboard.Features.Receivers.Sending.Forms;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Who is told of events, and what became of it.</summary>
internal static class ReceiversFeature
{
    public static void AddReceivers(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ReceiversOptions>("Receivers");
        var services = builder.Services;
        services
            .AddHttpClient(ReceiverDoor.Client)
            .ConfigurePrimaryHttpMessageHandler(provider => provider.GetRequiredService<ReceiverDoor>().Untraced())
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.AddSingleton<ReceiverDoor>();
        services.AddSingleton<ReceiverStore>();
        services.AddSingleton<ISealedRows, ReceiverSealStore>();
        services.AddSingleton<ReceiverNews>();
        services.AddTransient<EventSource>();
        services.AddSingleton<EventMessage>();
        services.AddSingleton<EventSender>();
        services.AddSingleton<Announcer>();
        services.AddSingleton<Posting>();
        services.AddSingleton<IReceiverForm, WebhookForm>();
        services.AddSingleton<IReceiverForm, SlackForm>();
        services.AddSingleton<IReceiverForm, TeamsForm>();
        services.AddSingleton<IReceiverForm, MatrixForm>();
        services.AddSingleton<IReceiverForm, MailForm>();
        services.AddSingleton<ReceiverSecrets>();
        services.AddSingleton<ReceiverAddresses>();
        services.AddTransient<ReceiverWishes>();
        services.AddTransient<ReceiverTurn>();
        services.AddTransient<ReceiverDesk>();
        services.AddHostedService<EventPost>();
        services.AddSingleton<IAuditNames, ReceiverNames>();
        services.AddSingleton<IOutlivedRows, OutlivedDeliveries>();
        services.AddSingleton<IConfigurationPart, ConfiguredReceivers>();
        services.AddSingleton<IConnections, ReceiverConnections>();
        services.AddSingleton<IProblemSource, ReceiverProblems>();
    }

    public static void MapReceivers(this IEndpointRouteBuilder app) => app.MapReceiversApi();

    private sealed class OutlivedDeliveries(
        ReceiverStore receivers,
        IOptions<ReceiversOptions> options,
        TimeProvider time
    ) : IOutlivedRows
    {
        public async Task RemoveAsync(CancellationToken cancellation) =>
            await receivers.ForgetAsync(time.GetUtcNow().AddDays(-options.Value.KeepDays), cancellation);
    }
}
