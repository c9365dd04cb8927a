using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A container that uses a secret, by what its labels or its mounts say.</summary>
/// <param name="Container">Its name.</param>
/// <param name="Service">Of the container.</param>
/// <param name="Host">Name of the host that it runs on.</param>
/// <param name="Label">
/// The label that says so, <c>sevensa.secret.database</c>; <c>files at /run/secrets</c> where only what it has mounted does.
/// </param>
/// <param name="OnChange">
/// <c>restart</c>: it is restarted to use a new value; <c>none</c>: it reads the secret again by itself; <c>signal:HUP</c>: its
/// host's runner hands it the new files and sends it the signal.
/// </param>
/// <param name="State">Docker's word.</param>
public sealed record SecretReader(
    string Container,
    string Service,
    string Host,
    string Label,
    string OnChange,
    string State
);

/// <summary>
/// Who uses which secret, from the labels of containers: <c>sevensa.secret.NAME=PATH</c>, where the path is one below the tenant
/// (<c>api/database</c>), <c>database/static-creds/ROLE</c> or <c>database/creds/ROLE</c>; and beside it
/// <c>sevensa.secret.NAME.on-change=restart</c> (the usual), <c>signal:HUP</c> or <c>none</c>. And without a label, who has its
/// files mounted from where a host's runner lays them down.
/// </summary>
internal sealed class SecretConsumers(IFleet fleet)
{
    public const string Restart = SecretLabels.Restart;
    public const string None = SecretLabels.None;

    /// <summary>The tenant's containers that name this secret, by service and name.</summary>
    public IReadOnlyList<(HostedContainer Container, SecretReader Reader)> Of(string tenant, string path)
    {
        var folders = HandedFolders.Of(fleet);
        return
        [
            .. fleet
                .ContainersOf(tenant)
                .Where(container => !SetAside.Is(container.Facts))
                .Select(container => (container, Reader: ReaderOf(container, folders, tenant, path)))
                .Where(pair => pair.Reader is not null)
                .Select(pair => (pair.container, pair.Reader!))
                .OrderBy(pair => pair.container.Facts.Service, StringComparer.Ordinal)
                .ThenBy(pair => pair.container.Facts.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Leases with the containers that have a login of their role.</summary>
    public IReadOnlyList<Lease> With(IReadOnlyList<Lease> leases)
    {
        var users = leases
            .Select(lease => (lease.Tenant, lease.Role))
            .Distinct()
            .ToDictionary(
                one => one,
                one =>
                    (IReadOnlyList<string>)
                        [.. Of(one.Tenant, VaultRoles.Credentials + one.Role).Select(pair => pair.Reader.Container)]
            );
        return [.. leases.Select(lease => lease with { Consumers = users[(lease.Tenant, lease.Role)] })];
    }

    /// <summary>Who would be restarted too if it were planned now, in words; nobody where the plan restarts none by choice.</summary>
    public IEnumerable<string> ComeSince(ActionPlan plan, string path)
    {
        if (RollingPlan.WishOf(plan.Parameters) == RollingPlan.Nobody)
        {
            return [];
        }
        var known = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        return Of(plan.Tenant, path)
            .Where(pair =>
                pair.Container.Runs && pair.Reader.OnChange == Restart && !known.Contains(pair.Container.Facts.Id)
            )
            .Select(pair => $"{pair.Reader.Container} has come to read it since");
    }

    /// <summary>One that is stopped holds nothing: it reads when it is started.</summary>
    public static bool Holds(SecretReader reader) => reader.State is "running" or "restarting" or "paused";

    /// <summary>Whether it is told of a new value by a signal, and which one.</summary>
    public static bool IsSignalled(SecretReader reader, out string signal)
    {
        signal = SecretLabels.SignalOf(reader.OnChange) ?? "";
        return signal.Length > 0;
    }

    private static SecretReader? ReaderOf(HostedContainer container, HandedFolders folders, string tenant, string path)
    {
        var label = SecretLabels.Of(container.Facts, path);
        var place = SecretMounts.PlaceOf(container.Facts, folders.On(container.HostId), tenant, path);
        return label is null && place is null
            ? null
            : new SecretReader(
                container.Facts.Name,
                container.Facts.Service,
                container.HostName,
                label?.Name ?? $"files at {place}",
                label is null ? Restart : SecretLabels.FollowsOf(container.Facts, label, place is not null),
                container.Facts.State
            );
    }
}
