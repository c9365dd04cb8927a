using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Policies against a real engine: what breaks is healed, or given up and told, and never by more actions than the budget.</summary>
[TakesLong(90)]
public sealed class PoliciesHealOnRealDocker(PoliciesHealOnRealDocker.Watched fleet)
    : IClassFixture<PoliciesHealOnRealDocker.Watched>,
        IDisposable
{
    private const int Kills = 20;

    /// <summary>What lies in it tells a release to be bad.</summary>
    private readonly string gate = Workspace.NewFolder("gate");

    public void Dispose() => Directory.Delete(gate, recursive: true);

    /// <summary>A fleet whose policies are looked at every second.</summary>
    public sealed class Watched : IAsyncLifetime
    {
        public RealFleet Fleet { get; } =
            new() { Settings = new Dictionary<string, string?> { ["Policies:EverySeconds"] = "1" } };

        public ValueTask InitializeAsync() => Fleet.InitializeAsync();

        public ValueTask DisposeAsync() => Fleet.DisposeAsync();
    }

    private DockerEngine Engine => fleet.Fleet.Engine;

    [Fact]
    public async Task What_breaks_is_healed_or_given_up_and_told_within_the_budget()
    {
        using var operators = await fleet.Fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Fleet.Dashboard.ClientOfAsync("approver");
        using var admin = await fleet.Fleet.Dashboard.ClientOfAsync("admin");
        var policies = new PolicyDriver(admin, operators, approver);
        // Each on a service of its own, all at once: what is waited for is mostly an outcome.
        await Task.WhenAll(
            KilledAgainAndAgainAsync(policies),
            CrashLoopAsync(policies),
            MemoryLeakAsync(policies),
            ReleaseThatDiesAsync(policies, operators),
            DeployThatTurnsUnhealthyAsync(policies, operators, approver)
        );
        Assert.Contains(
            "\"valid\":true",
            (await admin.GetStringAsync(new Uri("/api/v1/audit/verify", UriKind.Relative))).Replace(
                " ",
                "",
                StringComparison.Ordinal
            ),
            StringComparison.Ordinal
        );
    }

    /// <summary>Killed twenty times from outside Docker: started three times, and then it is a person's.</summary>
    private async Task KilledAgainAndAgainAsync(PolicyDriver policies)
    {
        const int budget = 3;
        await StartAsync("killed", 1, "while :; do sleep 1; done", restart: "no");
        var policy = await policies.EnforcedAsync(
            Policy("killed", new { kind = "container", state = "stopped" }, "container.start", budget)
        );
        for (var kill = 1; kill <= Kills; kill++)
        {
            var process = await Eventually.GetAsync<object>(
                $"killed to run for kill {kill}",
                async _ =>
                    (await Engine.InspectAsync("rentguy-killed-1"))["State"] is { } state
                    && state["Running"]!.GetValue<bool>()
                        ? state["Pid"]!.GetValue<int>()
                        : null,
                Patience.Usual,
                () => fleet.Fleet.Dashboard.Process.Tail()
            );
            // Gone already is as good as killed.
            _ = Posix.Kill((int)process, Posix.SigKill);
            await Eventually.TrueAsync(
                "the process to be gone",
                async _ =>
                    !(await Engine.InspectAsync("rentguy-killed-1"))["State"]!["Running"]!.GetValue<bool>()
                    || kill <= budget
            );
            if (kill <= budget)
            {
                await policies.UntilLooksAsync(policy, "acted", kill, "good");
            }
            else if (kill == budget + 1)
            {
                var given = await policies.UntilStageAsync(policy, "shadow");
                Assert.Contains(
                    "budget is spent",
                    given["state"]!["stageWhy"]!.GetValue<string>(),
                    StringComparison.Ordinal
                );
                await Engine.PostAsync("containers/rentguy-killed-1/start");
            }
            else if (kill < Kills)
            {
                await Engine.PostAsync("containers/rentguy-killed-1/start");
            }
        }
        Assert.Equal(budget, (await policies.LooksAsync(policy, "acted")).Count);
        Assert.Empty(await policies.LooksAsync(policy, "proposed"));
    }

    /// <summary>It ends again at once after the one restart that is tried.</summary>
    private async Task CrashLoopAsync(PolicyDriver policies)
    {
        await StartAsync("looping", 1, "sleep 1; exit 3", restart: "always");
        var policy = await policies.EnforcedAsync(
            Policy(
                "looping",
                new
                {
                    kind = "container",
                    state = "crashLoop",
                    count = 2,
                    within = "10m",
                },
                "container.restart",
                2
            )
        );
        var given = await policies.UntilStageAsync(policy, "shadow");
        Assert.NotEmpty(given["state"]!["stageWhy"]!.GetValue<string>());
        Assert.InRange((await policies.LooksAsync(policy, "acted")).Count, 1, 2);
    }

    /// <summary>It fills its memory at its first start only: a restart helps.</summary>
    private async Task MemoryLeakAsync(PolicyDriver policies)
    {
        await StartAsync(
            "leaking",
            1,
            "if test ! -e /var/was; then touch /var/was; dd if=/dev/zero of=/dev/shm/leak bs=1M count=48; fi; while :; do sleep 1; done",
            restart: "always",
            memory: 64 << 20
        );
        var policy = await policies.EnforcedAsync(
            Policy(
                "leaking",
                new
                {
                    kind = "metric",
                    query = "max by (service) (container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0)) > 0.6",
                },
                "container.restart",
                2,
                // Until then a busy host may not have measured again.
                within: "30s"
            )
        );
        await policies.UntilLooksAsync(policy, "acted", 1, "good");
        Assert.Single(await policies.LooksAsync(policy, "acted"));
        Assert.Empty(await policies.LooksAsync(policy, "demoted"));
    }

    /// <summary>Somebody put a release there that dies after a while: the one before comes back.</summary>
    private async Task ReleaseThatDiesAsync(PolicyDriver policies, HttpClient operators)
    {
        await StartAsync("put", 1, "while :; do sleep 1; done", restart: "always");
        await RealWorker.RecordedAsync(operators, "put");
        var policy = await policies.EnforcedAsync(
            Policy(
                "put",
                new
                {
                    kind = "container",
                    state = "crashLoop",
                    count = 2,
                    within = "10m",
                },
                "service.rollback",
                1
            )
        );
        await Engine.RemoveAsync("rentguy-put-1");
        await StartAsync("put", 2, "while test ! -e /gate/put; do sleep 1; done; sleep 1; exit 3", restart: "always");
        await RealWorker.RecordedAsync(operators, "put", 2);
        await File.WriteAllTextAsync(Path.Combine(gate, "put"), "");
        await IsBackAsync(policies, policy, "put");
    }

    /// <summary>It was well when it was deployed, and is not any more: what the watch after it found takes it back.</summary>
    private async Task DeployThatTurnsUnhealthyAsync(PolicyDriver policies, HttpClient operators, HttpClient approver)
    {
        const string every = "HEALTHCHECK --interval=1s --retries=1 CMD";
        await StartAsync("shop", 1, "while :; do sleep 1; done", restart: "always", check: $"{every} true");
        await Engine.ImageAsync(
            "rentguy/shop:2",
            "CMD [\"sh\",\"-c\",\"while :; do sleep 1; done\"]",
            $"{every} test ! -e /gate/shop"
        );
        await RealWorker.ScannedAsync(fleet.Fleet, "rentguy/shop:2");
        await RealWorker.RecordedAsync(operators, "shop");
        var policy = await policies.EnforcedAsync(
            Policy("shop", new { kind = "watch", within = "10m" }, "service.rollback", 1)
        );
        await RealWorker.DoneAsync(operators, approver, "service.deploy", "shop", new { image = "rentguy/shop:2" });
        await RealWorker.RecordedAsync(operators, "shop", 2);
        await File.WriteAllTextAsync(Path.Combine(gate, "shop"), "");
        await IsBackAsync(policies, policy, "shop");
    }

    private async Task IsBackAsync(PolicyDriver policies, string policy, string service)
    {
        await policies.UntilLooksAsync(policy, "acted", 1, "good");
        var now = await Engine.InspectAsync($"rentguy-{service}-1");
        Assert.Equal($"rentguy/{service}:1", now["Config"]!["Image"]!.GetValue<string>());
        Assert.True(now["State"]!["Running"]!.GetValue<bool>());
        Assert.Single(await policies.LooksAsync(policy, "acted"));
        Assert.Empty(await policies.LooksAsync(policy, "demoted"));
    }

    private async Task StartAsync(
        string service,
        int release,
        string runs,
        string restart,
        int? memory = null,
        string? check = null
    )
    {
        var image = $"rentguy/{service}:{release}";
        await Engine.ImageAsync(image, [$"CMD [\"sh\",\"-c\",\"{runs}\"]", .. check is null ? (string[])[] : [check]]);
        await Engine.ContainerAsync(
            $"rentguy-{service}-1",
            image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = service },
            adjust: request =>
            {
                request.Remove("Cmd");
                request["HostConfig"]!["Binds"] = new JsonArray($"{gate}:/gate:ro");
                request["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = restart };
                if (memory is { } most)
                {
                    request["HostConfig"]!["Memory"] = most;
                }
            }
        );
    }

    private static object Policy(string service, object trigger, string kind, int budget, string within = "10s") =>
        new
        {
            tenant = "rentguy",
            name = $"Heal {service}",
            services = new[] { service },
            trigger,
            action = new
            {
                kind,
                parameters = kind == "container.restart" ? new { graceSeconds = 1 } : (object)new { },
            },
            @for = "0s",
            cooldown = "0s",
            budget = new { perHour = budget, perDay = budget },
            outcome = new { within },
        };
}
