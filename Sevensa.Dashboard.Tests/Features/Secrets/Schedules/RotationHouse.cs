using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

/// <summary>A Vault with one secret that a rule is about, and a shop whose clock the tests set.</summary>
internal static class RotationHouse
{
    internal static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    private sealed class House : IHouseZone
    {
        public TimeZoneInfo Zone => TimeZoneInfo.Utc;
    }

    internal static Workshop Shop(string address, Workshop? sharing = null) =>
        new(
            services =>
            {
                services.AddSingleton(
                    Options.Create(
                        new SecretsOptions
                        {
                            Address = address,
                            SandboxToken = "sandbox-root",
                            DueDays = 30,
                        }
                    )
                );
                services.AddSingleton<Upstreams>();
                services.AddSingleton<VaultSession>();
                services.AddTransient(provider => new VaultClient(
                    new HttpClient { BaseAddress = new Uri(address.TrimEnd('/') + "/") },
                    provider.GetRequiredService<IOptions<SecretsOptions>>(),
                    provider.GetRequiredService<VaultSession>(),
                    provider.GetRequiredService<Upstreams>()
                ));
                services.AddSingleton<IHouseZone, House>();
                SecretsFeature.AddSecrets(services);
            },
            sharing: sharing
        );

    /// <summary>A Vault where one secret of the tenant is named, all others being left alone, and the shop a year later: at noon of a Monday.</summary>
    internal static async Task<(StandIns Vault, Workshop Shop)> OpenAsync()
    {
        var vault = await StandIns.StartAsync();
        Assert.Equal(
            200,
            (
                await vault.SendAsync(
                    "vault",
                    "POST",
                    "/v1/secret/data/rentguy/api/rotated",
                    """{"data": {"password": "former"}}""",
                    Root
                )
            ).Status
        );
        var shop = Shop(vault.Address("vault"));
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, 1, 12, 0, 0, TimeSpan.Zero));
        return (vault, shop);
    }

    internal static RuleWish Wish(
        RotationMode mode = RotationMode.Propose,
        Risk upTo = Risk.Medium,
        int catchUp = 0,
        string? id = null
    ) =>
        new(
            id,
            "nights",
            ["api/rotated"],
            TimeZone: "UTC",
            Windows: [new WindowWish(null, "02:00", "04:00")],
            Mode: mode,
            UpTo: upTo,
            CatchUpHours: catchUp
        );

    internal static Task SetAsync(Workshop shop, params RuleWish[] rules) =>
        shop
            .Services.GetRequiredService<ScheduleDesk>()
            .SetAsync(Callers.Operator, "rentguy", new ScheduleWish(rules), TestContext.Current.CancellationToken);

    internal static async Task<IReadOnlyList<Proposal>> LookAtAsync(Workshop shop, int day, int hour, int minute = 0)
    {
        shop.Time.SetUtcNow(new DateTimeOffset(2027, 3, day, hour, minute, 0, TimeSpan.Zero));
        await shop.Services.GetRequiredService<RotationClock>().LookAsync(TestContext.Current.CancellationToken);
        return await shop.Proposals.ListAsync(
            Callers.Admin,
            new ProposalFilter(Tenant: "rentguy"),
            TestContext.Current.CancellationToken
        );
    }

    internal static async Task<RotationTurn> TurnAsync(Workshop shop)
    {
        var (_, rules) = await shop
            .Services.GetRequiredService<ScheduleDesk>()
            .OfTenantAsync(Callers.Admin, "rentguy", TestContext.Current.CancellationToken);
        return rules[0].State.Turns[0];
    }

    /// <summary>A clock whose proposals go through a hand that does something on the way.</summary>
    internal static RotationClock Clock(Workshop shop, Func<Task<Proposal>, Task<Proposal>> proposing)
    {
        var proposals = Substitute.For<IProposals>();
        proposals
            .ProposeAsync(Arg.Any<Caller>(), Arg.Any<ProposalRequest>(), Arg.Any<CancellationToken>())
            .Returns(call =>
                proposing(
                    shop.Proposals.ProposeAsync(
                        call.Arg<Caller>(),
                        call.Arg<ProposalRequest>(),
                        call.Arg<CancellationToken>()
                    )
                )
            );
        proposals
            .ApproveAsync(
                Arg.Any<Caller>(),
                Arg.Any<string>(),
                Arg.Any<string>(),
                Arg.Any<string?>(),
                Arg.Any<CancellationToken>()
            )
            .Returns(call =>
                shop.Proposals.ApproveAsync(
                    call.Arg<Caller>(),
                    call.ArgAt<string>(1),
                    call.ArgAt<string>(2),
                    call.ArgAt<string?>(3),
                    call.Arg<CancellationToken>()
                )
            );
        return ActivatorUtilities.CreateInstance<RotationClock>(shop.Services, proposals);
    }

    internal static Task<IReadOnlyList<Proposal>> ProposalsAsync(Workshop shop) =>
        shop.Proposals.ListAsync(
            Callers.Admin,
            new ProposalFilter(Tenant: "rentguy"),
            TestContext.Current.CancellationToken
        );

    internal static async Task<(int Revision, IReadOnlyList<ScheduleView> Rules)> RulesAsync(Workshop shop) =>
        await shop
            .Services.GetRequiredService<ScheduleDesk>()
            .OfTenantAsync(Callers.Admin, "rentguy", TestContext.Current.CancellationToken);
}
