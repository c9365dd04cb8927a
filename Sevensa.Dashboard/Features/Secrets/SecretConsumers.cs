using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A container that says by its labels that it uses a secret.</summary>
/// <param name="Container">Its name.</param>
/// <param name="Service">Of the container.</param>
/// <param name="Host">Name of the host that it runs on.</param>
/// <param name="Label">The label that says so, <c>sevensa.secret.database</c>.</param>
/// <param name="OnChange"><c>restart</c>: it is restarted to use a new value; <c>none</c>: it reads the secret again by itself.</param>
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
/// <c>sevensa.secret.NAME.on-change=restart</c> (the usual) or <c>none</c>.
/// </summary>
internal sealed class SecretConsumers(IFleet fleet)
{
    public const string Restart = "restart";
    public const string None = "none";
    private const string Prefix = "sevensa.secret.";
    private const string OnChange = ".on-change";

    /// <summary>The tenant's containers that name this secret, by service and name.</summary>
    public IReadOnlyList<(HostedContainer Container, SecretReader Reader)> Of(string tenant, string path) =>
        [
            .. fleet
                .ContainersOf(tenant)
                .Where(container => !SetAside.Is(container.Facts))
                .Select(container => (container, Reader: ReaderOf(container, path)))
                .Where(pair => pair.Reader is not null)
                .Select(pair => (pair.container, pair.Reader!))
                .OrderBy(pair => pair.container.Facts.Service, StringComparer.Ordinal)
                .ThenBy(pair => pair.container.Facts.Name, StringComparer.Ordinal),
        ];

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

    private static SecretReader? ReaderOf(HostedContainer container, string path)
    {
        var label = container
            .Facts.Labels.Where(label =>
                label.Key.StartsWith(Prefix, StringComparison.Ordinal)
                && !label.Key.EndsWith(OnChange, StringComparison.Ordinal)
                && label.Value.Trim().Trim('/') == path
            )
            .Select(label => label.Key)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        return label is null
            ? null
            : new SecretReader(
                container.Facts.Name,
                container.Facts.Service,
                container.HostName,
                label,
                container.Facts.Labels.GetValueOrDefault(label + OnChange)?.Trim() == None ? None : Restart,
                container.Facts.State
            );
    }
}
