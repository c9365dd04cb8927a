using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What each host's runner lays down as files and where, as it tells.</summary>
internal sealed class HandedFolders
{
    private readonly Dictionary<string, HandedOut> byHost;

    private HandedFolders(Dictionary<string, HandedOut> byHost) => this.byHost = byHost;

    public static HandedFolders Of(IFleet fleet) =>
        new(
            fleet
                .Hosts.Where(host => host.Facts?.Handed is not null)
                .ToDictionary(host => host.Id, host => host.Facts!.Handed!, StringComparer.Ordinal)
        );

    /// <summary>A runner that does not tell has the usual one.</summary>
    public string On(string hostId) => byHost.GetValueOrDefault(hostId)?.Folder ?? SecretMounts.Folder;

    public bool Has(string hostId, string tenant, string path) =>
        byHost.GetValueOrDefault(hostId)?.Has(tenant, path) == true;
}
