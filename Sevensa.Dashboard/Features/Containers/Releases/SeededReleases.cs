using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>The Sandbox's past: what ran before its runners began to look.</summary>
internal sealed class SeededReleases(IEnumerable<ISeed> seeds, ReleaseStore store, TimeProvider time) : IStartStep
{
    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (
            seeds.SelectMany(seed => seed.Releases).ToList() is not { Count: > 0 } releases
            || await store.AnyAsync(cancellation)
        )
        {
            return;
        }
        await store.AddAsync([.. releases.Select(Row)], cancellation);
    }

    private ReleaseRow Row(SeedRelease seed)
    {
        var container = new ReleaseContainer(
            $"{seed.Tenant}-{seed.Service}-1",
            "",
            "",
            seed.Image,
            "",
            seed.Digest,
            "",
            [],
            [],
            [],
            [],
            Nothing,
            Nothing,
            Nothing
        );
        return new ReleaseRow
        {
            Id = Hash($"{seed.Tenant}/{seed.Service}@{seed.Host} {seed.Digest} {seed.At.ToUnixTimeSeconds()}")[..32],
            Tenant = seed.Tenant,
            Service = seed.Service,
            HostId = "",
            Host = seed.Host,
            Sequence = 0,
            At = seed.At,
            ToldAt = time.GetUtcNow(),
            Fingerprint = Hash(seed.Digest),
            ImageDigest = seed.Digest,
            ConfigHash = "",
            By = seed.By,
            Cause = Release.Told,
            Why = seed.Reason,
            ActionId = null,
            Recorded = false,
            Containers = ReleaseStore.ToJson([container]),
        };
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
