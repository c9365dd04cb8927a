using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;
using static Sevensa.Dashboard.Tests.Features.Secrets.AppRoleGround;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>The former secret id of an AppRole lives for as long as somebody may log in by it, and is destroyed by an act of its own.</summary>
public class FormerSecretIdTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static async Task<Proposal> DoneAsync(
        SagaGround ground,
        string kind = "secret.rotate",
        string? parameters = null
    )
    {
        var proposal = await ground.Shop.ProposeAsync(kind, Target, parameters);
        await ground.Shop.ApproveAsync(proposal);
        return await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }

    private static async Task<string> RefusedAsync(SagaGround ground, string kind, string parameters) =>
        (
            await Assert.ThrowsAsync<CannotPlanException>(() => ground.Shop.ProposeAsync(kind, Target, parameters))
        ).Message;

    [Fact]
    public async Task Somebody_who_was_not_restarted_goes_on_logging_in_until_a_person_ends_it()
    {
        await using var ground = await StartAsync(instance, noted: "ci");
        var before = await ground.DataAsync(Data);
        var ended = await DoneAsync(ground);
        Assert.DoesNotContain(ended.Plan.Steps, step => step.Verb == AppRoleSteps.Retire);
        Assert.Contains(
            ended.Plan.Untouched,
            text =>
                text.Contains("ci may log in by it", StringComparison.Ordinal)
                && text.EndsWith("secret.retire-id of ci/vault with version 1", StringComparison.Ordinal)
        );
        Assert.Contains("still logs in", ended.Outcome!.Text, StringComparison.Ordinal);
        var after = await ground.DataAsync(Data);
        Assert.NotEqual(before["secret_id"], after["secret_id"]);
        Assert.True(await LogsInAsync(ground, before), "who was not restarted has no login");
        Assert.True(await LogsInAsync(ground, after));

        Assert.Contains(
            "name a former one",
            await RefusedAsync(ground, RetireSecretId.Kind, """{"version": 2}"""),
            StringComparison.Ordinal
        );
        var retired = await DoneAsync(ground, RetireSecretId.Kind, """{"version": 1}""");
        Assert.Equal((Risk.High, "none"), (retired.Risk, retired.Plan.Undo.Kind));
        Assert.False(await LogsInAsync(ground, before));
        Assert.True(await LogsInAsync(ground, after));
        Assert.Contains(
            "was destroyed before",
            await RefusedAsync(ground, RetireSecretId.Kind, """{"version": 1}"""),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("restart", """{"consumers": "none"}""")]
    [InlineData("none", null)]
    public async Task Who_reads_it_again_by_itself_or_by_nobodys_doing_is_not_locked_out(
        string onChange,
        string? parameters
    )
    {
        await using var ground = await StartAsync(instance, onChange: onChange);
        var before = await ground.DataAsync(Data);
        var ended = await DoneAsync(ground, parameters: parameters);
        Assert.Empty(ended.Plan.Containers);
        Assert.True(await LogsInAsync(ground, before));
        Assert.True(await LogsInAsync(ground, await ground.DataAsync(Data)));
        Assert.Empty(ground.Restarted);
    }

    [Fact]
    public async Task Somebody_who_comes_to_use_it_before_the_approval_is_told()
    {
        await using var ground = await StartAsync(instance);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await NoteAsync(ground, "ci");
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(
            conflict.Differences,
            text => text.StartsWith("ci has come to use it", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task One_that_is_in_use_again_is_not_destroyed()
    {
        await using var ground = await StartAsync(instance, noted: "ci");
        await DoneAsync(ground);
        var proposal = await ground.Shop.ProposeAsync(RetireSecretId.Kind, Target, """{"version": 1}""");
        await DoneAsync(ground, "secret.restore", """{"version": 1}""");
        await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(
            "it is in use",
            await RefusedAsync(ground, RetireSecretId.Kind, """{"version": 1}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task One_of_which_it_may_not_be_asked_whether_it_is_alive_is_not_restored()
    {
        await using var ground = await StartAsync(instance, noted: "ci");
        await DoneAsync(ground);
        await ground.DenyAsync($"auth/approle/role/{Role}/secret-id/lookup");
        Assert.Contains(
            $"can't be told: give the dashboard's Vault policy update on auth/approle/role/{Role}/secret-id/lookup",
            await RefusedAsync(ground, "secret.restore", """{"version": 1}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_version_whose_secret_id_is_destroyed_is_not_restored()
    {
        await using var ground = await StartAsync(instance, noted: "ci");
        var before = await ground.DataAsync(Data);
        await DoneAsync(ground);
        var proposal = await ground.Shop.ProposeAsync("secret.restore", Target, """{"version": 1}""");
        await DestroyAsync(ground, before["secret_id"]);
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => ground.Shop.ApproveAsync(proposal));
        Assert.Contains(conflict.Differences, text => text.Contains("no longer knows", StringComparison.Ordinal));
        Assert.Contains(
            "no longer knows",
            await RefusedAsync(ground, "secret.restore", """{"version": 1}"""),
            StringComparison.Ordinal
        );
    }
}
