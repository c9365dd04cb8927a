using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Scans.Due;

/// <summary>By which days whose findings are due: a tenant's own, else the installation's.</summary>
internal sealed class DuePolicies(DuePolicyStore store, IOptions<ScansOptions> options)
{
    /// <summary>The installation's, from its settings, where 0 says that it is never due.</summary>
    public DueDays Usual { get; } =
        new(
            Days(options.Value.DueCritical),
            Days(options.Value.DueHigh),
            Days(options.Value.DueMedium),
            Days(options.Value.DueLow),
            Days(options.Value.DueUnknown),
            Days(options.Value.DueExploited)
        )
        {
            Exposed = Days(options.Value.DueExposed),
        };

    /// <summary>As one tenant sees its findings.</summary>
    public async Task<DueBook> OfAsync(string tenant, CancellationToken cancellation) =>
        new(
            (await store.AllAsync(cancellation)).GetValueOrDefault(tenant)?.Days ?? Usual,
            new Dictionary<string, DueDays>()
        );

    /// <summary>As somebody sees them who looks at several tenants: of each image the soonest of those who run it.</summary>
    public async Task<DueBook> OfAsync(
        IReadOnlyDictionary<string, IReadOnlyCollection<string>> tenantsOfImages,
        CancellationToken cancellation
    )
    {
        var own = await store.AllAsync(cancellation);
        var byImage = new Dictionary<string, DueDays>(StringComparer.Ordinal);
        foreach (var (image, tenants) in tenantsOfImages)
        {
            if (own.Count > 0 && tenants.Any(own.ContainsKey))
            {
                byImage[image] = tenants
                    .Select(tenant => own.GetValueOrDefault(tenant)?.Days ?? Usual)
                    .Aggregate(DueDays.Sooner);
            }
        }
        return new DueBook(Usual, byImage);
    }

    private static int? Days(int setting) => setting > 0 ? setting : null;
}
