using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Databases;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Who has a secret's files mounted from its host's runner uses it, whatever the labels say.</summary>
public class MountedConsumersTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private static readonly string Worker = new('b', 64);

    private static void Mount(SagaGround ground, string tenant, Dictionary<string, string> labels) =>
        ground.Shop.Fleet.Change(
            Worker,
            facts =>
                facts with
                {
                    Labels = labels,
                    Isolation = SecretFilesTests.Mounted($"{SecretMounts.Folder}/{tenant}/{SagaGround.Target}"),
                }
        );

    private static async Task<IReadOnlyList<SecretReader>> ReadersAsync(SagaGround ground) =>
        (
            await ground
                .Shop.Services.GetRequiredService<SecretCatalogue>()
                .FindAsync(
                    new TenantScope(["rentguy"]),
                    "rentguy",
                    SagaGround.Target,
                    TestContext.Current.CancellationToken
                )
        )!.Readers;

    [Fact]
    public async Task Who_mounts_its_files_is_listed_and_restarted()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Mount(ground, "rentguy", []);
        var reader = Assert.Single(await ReadersAsync(ground), one => one.Container == SagaGround.Worker);
        Assert.Equal(("files at /run/secrets/db", "restart"), (reader.Label, reader.OnChange));
        var plan = (await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target)).Plan;
        Assert.Equal([SagaGround.Api, SagaGround.Worker], plan.Containers.Select(container => container.Name));
    }

    [Fact]
    public async Task Who_is_told_by_a_signal_is_not_restarted_and_the_plan_says_so()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Dictionary<string, string> labels = new()
        {
            ["sevensa.secret.database"] = SagaGround.Target,
            ["sevensa.secret.database.on-change"] = "signal:HUP",
        };
        Mount(ground, "rentguy", labels);
        var plan = (await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target)).Plan;
        Assert.Equal([SagaGround.Api], plan.Containers.Select(container => container.Name));
        Assert.Contains(plan.Untouched, text => text.Contains("sends it HUP", StringComparison.Ordinal));

        // Without the files nobody would send it: it is restarted.
        ground.Shop.Fleet.Change(Worker, facts => facts with { Isolation = null });
        Assert.All(await ReadersAsync(ground), one => Assert.Equal("restart", one.OnChange));
    }

    [Fact]
    public async Task Where_the_runner_has_a_folder_of_its_own_that_one_counts()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.Shop.Fleet.Change(
            Worker,
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>(),
                    Isolation = SecretFilesTests.Mounted($"/dev/shm/own/rentguy/{SagaGround.Target}"),
                }
        );
        Assert.DoesNotContain(await ReadersAsync(ground), one => one.Container == SagaGround.Worker);

        ground.Shop.Fleet.Handed = new HandedOut("/dev/shm/own", [$"rentguy/{SagaGround.Target}"]);
        var reader = Assert.Single(await ReadersAsync(ground), one => one.Container == SagaGround.Worker);
        Assert.Equal("files at /run/secrets/db", reader.Label);

        // Then the usual one is a folder like any other.
        Mount(ground, "rentguy", []);
        Assert.DoesNotContain(await ReadersAsync(ground), one => one.Container == SagaGround.Worker);
    }

    [Fact]
    public async Task Who_mounts_a_login_that_vault_keeps_uses_it_and_no_other()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.Shop.Fleet.Change(
            Worker,
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>(),
                    Isolation = SecretFilesTests.Mounted(
                        $"{SecretMounts.Folder}/rentguy/database/static-creds/rentguy-report"
                    ),
                }
        );
        var consumers = ground.Shop.Services.GetRequiredService<SecretConsumers>();
        var (_, reader) = Assert.Single(consumers.Of("rentguy", "database/static-creds/rentguy-report"));
        Assert.Equal((SagaGround.Worker, "restart"), (reader.Container, reader.OnChange));
        Assert.Empty(consumers.Of("rentguy", "database/static-creds/rentguy-report-2"));
    }

    [Fact]
    public async Task The_files_of_another_tenant_make_nobody_a_reader()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        Mount(ground, "witcom", []);
        Assert.DoesNotContain(await ReadersAsync(ground), one => one.Container == SagaGround.Worker);
    }
}
