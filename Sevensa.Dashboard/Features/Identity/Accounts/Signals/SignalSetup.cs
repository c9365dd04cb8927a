using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

internal static class SignalSetup
{
    public static void AddSignals(this IServiceCollection services)
    {
        services.AddSingleton<SignalStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<SignalStore>());
        services.AddSingleton<SignalDesk>();
        services.AddSingleton<BehaviourCounts>();
        services.AddSingleton<IBehaviour>(provider => provider.GetRequiredService<BehaviourCounts>());
        services.AddSingleton<IRefusalListener>(provider => provider.GetRequiredService<BehaviourCounts>());
        services.AddHostedService<BehaviourWatch>();
        services.AddSingleton<AddressBook>();
        services.AddHostedService<AddressBookWatch>();
        services.AddSingleton<PlaceStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<PlaceStore>());
        services.AddSingleton<TravelWatch>();
    }
}
