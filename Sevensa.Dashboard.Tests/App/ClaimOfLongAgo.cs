using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>Makes of an account one that a provider's claim gave, and at which nobody has looked for longer than that holds.</summary>
internal static class ClaimOfLongAgo
{
    public static async Task GiveAsync(SandboxApp app, MadePerson person, CancellationToken cancellation)
    {
        var known = app.Services.GetRequiredService<ExternalPeople>();
        var who = await known.SeenAsync(
            "somewhere",
            "https://login.example.org",
            person.UserName,
            person.UserName,
            true,
            cancellation
        );
        var before = TimeProvider.System.GetUtcNow() - ClaimedAccounts.Holds - TimeSpan.FromHours(1);
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using (var store = await stores.CreateDbContextAsync(cancellation))
        {
            await store
                .Set<ExternalPersonRow>()
                .Where(row => row.Id == who.Id)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.PersonId, person.Id)
                            .SetProperty(row => row.IsGranted, true)
                            .SetProperty(row => row.LastSeenAt, before),
                    cancellation
                );
        }
        app.Services.GetRequiredService<ClaimedAccounts>().Forget();
    }
}
