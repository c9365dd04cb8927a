using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Each rule refuses what it is there for, and Docker is not asked to do anything then.</summary>
public class VerifierTests
{
    private static async Task RefusesAsync(
        string code,
        Func<Desk, ContainerFacts, SignedEnvelope> deliver,
        string? policy = null
    )
    {
        await using var desk = new Desk(policy: policy);
        var container = desk.Engine.Add("rentguy-api-1");
        var delivery = await desk.Actions.DeliverAsync(deliver(desk, container));
        Assert.False(delivery.Accepted);
        Assert.Equal(code, delivery.RefusalCode);
        Assert.NotEmpty(delivery.Refusal!);
        Assert.Empty(desk.Engine.Calls);
    }

    [Fact]
    public Task A_forged_signature() =>
        RefusesAsync(
            "badSignature",
            (desk, container) =>
            {
                using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                var forged = Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), other);
                return forged with { KeyId = ActionKeyId.Of(desk.Key.ExportSubjectPublicKeyInfo()) };
            }
        );

    [Fact]
    public Task Another_key_however_well_it_signs() =>
        RefusesAsync(
            "badSignature",
            (desk, container) =>
            {
                using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                return Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), other);
            }
        );

    [Fact]
    public Task One_altered_byte() =>
        RefusesAsync(
            "badSignature",
            (desk, container) =>
            {
                var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
                var text = Encoding.UTF8.GetString(envelope.Payload);
                return envelope with
                {
                    Payload = Encoding.UTF8.GetBytes(text.Replace("\"p1\"", "\"p2\"", StringComparison.Ordinal)),
                };
            }
        );

    [Fact]
    public Task What_can_not_be_read() =>
        RefusesAsync("malformed", (desk, _) => Samples.Envelope("{\"protocol\":1,"u8.ToArray(), desk.Key));

    [Fact]
    public Task What_lacks_a_plan() =>
        RefusesAsync(
            "malformed",
            (desk, _) =>
                Samples.Envelope(
                    System.Text.Encoding.UTF8.GetBytes($$"""{"protocol":{{RunnerProtocol.Current}},"actionId":"p1"}"""),
                    desk.Key
                )
        );

    [Theory]
    [InlineData(RunnerProtocol.Current + 2)]
    [InlineData(RunnerProtocol.Current - 2)]
    public Task A_protocol_too_far_away(int protocol) =>
        RefusesAsync(
            "protocol",
            (desk, container) =>
                Samples.Envelope(desk.Signed(Samples.Restart("p1", container)) with { Protocol = protocol }, desk.Key)
        );

    [Fact]
    public async Task A_neighbouring_protocol_is_taken_with_members_this_one_does_not_know()
    {
        await using var desk = new Desk();
        var action = desk.Signed(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"))) with
        {
            Protocol = RunnerProtocol.Current + 1,
        };
        var json = JsonSerializer.SerializeToNode(action, ActionJson.Default.SignedAction)!;
        json["plan"]!["addedLater"] = "x";
        json["planHash"] = CanonicalJson.Hash(JsonSerializer.SerializeToElement(json["plan"]));
        var delivery = await desk.Actions.DeliverAsync(
            Samples.Envelope(Encoding.UTF8.GetBytes(json.ToJsonString()), desk.Key)
        );
        Assert.True(delivery.Accepted, delivery.Refusal);
    }

    [Fact]
    public Task Another_hosts_action() =>
        RefusesAsync(
            "wrongHost",
            (desk, container) =>
                Samples.Envelope(desk.Signed(Samples.Restart("p1", container)) with { HostId = "other" }, desk.Key)
        );

    [Fact]
    public Task A_plan_for_another_host_in_an_action_for_this_one() =>
        RefusesAsync(
            "wrongHost",
            (desk, container) =>
            {
                var plan = Samples.Restart("p1", container) with
                {
                    Executor = new PlanExecutor(PlanExecutor.Runner, "other"),
                };
                return Samples.Envelope(desk.Signed(plan), desk.Key);
            }
        );

    [Fact]
    public Task What_has_expired() =>
        RefusesAsync(
            "expired",
            (desk, container) =>
            {
                var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
                desk.Time.Advance(TimeSpan.FromMinutes(11));
                return envelope;
            }
        );

    [Fact]
    public Task What_was_issued_in_the_future() =>
        RefusesAsync(
            "clock",
            (desk, container) =>
                Samples.Envelope(
                    Samples.Signed(Samples.Restart("p1", container), desk.Time.GetUtcNow().AddMinutes(5)),
                    desk.Key
                )
        );

    [Fact]
    public Task A_plan_that_is_not_the_approved_one() =>
        RefusesAsync(
            "planMismatch",
            (desk, container) =>
            {
                var action = desk.Signed(Samples.Restart("p1", container));
                return Samples.Envelope(
                    action with
                    {
                        Plan = action.Plan with { Target = "something else" },
                    },
                    desk.Key
                );
            }
        );

    [Fact]
    public Task A_plan_approved_for_another_proposal() =>
        RefusesAsync(
            "planMismatch",
            (desk, container) =>
                Samples.Envelope(desk.Signed(Samples.Restart("p1", container)) with { ActionId = "p2" }, desk.Key)
        );

    [Fact]
    public Task What_nobody_approved() =>
        RefusesAsync(
            "notApproved",
            (desk, container) =>
                Samples.Envelope(desk.Signed(Samples.Restart("p1", container)) with { Approvals = [] }, desk.Key)
        );

    [Fact]
    public Task A_verb_this_runner_does_not_know() =>
        RefusesAsync(
            "unknownStep",
            (desk, container) =>
            {
                var plan = Samples.Restart("p1", container);
                return Samples.Envelope(
                    desk.Signed(plan with { Steps = [plan.Steps[0] with { Verb = "container.exec" }] }),
                    desk.Key
                );
            }
        );

    [Fact]
    public Task A_step_on_a_container_the_plan_does_not_name() =>
        RefusesAsync(
            "unknownStep",
            (desk, container) =>
            {
                var other = desk.Engine.Add("witcom-db-1");
                var plan = Samples.Restart("p1", container);
                return Samples.Envelope(
                    desk.Signed(plan with { Steps = [plan.Steps[0] with { On = other.Id }] }),
                    desk.Key
                );
            }
        );

    [Fact]
    public Task A_container_that_is_gone() =>
        RefusesAsync(
            "stale",
            (desk, _) => Samples.Envelope(desk.Signed(Samples.Restart("p1", Samples.Container("gone"))), desk.Key)
        );

    [Theory]
    [InlineData("state", "exited")]
    [InlineData("image", "rentguy/api@sha256:9999")]
    [InlineData("configuration", "beef")]
    [InlineData("name", "renamed")]
    public async Task A_world_that_changed_is_told_in_words(string what, string now)
    {
        await using var desk = new Desk();
        var planned = desk.Engine.Add("rentguy-api-1");
        var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", planned)), desk.Key);
        desk.Engine.Containers[planned.Id] = what switch
        {
            "state" => planned with { State = now },
            "image" => planned with { ImageDigest = now },
            "name" => planned with { Name = now },
            _ => planned with { ConfigHash = now },
        };
        var delivery = await desk.Actions.DeliverAsync(envelope);
        Assert.Equal("stale", delivery.RefusalCode);
        Assert.Contains(what, delivery.Refusal, StringComparison.Ordinal);
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal(ProposalState.Refused, outcome.State);
        Assert.Single(outcome.Differences!);
        Assert.Empty(desk.Engine.Calls);
    }

    [Fact]
    public Task A_fingerprint_that_is_not_the_containers() =>
        RefusesAsync(
            "planMismatch",
            (desk, container) =>
                Samples.Envelope(desk.Signed(Samples.Restart("p1", container) with { World = "00" }), desk.Key)
        );

    [Fact]
    public async Task A_restart_in_between_does_not_make_a_plan_stale()
    {
        await using var desk = new Desk();
        var planned = desk.Engine.Add("rentguy-api-1");
        var plan = Samples.Restart("p1", planned);
        desk.Engine.Containers[planned.Id] = planned with
        {
            StartedAtUnixMs = planned.StartedAtUnixMs + 1000,
            RestartCount = 3,
        };
        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(plan)).State);
    }

    [Theory]
    [InlineData("running", "restarting")]
    [InlineData("restarting", "running")]
    public async Task A_container_that_crashes_again_and_again_is_both_by_turns_and_can_be_acted_on(
        string then,
        string now
    )
    {
        await using var desk = new Desk();
        var planned = desk.Engine.Add("rentguy-api-1") with { State = then };
        desk.Engine.Containers[planned.Id] = planned with { State = now };
        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(Samples.Restart("p1", planned))).State);
    }

    [Fact]
    public Task The_products_own_container() =>
        RefusesAsync(
            "ownContainer",
            (desk, container) =>
            {
                desk.Engine.Containers[container.Id] = container with { SelfOf = "runner" };
                return Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
            }
        );

    [Fact]
    public Task Another_tenants_container() =>
        RefusesAsync(
            "wrongTenant",
            (desk, container) =>
            {
                desk.Engine.Containers[container.Id] = container with { Tenant = "witcom" };
                return Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
            }
        );

    [Fact]
    public Task While_docker_is_silent() =>
        RefusesAsync(
            "engineUnreachable",
            (desk, container) =>
            {
                desk.Engine.Silent = true;
                return Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
            }
        );

    [Theory]
    [InlineData("kinds: [container.start]")]
    [InlineData("tenants: [witcom]")]
    [InlineData("images: [\"witcom/*\"]")]
    [InlineData("labels: { sevensa.allow: \"true\" }")]
    [InlineData("hours: [\"22:00-06:00\"]")]
    [InlineData("kinds: [container.restart\n- broken")]
    public async Task What_the_hosts_own_policy_does_not_allow(string yaml)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, yaml);
        await RefusesAsync(
            "localPolicy",
            (desk, container) => Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key),
            file
        );
        File.Delete(file);
    }

    [Fact]
    public async Task What_the_hosts_own_policy_allows_is_done_and_a_changed_file_counts_at_once()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            "kinds: [container.restart]\ntenants: [rentguy]\nimages: [\"rentguy/*\"]\nlabels: { sevensa.service: api }\nhours: [\"Fri 08:00-18:00\"]"
        );
        await using (var desk = new Desk(policy: file))
        {
            var container = desk.Engine.Add("rentguy-api-1");
            Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(Samples.Restart("p1", container))).State);
            await File.WriteAllTextAsync(file, "kinds: []");
            Assert.Equal("localPolicy", (await desk.DeliverAsync(Samples.Restart("p2", container))).RefusalCode);
        }
        File.Delete(file);
    }

    [Fact]
    public async Task A_second_action_on_a_container_that_is_busy()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        var held = new TaskCompletionSource();
        desk.Engine.OnCall = _ => held.Task;
        Assert.True((await desk.DeliverAsync(Samples.Restart("p1", container))).Accepted);
        Assert.Equal("busy", (await desk.DeliverAsync(Samples.Restart("p2", container))).RefusalCode);
        held.SetResult();
        await desk.Actions.IdleAsync();
        Assert.Single(desk.Engine.Calls);
        Assert.True((await desk.DeliverAsync(Samples.Restart("p3", container))).Accepted);
    }

    [Fact]
    public async Task A_refusal_stays_a_refusal_when_the_world_fits_later()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", container)), desk.Key);
        desk.Engine.Containers[container.Id] = container with { State = "paused" };
        var first = await desk.Actions.DeliverAsync(envelope);
        desk.Engine.Containers[container.Id] = container;
        Assert.Equal(first, await desk.Actions.DeliverAsync(envelope));
        Assert.Empty(desk.Engine.Calls);
    }

    [Fact]
    public async Task A_forgery_can_not_use_up_the_id_of_an_honest_action()
    {
        await using var desk = new Desk();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var plan = Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"));
        Assert.False((await desk.Actions.DeliverAsync(Samples.Envelope(desk.Signed(plan), other))).Accepted);
        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(plan)).State);
    }
}
