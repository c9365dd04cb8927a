using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class BlastRadiusTests
{
    private static readonly Caller Everybody = Callers.Person(
        "everybody",
        Role.Operator,
        "rentguy",
        "witcom",
        "psra-ltsd"
    );

    [Theory]
    [InlineData("registry.example.org/traefik:v3.5", null, true)]
    [InlineData("postgres:17@sha256:00", null, true)]
    [InlineData("rentguy/api:1.0", "true", true)]
    [InlineData("rentguy/api:1.0", null, false)]
    [InlineData("postgres:17", "false", false)]
    public async Task What_others_stand_behind_counts_their_requests_too(string image, string? shared, bool counts)
    {
        await using var shop = Shop();
        Serve(shop, image, shared);
        var proposal = await shop.ProposeAsync(caller: Everybody);
        if (!counts)
        {
            Assert.Null(proposal.Estimate.Blast);
            Assert.Equal(60, proposal.Estimate.RequestsPerMinute);
            return;
        }
        // Not those of another network, and none that does not run.
        Assert.Equal(
            [new("rentguy", "api", 60), new("psra-ltsd", "web", 7), new("witcom", "psra-api", 120)],
            proposal.Estimate.Blast!
        );
    }

    [Fact]
    public async Task Tenants_that_a_reader_may_not_see_are_told_as_others()
    {
        await using var shop = Shop();
        Serve(shop, "traefik:v3.5", null);
        var id = (await shop.ProposeAsync(caller: Everybody)).Id;

        var seen = (await shop.Proposals.FindAsync(Callers.Viewer, id, CancellationToken.None))!;
        Assert.Equal([new("rentguy", "api", 60), new(PlanBlast.OtherTenants, "2 services", 127)], seen.Estimate.Blast!);
        var listed = Assert.Single(
            await shop.Proposals.ListAsync(Callers.Viewer, new ProposalFilter(), CancellationToken.None)
        );
        Assert.DoesNotContain(listed.Estimate.Blast!, one => one.Tenant == "witcom");
        var decided = await shop.ApproveAsync(seen);
        // The approver sees witcom and not the third.
        Assert.Equal(["rentguy", "witcom", PlanBlast.OtherTenants], decided.Estimate.Blast!.Select(one => one.Tenant));
    }

    [Fact]
    public async Task A_gauge_that_fails_leaves_the_figure_out_and_nothing_else()
    {
        await using var shop = Shop();
        shop.Services.GetRequiredService<Gauge>().Broken = true;
        Serve(shop, "traefik:v3.5", null);
        var proposal = await shop.ProposeAsync(caller: Everybody);
        Assert.All(proposal.Estimate.Blast!, one => Assert.Null(one.RequestsPerMinute));
    }

    private static Workshop Shop() =>
        new(services =>
        {
            services.AddSingleton<Gauge>();
            services.AddSingleton<ITrafficGauge>(provider => provider.GetRequiredService<Gauge>());
        });

    private static void Serve(Workshop shop, string image, string? shared)
    {
        shop.Fleet.Change(
            new string('a', 64),
            facts =>
                facts with
                {
                    Image = image,
                    Networks = ["edge", "bridge"],
                    Labels = shared is null
                        ? new Dictionary<string, string>()
                        : new Dictionary<string, string> { ["sevensa.shared"] = shared },
                }
        );
        shop.Fleet.Change(new string('e', 64), facts => facts with { Networks = ["edge"] });
        shop.Fleet.Put("psra-ltsd", "web", "psra-web", id: new string('1', 64));
        shop.Fleet.Change(new string('1', 64), facts => facts with { Networks = ["edge"] });
        shop.Fleet.Put("psra-ltsd", "old", "psra-old", id: new string('2', 64), state: "exited");
        shop.Fleet.Change(new string('2', 64), facts => facts with { Networks = ["edge"] });
        shop.Fleet.Put("psra-ltsd", "apart", "psra-apart", id: new string('3', 64));
        shop.Fleet.Change(new string('3', 64), facts => facts with { Networks = ["bridge"] });
    }

    private sealed class Gauge : ITrafficGauge
    {
        public bool Broken { get; set; }

        public Task<double?> RequestsPerMinuteAsync(
            TenantScope scope,
            string service,
            CancellationToken cancellation
        ) =>
            Broken
                ? throw new InvalidOperationException("Prometheus is away")
                : Task.FromResult<double?>(
                    (Assert.Single(scope.Tenants), service) switch
                    {
                        ("rentguy", "api") => 60,
                        ("witcom", "psra-api") => 120,
                        ("psra-ltsd", "web") => 7,
                        _ => null,
                    }
                );
    }
}
