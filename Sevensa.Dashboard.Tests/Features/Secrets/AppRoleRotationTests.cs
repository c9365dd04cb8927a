using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;
using static Sevensa.Dashboard.Tests.Features.Secrets.AppRoleGround;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>An AppRole's secret id is renewed where its consumer reads it; at no moment is one there that does not log in.</summary>
public class AppRoleRotationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<SagaGround> GroundAsync(string role = Role, string? roleId = null) =>
        StartAsync(instance, role, roleId);

    [Fact]
    public async Task The_new_one_is_in_use_and_the_former_one_is_destroyed()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        Assert.Equal(
            ["secret.read", "secret.write", "secret.verify", "container.restart", "secret.retire-id"],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(Data);
        Assert.NotEqual(before["secret_id"], after["secret_id"]);
        Assert.Equal((before["role_id"], before["api_token"]), (after["role_id"], after["api_token"]));
        Assert.True(await LogsInAsync(ground, after));
        Assert.False(await LogsInAsync(ground, before), "the former secret id still logs in");
        Assert.Equal(1, await CountAsync(ground));
        Assert.Equal([SagaGround.Api], ground.Restarted);
        foreach (
            var line in (string[])
                [
                    JsonSerializer.Serialize(ended),
                    JsonSerializer.Serialize(await ground.Shop.EventsOfAsync(proposal.Id)),
                    await ground.StoreAsync(),
                    .. ground.Logs,
                ]
        )
        {
            Assert.DoesNotContain(after["secret_id"], line, StringComparison.Ordinal);
            Assert.DoesNotContain(before["secret_id"], line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_consumer_that_does_not_come_up_has_the_former_one_back_and_the_new_one_is_gone()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var restarts = 0;
        ground.Breaks = (_, _) => Interlocked.Increment(ref restarts) == 1;
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal(before, await ground.DataAsync(Data));
        Assert.True(await LogsInAsync(ground, before));
        Assert.Equal(1, await CountAsync(ground));
    }

    [Theory]
    [InlineData("after POST /v1/auth/approle/role/rentguy-ci/secret-id")]
    [InlineData("after POST /v1/secret/data/rentguy/ci/vault")]
    [InlineData("after a restart")]
    [InlineData("before POST /v1/auth/approle/role/rentguy-ci/secret-id-accessor/destroy")]
    [InlineData("after POST /v1/auth/approle/role/rentguy-ci/secret-id-accessor/destroy")]
    public async Task Wherever_the_dashboard_dies_one_is_left_and_it_logs_in(string place)
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At(place);
        var proposal = await mortal.ProposeAsync("secret.rotate", Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        var current = await ground.DataAsync(Data);
        Assert.True(await LogsInAsync(ground, current), "what is current does not log in");
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(Data);
        Assert.NotEqual(before["secret_id"], after["secret_id"]);
        Assert.True(await LogsInAsync(ground, after));
        Assert.False(await LogsInAsync(ground, before));
        Assert.Equal(1, await CountAsync(ground));
    }

    [Fact]
    public async Task One_that_may_not_be_destroyed_is_told_and_the_new_one_stays_in_use()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        await ground.DenyAsync($"auth/approle/role/{Role}/secret-id-accessor/destroy");
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Contains("in use everywhere", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.NotEqual(before["secret_id"], (await ground.DataAsync(Data))["secret_id"]);
        Assert.True(await LogsInAsync(ground, await ground.DataAsync(Data)));
    }

    [Fact]
    public async Task What_one_died_with_is_nobodys_once_somebody_else_has_written()
    {
        await using var ground = await GroundAsync();
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("after POST /v1/auth/approle/role/rentguy-ci/secret-id");
        var proposal = await mortal.ProposeAsync("secret.rotate", Target);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        var theirs = await ground.DataAsync(Data);
        await WriteAsync(
            ground,
            new()
            {
                ["role_id"] = theirs["role_id"],
                ["secret_id"] = theirs["secret_id"],
                ["api_token"] = "theirs",
            }
        );
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Refused);
        Assert.Equal(1, await CountAsync(ground));
        Assert.True(await LogsInAsync(ground, await ground.DataAsync(Data)));
    }

    [Fact]
    public async Task One_that_may_not_be_made_leaves_all_as_it_was_and_says_so()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        await ground.DenyAsync($"auth/approle/role/{Role}/secret-id");
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.EndsWith("Nothing was changed.", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal(before, await ground.DataAsync(Data));
    }

    [Fact]
    public async Task One_that_is_taken_back_and_may_not_be_destroyed_is_named_beside()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var restarts = 0;
        ground.Breaks = (_, _) => Interlocked.Increment(ref restarts) == 1;
        await ground.DenyAsync($"auth/approle/role/{Role}/secret-id-accessor/destroy");
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Contains("is still alive", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Contains($"sevensa_proposal={proposal.Id}", ended.Outcome.Text, StringComparison.Ordinal);
        Assert.Equal(before, await ground.DataAsync(Data));
    }

    [Fact]
    public async Task Another_key_of_the_secret_is_rotated_by_itself()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target, """{"key": "api_token"}""");
        Assert.DoesNotContain(proposal.Plan.Steps, step => step.Verb == "secret.retire-id");
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(Data);
        Assert.Equal((before["secret_id"], 32), (after["secret_id"], after["api_token"].Length));
        Assert.True(await LogsInAsync(ground, after));
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync("secret.rotate", Target, """{"key": "api_token", "more": ["secret_id"]}""")
        );
        Assert.Contains("AppRole", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_a_key_of_another_name_it_is_found_by_what_vault_knows()
    {
        await using var ground = await StartAsync(instance, key: "sid");
        var before = await ground.DataAsync(Data);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(Data);
        Assert.Equal(before["api_token"], after["api_token"]);
        Assert.True(await LogsInAsync(ground, after, "sid"));
        Assert.False(await LogsInAsync(ground, before, "sid"));
    }

    [Fact]
    public async Task The_new_one_is_bound_and_marked_as_the_former_one_was()
    {
        await using var ground = await StartAsync(
            instance,
            asked: """{"cidr_list": ["10.1.0.0/16"], "token_bound_cidrs": ["10.1.0.0/16"], "metadata": "{\"app\": \"ci\"}"}"""
        );
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        Assert.Contains(proposal.Plan.Untouched, text => text.Contains("10.1.0.0/16", StringComparison.Ordinal));
        Assert.Contains(proposal.Plan.Untouched, text => text.EndsWith("metadata: app", StringComparison.Ordinal));
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var known = await KnownAsync(ground, (await ground.DataAsync(Data))["secret_id"]);
        Assert.Equal("10.1.0.0/16", (string?)known["cidr_list"]![0]);
        Assert.Equal("10.1.0.0/16", (string?)known["token_bound_cidrs"]![0]);
        Assert.Equal(
            ("ci", proposal.Id),
            ((string?)known["metadata"]!["app"], (string?)known["metadata"]!["sevensa_proposal"])
        );
        Assert.Equal(1, await CountAsync(ground));
    }

    [Fact]
    public async Task Of_another_tenants_role_or_one_that_does_not_fit_nothing_is_planned()
    {
        await using (var strange = await GroundAsync("witcom-ci"))
        {
            var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
                strange.Shop.ProposeAsync("secret.rotate", Target)
            );
            Assert.Contains("has no AppRole", refused.Message, StringComparison.Ordinal);
        }
        await using var wrong = await GroundAsync(roleId: "of-some-other-role");
        var told = await Assert.ThrowsAsync<CannotPlanException>(() =>
            wrong.Shop.ProposeAsync("secret.rotate", Target)
        );
        Assert.Contains("is not the role id", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("of-some-other-role", told.Message, StringComparison.Ordinal);
    }
}
