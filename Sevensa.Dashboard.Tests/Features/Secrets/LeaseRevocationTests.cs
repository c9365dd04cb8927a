using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Dynamic logins taken back, against a real PostgreSQL in which Vault's stand-in makes and drops them.</summary>
public class LeaseRevocationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Role = "rentguy-dyn";
    private static int grounds;

    private async Task<(SagaGround Ground, List<(string Lease, string User, string Password)> Given)> GroundAsync(
        int count = 3
    )
    {
        var ground = await SagaGround.StartAsync(instance);
        // Names of logins end with the second, and all are made in one PostgreSQL: none of another ground is near, and none is left.
        ground.Upstreams.Clock.Advance(TimeSpan.FromMinutes(30 * Interlocked.Increment(ref grounds)));
        await ground.SqlAsync(
            "do $$ declare login text; begin for login in select rolname from pg_roles where rolname like 'v-%-rentguy%' loop execute format('drop owned by %1$I; drop role %1$I', login); end loop; end $$"
        );
        await ground.VaultAsync(
            "POST",
            $"/v1/database/roles/{Role}",
            """{"db_name": "shared", "default_ttl": "1h", "creation_statements": "x"}"""
        );
        var given = new List<(string, string, string)>();
        for (var number = 0; number < count; number++)
        {
            var login = await ground.GivenAsync(Role);
            await ground.SqlAsync($"grant connect on database {SharedInstance.Database} to \"{login.User}\"");
            given.Add(login);
            ground.Upstreams.Clock.Advance(TimeSpan.FromSeconds(10));
        }
        return (ground, given);
    }

    private static async Task<Proposal> EndedAsync(SagaGround ground, string target, ProposalState end)
    {
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", target);
        await ground.Shop.ApproveAsync(proposal);
        return await ground.Shop.UntilAsync(proposal.Id, end);
    }

    /// <summary>The logins own rights on the database, as those of a role with grants do; its usual statements take them back first.</summary>
    private static Task WithoutRightsAsync(SagaGround ground, IEnumerable<string> users) =>
        ground.SqlAsync(
            string.Join(
                ';',
                users.Select(user => $"revoke connect on database {SharedInstance.Database} from \"{user}\"")
            )
        );

    [Fact]
    public async Task One_is_taken_back_and_the_others_still_sign_in()
    {
        var (ground, given) = await GroundAsync();
        await using var _ = ground;
        var (lease, user, _) = given[1];
        Assert.True(await ground.OpensAsync((user, given[1].Password)));
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", lease["database/creds/".Length..]);
        Assert.Equal(Risk.Medium, proposal.Risk);
        Assert.Contains(proposal.Plan.Changes, change => change.What.Contains(user, StringComparison.Ordinal));
        Assert.Equal(["lease.revoke", "lease.gone"], proposal.Plan.Steps.Select(step => step.Verb));
        await WithoutRightsAsync(ground, [user]);
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Contains("1 login gone on shared", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.False(await ground.OpensAsync((user, given[1].Password)));
        Assert.True(await ground.OpensAsync((given[0].User, given[0].Password)));
        Assert.True(await ground.OpensAsync((given[2].User, given[2].Password)));
    }

    [Fact]
    public async Task All_of_a_role_with_the_database_down_live_on_and_are_taken_back_once_it_is_there()
    {
        var (ground, given) = await GroundAsync();
        await using var _ = ground;
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        ground.Upstreams.OpenBao.DatabaseIsDown = true;
        var refused = await EndedAsync(ground, Role, ProposalState.Failed);
        Assert.Equal(Risk.High, refused.Risk);
        Assert.Contains("0 of 3 leases were revoked. 3 live on", refused.Outcome!.Text, StringComparison.Ordinal);

        ground.Upstreams.Clock.Advance(TimeSpan.FromHours(2));
        var irrevocable = await ground.Shop.ProposeAsync("lease.revoke", Role);
        Assert.Contains(
            irrevocable.Plan.Changes,
            change => change.Before!.Contains("irrevocable", StringComparison.Ordinal)
        );
        ground.Upstreams.OpenBao.DatabaseIsDown = false;
        await ground.Shop.ApproveAsync(irrevocable);
        var ended = await ground.Shop.UntilAsync(irrevocable.Id, ProposalState.Succeeded);
        Assert.Contains("3 logins gone", ended.Outcome!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_owns_something_is_named_with_what_to_do()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        await ground.SqlAsync($"create schema \"of {given[0].User}\" authorization \"{given[0].User}\"");
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync("lease.revoke", Role)
        );
        Assert.Contains($"REASSIGN OWNED BY \"{given[0].User}\"", refused.Message, StringComparison.Ordinal);
        await ground.SqlAsync($"drop schema \"of {given[0].User}\"");
    }

    [Fact]
    public async Task What_vault_calls_revoked_while_the_login_still_signs_in_is_not_called_so()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        // Vault no longer has a database behind it: it takes the lease off its list, and the login stays.
        ground.Upstreams.OpenBao.Postgres = null;
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains(given[0].User, ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("can still sign in", ended.Outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_uses_the_role_has_a_new_login_before_the_old_one_ends()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        ground.Shop.Fleet.Change(
            new string('b', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string> { ["sevensa.secret.db"] = $"database/creds/{Role}" },
                }
        );
        bool? opened = null;
        ground.AtRestart = async _ => opened = await ground.OpensAsync((given[0].User, given[0].Password));
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        Assert.Equal(
            ["container.restart", "lease.revoke", "lease.gone"],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        var users = given.Select(one => one.User).ToList();
        ground.AtRestart += async _ => await WithoutRightsAsync(ground, users);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal([SagaGround.Worker], ground.Restarted);
        Assert.False(await ground.OpensAsync((given[0].User, given[0].Password)));
    }

    [Theory]
    [InlineData("psra-ltsd-app")]
    [InlineData("rentguy-dyn/none")]
    [InlineData("rentguy-none")]
    public async Task A_lease_of_another_tenant_is_as_one_that_is_not_there(string target)
    {
        var (ground, _) = await GroundAsync(1);
        await using var __ = ground;
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync("lease.revoke", target)
        );
        Assert.Contains("has no lease", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logins_that_were_not_found_by_their_names_are_not_called_gone()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        // Renamed by hand: no name of the usual form is left.
        await ground.SqlAsync($"alter role \"{given[0].User}\" rename to \"renamed {given[0].User}\"");
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        Assert.Equal(["lease.revoke"], proposal.Plan.Steps.Select(step => step.Verb));
        Assert.Contains(
            proposal.Plan.Untouched,
            text => text.Contains("no login on shared", StringComparison.OrdinalIgnoreCase)
        );
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.DoesNotContain("0 logins gone", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("not known", ended.Outcome.Text, StringComparison.Ordinal);
        await ground.SqlAsync($"drop role \"renamed {given[0].User}\"");
    }

    [Theory]
    [InlineData("shared")]
    [InlineData("another-connection-of-it")]
    public async Task A_login_of_another_role_whose_name_begins_alike_is_not_named(string connection)
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        const string alike = "rentguy-else";
        await ground.VaultAsync(
            "POST",
            $"/v1/database/roles/{alike}",
            $$"""{"db_name": "{{connection}}", "default_ttl": "1h", "creation_statements": "x"}"""
        );
        ground.Upstreams.Clock.Advance(TimeSpan.FromSeconds(10));
        var theirs = await ground.GivenAsync(alike);
        var mine = await ground.GivenAsync(Role);
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        Assert.DoesNotContain(
            proposal.Plan.Changes,
            change => change.What.Contains(theirs.User, StringComparison.Ordinal)
        );
        // Of which of the two it is can't be told by its name, so it is not named either; the first one can.
        Assert.DoesNotContain(
            proposal.Plan.Changes,
            change => change.What.Contains(mine.User, StringComparison.Ordinal)
        );
        Assert.Contains(proposal.Plan.Changes, change => change.What.Contains(given[0].User, StringComparison.Ordinal));
        Assert.Contains(proposal.Plan.Untouched, text => text.Contains("1 of 2", StringComparison.Ordinal));
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Contains("1 login gone on shared", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("1 of them", ended.Outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_on_the_way_it_says_which_are_gone_and_which_are_left()
    {
        var (ground, given) = await GroundAsync(10);
        await using var _ = ground;
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("after POST /v1/sys/leases/revoke", 7);
        var proposal = await mortal.ProposeAsync("lease.revoke", Role);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await mortal.Proposals.CancelAsync(Callers.Operator, proposal.Id, TestContext.Current.CancellationToken);
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Cancelled);
        Assert.Contains("8 of 10 leases are gone", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains("2 are left", ended.Outcome.Text, StringComparison.Ordinal);
        var left = (await ground.LeasesAsync(Role)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, left.Count);
        Assert.All(left, id => Assert.Contains(id, ended.Outcome.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_leases_of_a_role_whose_name_begins_alike_may_not_be_seen_no_login_is_named()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        const string alike = "rentguy-else";
        await ground.VaultAsync(
            "POST",
            $"/v1/database/roles/{alike}",
            """{"db_name": "shared", "default_ttl": "1h", "creation_statements": "x"}"""
        );
        await ground.GivenAsync(alike);
        await ground.DenyAsync($"sys/leases/lookup/database/creds/{alike}*");
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        Assert.Equal(["lease.revoke"], proposal.Plan.Steps.Select(step => step.Verb));
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.False(await ground.OpensAsync((given[0].User, given[0].Password)));
    }

    private static void Label(SagaGround ground) =>
        ground.Shop.Fleet.Change(
            new string('b', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string> { ["sevensa.secret.db"] = $"database/creds/{Role}" },
                }
        );

    [Theory]
    [InlineData(3, ProposalState.Succeeded, "3 logins gone on shared")]
    [InlineData(10, ProposalState.Cancelled, "8 of 10 leases are gone")]
    public async Task Cancelled_while_it_revokes_it_says_what_was_done(int count, ProposalState end, string words)
    {
        var (ground, given) = await GroundAsync(count);
        await using var _ = ground;
        await WithoutRightsAsync(ground, given.Select(one => one.User));
        Label(ground);
        var mortal = ground.Mortal(0, out var pause);
        pause.At("after POST /v1/sys/leases/revoke", Math.Min(count, 8) - 1);
        var proposal = await mortal.ProposeAsync("lease.revoke", Role);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await pause.Died.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        await mortal.Proposals.CancelAsync(Callers.Operator, proposal.Id, TestContext.Current.CancellationToken);
        pause.GoOn();
        var ended = await mortal.UntilAsync(proposal.Id, end);
        Assert.Contains(words, ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Equal(
            end == ProposalState.Cancelled,
            ended.Outcome.Text.Contains($"{SagaGround.Worker} was restarted before", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("before anything was revoked", ended.Outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_before_it_revokes_it_says_who_was_restarted()
    {
        var (ground, given) = await GroundAsync(1);
        await using var _ = ground;
        Label(ground);
        var proposal = await ground.Shop.ProposeAsync("lease.revoke", Role);
        ground.AtRestart = _ =>
            ground.Shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, TestContext.Current.CancellationToken);
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Cancelled);
        Assert.Equal(
            $"Cancelled before anything was revoked. {SagaGround.Worker} was restarted before.",
            ended.Outcome!.Text
        );
        Assert.True(await ground.OpensAsync((given[0].User, given[0].Password)));
    }

    [Theory]
    [InlineData("sys/leases/revoke", "0 of 3 leases are gone")]
    [InlineData("sys/leases/*", "are gone is not known")]
    public async Task What_a_policy_does_not_let_be_revoked_ends_with_what_to_do(string denied, string words)
    {
        var (ground, given) = await GroundAsync();
        await using var _ = ground;
        Label(ground);
        ground.AtRestart = _ => ground.DenyAsync(denied);
        var ended = await EndedAsync(ground, Role, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Contains("update on sys/leases/revoke", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Contains(words, ended.Outcome.Text, StringComparison.Ordinal);
        Assert.True(await ground.OpensAsync((given[0].User, given[0].Password)));
    }
}
