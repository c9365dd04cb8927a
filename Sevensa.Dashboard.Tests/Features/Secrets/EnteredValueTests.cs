using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A value that was issued elsewhere: asked for when the approved plan runs, and then in Vault and nowhere else.</summary>
public class EnteredValueTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Target = "web/payment-provider";
    private const string Key = "secret_key";
    private const string Data = "/v1/secret/data/rentguy/web/payment-provider";
    private const string Marker = "sk_live_marker-of-what-was-entered";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<SagaGround> GroundAsync()
    {
        var ground = await SagaGround.StartAsync(instance);
        foreach (var id in (string[])[new('a', 64), new('b', 64)])
        {
            ground.Shop.Fleet.Change(
                id,
                facts => facts with { Labels = new Dictionary<string, string> { ["sevensa.secret.pay"] = Target } }
            );
        }
        return ground;
    }

    private static Task<Proposal> ProposeAsync(Workshop shop) =>
        shop.ProposeAsync(EnterSecret.Kind, Target, $$"""{"key": "{{Key}}"}""");

    /// <summary>Approved, and at the step that waits.</summary>
    private static async Task<Proposal> WaitingAsync(SagaGround ground, Workshop? by = null)
    {
        var proposal = await ProposeAsync(by ?? ground.Shop);
        await (by ?? ground.Shop).ApproveAsync(proposal);
        await ToldAsync(ground, proposal.Id, "Waiting for secret_key");
        return proposal;
    }

    private static async Task ToldAsync(SagaGround ground, string id, string words)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        await foreach (var told in ground.Shop.Proposals.EventsAsync(Callers.Admin, id, 0, patience.Token))
        {
            if (told.Data.ToString().Contains(words, StringComparison.Ordinal))
            {
                return;
            }
        }
        Assert.Fail($"It was never told: {words}");
    }

    /// <summary>Has the shop's time go on, step by step, until it has ended.</summary>
    private static async Task<Proposal> InTimeAsync(SagaGround ground, string id, ProposalState end, TimeSpan step)
    {
        var ending = ground.Shop.UntilAsync(id, end);
        while (!ending.IsCompleted)
        {
            ground.Shop.Time.Advance(step);
            await Task.WhenAny(ending, Task.Delay(20, Cancellation));
        }
        return await ending;
    }

    private static async Task<EnteredAnswer> EnterAsync(
        SagaGround ground,
        string value = Marker,
        int version = 2,
        string key = Key,
        Caller? caller = null,
        string? proof = null
    )
    {
        var services = ground.Shop.Services;
        var who = caller ?? Callers.Admin;
        proof ??= (
            await services
                .GetRequiredService<SecretDeeds>()
                .ProveAsync(who, "rentguy", SecretDeeds.Enter, Target, "right", Cancellation)
        ).Proof;
        return await services
            .GetRequiredService<EnteredValues>()
            .EnterAsync(
                who,
                "rentguy",
                new EnteredWish
                {
                    Path = Target,
                    Key = key,
                    Version = version,
                    Value = value,
                    StepUp = proof,
                },
                Cancellation
            );
    }

    private static async Task<string> RefusedAsync(Func<Task> entering) =>
        (await Assert.ThrowsAsync<SecretDeedException>(entering)).Code;

    [Fact]
    public async Task It_goes_to_vault_once_the_plan_runs_and_is_nowhere_else()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var proposal = await ProposeAsync(ground.Shop);
        Assert.Equal(Risk.Medium, proposal.Risk);
        Assert.Equal($"Enter {Key} of rentguy/{Target} and restart rentguy-api, rentguy-worker-1", proposal.Title);
        Assert.Equal(
            ["secret.read", "secret.write", "secret.verify", "container.restart", "container.restart"],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        // Not before it is approved and runs.
        Assert.Equal("notAwaited", await RefusedAsync(() => EnterAsync(ground)));
        Assert.Equal(before, await ground.DataAsync(Data));

        await ground.Shop.ApproveAsync(proposal);
        await ToldAsync(ground, proposal.Id, "Waiting for secret_key");
        Assert.Empty(ground.Restarted);
        var answer = await EnterAsync(ground);
        Assert.Equal((3, proposal.Id), (answer.Version, answer.Proposal));
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);

        var after = await ground.DataAsync(Data);
        Assert.Equal(Marker, after[Key]);
        Assert.Equal(before["publishable_key"], after["publishable_key"]);
        Assert.Equal([SagaGround.Api, SagaGround.Worker], ground.Restarted);
        Assert.Contains(ground.Shop.Audit.Entries, entry => entry is { Action: "secret.entered", Target: Target });
        foreach (
            var written in (string[])
                [
                    JsonSerializer.Serialize(ended),
                    JsonSerializer.Serialize(answer),
                    JsonSerializer.Serialize(await ground.Shop.EventsOfAsync(proposal.Id)),
                    JsonSerializer.Serialize(ground.Shop.Audit.Entries),
                    await ground.StoreAsync(),
                    .. ground.Logs,
                ]
        )
        {
            Assert.DoesNotContain(Marker, written);
            Assert.DoesNotContain(before[Key], written);
        }
        Assert.Equal("notAwaited", await RefusedAsync(() => EnterAsync(ground, "another", 3)));
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_without_a_trace_of_it_and_the_plan_waits_on()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var proposal = await WaitingAsync(ground);
        Assert.Equal("notAwaited", await RefusedAsync(() => EnterAsync(ground, version: 1)));
        Assert.Equal("notAwaited", await RefusedAsync(() => EnterAsync(ground, key: "publishable_key")));
        Assert.Equal("same", await RefusedAsync(() => EnterAsync(ground, before[Key])));
        Assert.Equal("size", await RefusedAsync(() => EnterAsync(ground, "")));
        Assert.Equal("size", await RefusedAsync(() => EnterAsync(ground, new string('x', 1_000_001))));
        Assert.Equal("size", await RefusedAsync(() => EnterAsync(ground, new string('"', 600_000))));
        await Assert.ThrowsAsync<ForbiddenException>(() => EnterAsync(ground, caller: Callers.Operator));
        var unproved = await Assert.ThrowsAsync<ForbiddenException>(() => EnterAsync(ground, proof: "none"));
        Assert.Equal("stepUpRequired", unproved.Code);
        var handed = await ground
            .Shop.Services.GetRequiredService<SecretDeeds>()
            .ProveAsync(Callers.Admin, "rentguy", SecretDeeds.HandOver, Target, "right", Cancellation);
        await Assert.ThrowsAsync<ForbiddenException>(() => EnterAsync(ground, proof: handed.Proof));
        await ground.Shop.Stop.StopAsync(Callers.Admin, "a look", Cancellation);
        Assert.Equal("stopped", await RefusedAsync(() => EnterAsync(ground)));
        await ground.Shop.Stop.ResumeAsync(Callers.Admin, null, Cancellation);
        Assert.Equal(before, await ground.DataAsync(Data));
        await EnterAsync(ground);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }

    [Fact]
    public async Task Who_was_faster_is_not_written_over()
    {
        await using var ground = await GroundAsync();
        var proposal = await WaitingAsync(ground);
        await ground.VaultAsync("POST", Data, """{"data": {"publishable_key": "theirs", "secret_key": "theirs"}}""");
        // The plan itself may have seen it first.
        Assert.Contains(await RefusedAsync(() => EnterAsync(ground)), (string[])["changedMeanwhile", "notAwaited"]);
        var ended = await InTimeAsync(ground, proposal.Id, ProposalState.Refused, TimeSpan.FromSeconds(2));
        Assert.Equal("stale", ended.Outcome!.Code);
        Assert.Equal("theirs", (await ground.DataAsync(Data))[Key]);
        Assert.Empty(ground.Restarted);
    }

    [Fact]
    public async Task Nobody_enters_it_or_it_is_cancelled_and_nothing_is_written()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var cancelled = await WaitingAsync(ground);
        await ground.Shop.Proposals.CancelAsync(Callers.Operator, cancelled.Id, Cancellation);
        await ground.Shop.UntilAsync(cancelled.Id, ProposalState.Cancelled);

        var left = await WaitingAsync(ground);
        var ended = await InTimeAsync(ground, left.Id, ProposalState.Failed, TimeSpan.FromMinutes(1));
        Assert.Equal("notEntered", ended.Outcome!.Code);
        Assert.Equal(before, await ground.DataAsync(Data));
        Assert.Empty(ground.Restarted);
        // A step told as failed would have whoever takes it over right then take back what is entered meanwhile.
        Assert.DoesNotContain(
            await ground.Shop.EventsOfAsync(left.Id),
            told => told.Type == "step" && told.Data.GetProperty("status").GetString() == "failed"
        );
    }

    [Fact]
    public async Task What_was_written_is_not_called_unwritten_because_vault_can_t_be_asked()
    {
        await using var ground = await GroundAsync();
        var proposal = await WaitingAsync(ground);
        var written = false;
        ground.Proxy.Answers = request =>
        {
            written |= request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath == Data;
            return written && request.Method == HttpMethod.Get ? 503 : null;
        };
        await EnterAsync(ground);
        var waits = await InTimeAsync(ground, proposal.Id, ProposalState.Unknown, TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("Nothing was written", waits.Outcome!.Text, StringComparison.Ordinal);
        ground.Proxy.Answers = _ => null;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(Marker, (await ground.DataAsync(Data))[Key]);
        Assert.Equal([SagaGround.Api, SagaGround.Worker], ground.Restarted);
    }

    [Fact]
    public async Task A_lost_answer_to_the_write_is_looked_for_and_told_as_written()
    {
        await using var ground = await GroundAsync();
        var proposal = await WaitingAsync(ground);
        ground.Proxy.Loses = request => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath == Data;
        var answer = await EnterAsync(ground);
        Assert.Equal(3, answer.Version);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Contains(ground.Shop.Audit.Entries, entry => entry is { Action: "secret.entered", Target: Target });
        Assert.Equal(Marker, (await ground.DataAsync(Data))[Key]);
    }

    [Fact]
    public async Task Whether_it_was_written_may_not_be_known_and_a_second_try_does_no_harm()
    {
        await using var ground = await GroundAsync();
        var proposal = await WaitingAsync(ground);
        var lost = false;
        ground.Proxy.Loses = request =>
            lost |= request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath == Data;
        Assert.Equal("notKnown", await RefusedAsync(() => EnterAsync(ground)));
        Assert.DoesNotContain(ground.Shop.Audit.Entries, entry => entry.Action == "secret.entered");
        ground.Proxy.Loses = _ => false;
        // The plan has not looked yet: its time stands still.
        Assert.Equal(3, (await EnterAsync(ground)).Version);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(Marker, (await ground.DataAsync(Data))[Key]);
    }

    [Fact]
    public async Task The_dashboard_may_die_while_it_waits()
    {
        await using var ground = await GroundAsync();
        var mortal = ground.Mortal(0, out var deaths);
        // The first look is the plan's reading step; it dies at the one that waits.
        deaths.At("before GET /v1/secret/metadata/rentguy/web/payment-provider", 1);
        var proposal = await ProposeAsync(mortal);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        await EnterAsync(ground);
        Assert.Empty(ground.Restarted);

        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(Marker, (await ground.DataAsync(Data))[Key]);
        Assert.Equal([SagaGround.Api, SagaGround.Worker], ground.Restarted);
    }

    [Fact]
    public async Task With_a_consumer_that_does_not_come_up_the_former_value_is_back()
    {
        await using var ground = await GroundAsync();
        var before = await ground.DataAsync(Data);
        var broken = 0;
        ground.Breaks = (name, _) => name == SagaGround.Worker && Interlocked.Increment(ref broken) == 1;
        var proposal = await WaitingAsync(ground);
        await EnterAsync(ground);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal(before, await ground.DataAsync(Data));
        Assert.Equal([SagaGround.Api, SagaGround.Worker, SagaGround.Api, SagaGround.Worker], ground.Restarted);
    }

    [Fact]
    public async Task Numbers_beside_it_stay_as_vault_gives_them()
    {
        await using var ground = await GroundAsync();
        await ground.VaultAsync(
            "POST",
            Data,
            """{"data": {"secret_key": "k", "account": 9007199254740993, "rate": 1.10}}"""
        );
        string Others(string body) =>
            string.Join(
                ' ',
                JsonDocument
                    .Parse(body)
                    .RootElement.GetProperty("data")
                    .GetProperty("data")
                    .EnumerateObject()
                    .Where(one => one.Name != Key)
                    .Select(one => one.Value.GetRawText())
            );
        async Task<string> ReadAsync() =>
            (
                await ground.Upstreams.SendAsync(
                    "openbao",
                    "GET",
                    Data,
                    headers: new Dictionary<string, string> { ["X-Vault-Token"] = "sandbox-root" }
                )
            ).Body;
        var before = Others(await ReadAsync());
        var proposal = await WaitingAsync(ground);
        await EnterAsync(ground, version: 3);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal(before, Others(await ReadAsync()));
    }
}
