using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>The catalogue on a real store, with RentGuy's releases on a host that is stood in for.</summary>
internal sealed class Yard : IAsyncDisposable
{
    public static readonly string Old = $"sha256:{Releases.Made.Hex("image 2.4.0")}";
    public static readonly string New = $"sha256:{Releases.Made.Hex("image 2.4.1")}";
    public static readonly string Api = new('a', 64);

    public Yard(Action<IServiceCollection>? more = null)
    {
        Shop = new Workshop(collection =>
        {
            collection.AddOptions<ReleasesOptions>();
            collection.AddSingleton<ITenants, StubTenants>();
            collection.AddSingleton(Substitute.For<IUsageViewers>());
            ContainersFeature.AddReleases(collection);
            ContainersFeature.AddKinds(collection);
            more?.Invoke(collection);
        });
        Shop.Fleet.Change(
            Api,
            facts =>
                facts with
                {
                    Image = "sevensa/rentguy-api:2.4.1",
                    ImageId = New,
                    ImageDigest = Digest("2.4.1"),
                    MemoryLimitBytes = 512L << 20,
                    Mounts = [],
                    Networks = ["rentguy_default"],
                }
        );
        Shop.Link.Resources = new HostResources(
            [
                new ImageFacts(
                    New,
                    ["sevensa/rentguy-api:2.4.1"],
                    [Digest("2.4.1")],
                    1000,
                    0,
                    ["rentguy-api"],
                    ["rentguy/api"]
                ),
                new ImageFacts(Old, ["sevensa/rentguy-api:2.4.0"], [Digest("2.4.0")], 1000, 0, [], ["rentguy/api"]),
                new ImageFacts("sha256:" + new string('9', 64), ["sevensa/rentguy-api:1.0.0"], [], 5000, 0, [], []),
                new ImageFacts("sha256:" + new string('8', 64), ["sevensa/witcom:1"], [], 5000, 0, [], []),
            ],
            [
                new VolumeFacts("data", "local", "rentguy", false, ["rentguy-db", "rentguy-worker-1"], Nothing),
                new VolumeFacts("witcom_pgdata", "local", "witcom", false, ["witcom-psra-api"], Nothing),
            ],
            [
                new NetworkFacts("n1", "rentguy_default", "bridge", "rentguy", false, []),
                new NetworkFacts("n2", "edge", "bridge", null, false, []),
                new NetworkFacts("n3", "witcom_default", "bridge", "witcom", false, []),
            ],
            [new VolumeSnapshot("snap1", "data", "rentguy", 1_772_300_000_000, 42, "00", "x")],
            1 << 30
        );
    }

    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    public Workshop Shop { get; }

    /// <summary>Yesterday 16:10 UTC: the shop's clock stands at 2026-03-01 09:00.</summary>
    public static DateTimeOffset Deployed { get; } = new(2026, 2, 28, 16, 10, 0, TimeSpan.Zero);

    public static string Digest(string tag) => $"sevensa/rentguy-api@sha256:{Releases.Made.Hex(tag)}";

    /// <summary>2.4.0 for twelve days, then 2.4.1.</summary>
    public async Task<Yard> WithReleasesAsync(
        IReadOnlyDictionary<string, string>? labels = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        await TellAsync(
            Facts("r-old", 1, Deployed.AddDays(-12), "2.4.0", Old),
            Facts("r-new", 2, Deployed, "2.4.1", New, labels, environment)
        );
        return this;
    }

    public Task TellAsync(params ReleaseFacts[] releases) =>
        Shop.Services.GetRequiredService<IReleaseListener>().OnReleasesAsync("h1", releases, CancellationToken.None);

    public static ReleaseFacts Facts(
        string id,
        long sequence,
        DateTimeOffset since,
        string tag,
        string imageId,
        IReadOnlyDictionary<string, string>? labels = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string service = "api",
        string name = "rentguy-api",
        IReadOnlyList<string>? needs = null
    ) =>
        new(
            id,
            sequence,
            "rentguy",
            service,
            "rentguy",
            Releases.Made.Hex($"{service} {tag}"),
            since.ToUnixTimeMilliseconds(),
            new ReleaseCause(ReleaseCauses.Compose, null, "docker compose (project rentguy)"),
            [
                Releases.Made.Container(name, $"sevensa/rentguy-{service}", tag) with
                {
                    ImageId = imageId,
                    Specification = $"spec-{id}",
                    Labels = labels ?? Nothing,
                    Environment = environment ?? Nothing,
                    Needs = needs ?? [],
                },
            ]
        );

    public Task<Proposal> ProposeAsync(string kind, string target, object? parameters = null, Caller? caller = null) =>
        Shop.ProposeAsync(kind, target, JsonSerializer.Serialize(parameters ?? new { }), caller);

    public async Task<string> RefusedAsync(
        string kind,
        string target,
        object? parameters = null,
        Caller? caller = null
    ) => (await Assert.ThrowsAsync<CannotPlanException>(() => ProposeAsync(kind, target, parameters, caller))).Message;

    public ValueTask DisposeAsync() => Shop.DisposeAsync();

    private sealed class StubTenants : ITenants
    {
        private static readonly IReadOnlyList<Tenant> All = [new("rentguy", "RentGuy", "#e4572e", [], [])];

        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) => new(All);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            new(All);
    }
}
