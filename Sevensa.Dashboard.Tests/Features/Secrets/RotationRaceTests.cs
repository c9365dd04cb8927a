using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>
/// Two who rotate the same secret at once, on two dashboards of one store: one rotation comes of it wherever the first one stands
/// when the other comes, and everybody holds a login that opens the database.
/// </summary>
[TakesLong]
public class RotationRaceTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Kind = "secret.rotate";
    private const string Others = """{"consumers": "none"}""";

    [Fact]
    public async Task Wherever_the_first_stands_whoever_asks_for_another_is_answered_with_it_or_told_that_it_is_at_work()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var (same, told) = (0, 0);
        for (var number = 0; await StandsAsync(ground, number, AskAsync) is not null; number++) { }
        // Before its version is written the plans are alike, and from then on none is made.
        Assert.True(same > 3 && told > 3, $"{same} were answered with the first, {told} were told");

        async Task AskAsync(string place, Proposal first)
        {
            try
            {
                var again = await ground.Shop.ProposeAsync(Kind, SagaGround.Target, caller: Callers.Admin);
                Assert.True(first.Id == again.Id, $"{place}: another plan was made");
                same++;
            }
            catch (CannotPlanException exception)
            {
                Assert.Contains("is at work on it now", exception.Message, StringComparison.Ordinal);
                told++;
            }
            foreach (
                var (target, parameters) in ((string, string?)[])
                    [
                        (SagaGround.Target, Others),
                        ($"database/static-roles/{ground.RoleA}", null),
                        ($"database/static-roles/{ground.RoleB}", null),
                    ]
            )
            {
                await Assert.ThrowsAsync<CannotPlanException>(() =>
                    ground.Shop.ProposeAsync(Kind, target, parameters, Callers.Admin)
                );
            }
        }
    }

    [Fact]
    public async Task Wherever_the_first_stands_whoever_approves_another_has_to_wait_and_is_refused_then()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var (waited, conflicts) = (0, 0);
        for (var number = 0; ; number++)
        {
            // Asked for while nothing was under way: the same secret otherwise, and the login that will come into use alone.
            var free = (await ground.CurrentAsync()).User == ground.UserA ? ground.RoleB : ground.RoleA;
            List<Proposal> others =
            [
                await ground.Shop.ProposeAsync(Kind, SagaGround.Target, Others, Callers.Admin),
                await ground.Shop.ProposeAsync(Kind, $"database/static-roles/{free}", caller: Callers.Admin),
            ];
            var place = await StandsAsync(ground, number, (_, _) => ApproveAsync(others));
            await ground.Shop.SweepAsync();
            foreach (var other in others)
            {
                var now = await ground.Shop.FindAsync(other.Id);
                Assert.True(
                    now.State is ProposalState.Refused or ProposalState.Proposed,
                    $"{place}: {other.Title} is {now.State}: {now.Outcome?.Text}"
                );
            }
            await ground.AllAreWellAsync();
            if (place is null)
            {
                break;
            }
        }
        Assert.True(waited > 3 && conflicts > 3, $"{waited} waited, {conflicts} were told that the world is another");

        async Task ApproveAsync(List<Proposal> others)
        {
            foreach (var other in others)
            {
                try
                {
                    Assert.Equal(ProposalState.Approved, (await ground.Shop.ApproveAsync(other)).State);
                    waited++;
                }
                catch (DecisionConflictException)
                {
                    conflicts++;
                }
            }
        }
    }

    [Fact]
    public async Task Of_many_who_ask_and_approve_at_once_on_two_dashboards_one_rotation_comes()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Workshop[] shops = [ground.Shop, ground.Mortal(int.MaxValue, out _)];
        Caller[] people = [Callers.Operator, Callers.Admin];
        var asked = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(n =>
                    Task.Run(() => shops[n % 2].ProposeAsync(Kind, SagaGround.Target, caller: people[n / 2 % 2]))
                )
        );
        var one = Assert.Single(asked.DistinctBy(proposal => proposal.Id));
        await Task.WhenAll(shops.Select(shop => Task.Run(() => ApprovedAsync(shop))));
        var ending = ground.Shop.UntilAsync(one.Id, ProposalState.Succeeded);
        // What the other dashboard does is looked for now and then.
        while (await Task.WhenAny(ending, Task.Delay(50, TestContext.Current.CancellationToken)) != ending)
        {
            ground.Shop.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await ending;
        Assert.Equal(2, await ground.VersionAsync());
        Assert.Equal([SagaGround.Api, SagaGround.Worker], ground.Restarted);
        await ground.AllAreWellAsync();

        async Task ApprovedAsync(Workshop shop)
        {
            try
            {
                await shop.ApproveAsync(one);
            }
            catch (DecisionConflictException)
            {
                // The other one was faster.
            }
        }
    }

    [Fact]
    public async Task A_login_that_a_secret_hands_out_is_not_given_a_password_of_its_own()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(Kind, $"database/static-roles/{ground.RoleA}")
        );
        Assert.Contains(SagaGround.Target, refused.Message, StringComparison.Ordinal);
        // The other one nobody uses.
        await ground.Shop.ProposeAsync(Kind, $"database/static-roles/{ground.RoleB}");
    }

    /// <summary>Rotates once, and stands still at a place while something else is done.</summary>
    /// <returns>The place; null when the rotation ended before it came there.</returns>
    private static async Task<string?> StandsAsync(
        SagaGround ground,
        int number,
        Func<string, Proposal, Task> meanwhile
    )
    {
        var (version, former) = (await ground.VersionAsync(), await ground.CurrentAsync());
        var shop = ground.Mortal(number, out var deaths);
        var first = await shop.ProposeAsync(Kind, SagaGround.Target);
        ground.WatchFor(first.Id);
        await shop.ApproveAsync(first);
        var ending = shop.UntilAsync(first.Id, ProposalState.Succeeded);
        string? place = null;
        if (await Task.WhenAny(deaths.Died, ending) == deaths.Died)
        {
            place = await deaths.Died;
            await meanwhile(place, first);
            deaths.GoOn();
        }
        await ending;
        Assert.True(version + 1 == await ground.VersionAsync(), $"{place}: not one version was written");
        Assert.False(await ground.OpensAsync(former), $"{place}: the former login still opens the database");
        await ground.AllAreWellAsync();
        return place;
    }
}
