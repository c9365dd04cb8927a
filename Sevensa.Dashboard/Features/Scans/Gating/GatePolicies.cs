using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>By which policy an image is judged: its tenants' own, else the installation's.</summary>
internal sealed class GatePolicies(GatePolicyStore store, ScanRights rights, IOptions<ScansOptions> options)
{
    /// <summary>The installation's, from its settings.</summary>
    public GatePolicy Usual => GatePolicy.Find(options.Value.Policy)!;

    /// <summary>A tenant's own policy, or the installation's.</summary>
    public async Task<GatePolicy> OfAsync(string tenant, CancellationToken cancellation) =>
        (await store.FindAsync(tenant, cancellation))?.Read()?.Policy(tenant) ?? Usual;

    /// <summary>
    /// All policies that have a say about an image when nobody names one: of the tenant for which is asked, else of those whose
    /// containers run it, else of those whose it is, as far as the caller sees them.
    /// </summary>
    /// <param name="images">The images of the digest; none when it is not known.</param>
    public async Task<IReadOnlyList<GatePolicy>> ForAsync(
        Caller caller,
        string? tenant,
        string bare,
        IReadOnlyList<KnownImage> images,
        CancellationToken cancellation
    )
    {
        var own = await store.AllAsync(cancellation);
        if (own.Count == 0)
        {
            return [Usual];
        }
        if (tenant is not null)
        {
            return [Of(tenant)];
        }
        string[] digests = [.. images.SelectMany(image => image.Digests).Append(bare).Distinct()];
        string[] tenants = [.. rights.RunningFor(digests).OfType<string>().Where(caller.MaySee)];
        if (tenants.Length == 0)
        {
            tenants =
            [
                .. images.SelectMany(image => ImageOwners.Ids(image.Row.Owners)).Where(caller.MaySee).Distinct(),
            ];
        }
        if (tenants.Length == 0 && !caller.Tenants.IsAll)
        {
            tenants = [.. caller.Tenants.Ids];
        }
        return tenants.Length == 0 ? [Usual] : [.. tenants.Order(StringComparer.Ordinal).Select(Of).Distinct()];

        GatePolicy Of(string id) => own.GetValueOrDefault(id)?.Read()?.Policy(id) ?? Usual;
    }

    /// <summary>As a verdict names a tenant's own policy.</summary>
    public static string NameOf(string tenant) => $"tenant:{tenant}";
}
