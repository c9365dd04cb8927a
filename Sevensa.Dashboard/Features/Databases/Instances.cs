using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>How somebody signs in to an instance: a role, and where its password is found.</summary>
internal sealed record PostgresLogin(string Role, string? PasswordFile, string? VaultPath);

/// <summary>What on an instance is a tenant's.</summary>
/// <param name="Schema">Null: the whole database.</param>
/// <param name="Roles">The tenant's roles, the login among them.</param>
/// <param name="Login">Null when the dashboard has no credentials of the tenant's.</param>
internal sealed record Placement(
    string Tenant,
    string Database,
    string? Schema,
    IReadOnlyList<string> Roles,
    PostgresLogin? Login
);

/// <summary>A PostgreSQL server as the configuration has it.</summary>
/// <param name="Admin">Who makes and repairs what is a tenant's; null: nothing is changed here.</param>
/// <param name="Tenant">Whose it is alone; null for a shared one.</param>
internal sealed record Instance(
    string Name,
    string Host,
    int Port,
    PostgresTls Tls,
    string? RootCertificateFile,
    PostgresLogin Reader,
    PostgresLogin? Admin,
    string Database,
    string? Tenant,
    string? BackupFile,
    TimeSpan Timeout,
    IReadOnlyList<Placement> Placements
)
{
    /// <summary>Its name among the upstreams.</summary>
    public string Upstream => $"PostgreSQL {Name}";

    /// <summary>Tenants that the configuration places here.</summary>
    public IEnumerable<string> Tenants =>
        Placements
            .Select(placement => placement.Tenant)
            .Concat(Tenant is null ? [] : [Tenant])
            .Distinct(StringComparer.Ordinal);
}

/// <summary>Answered as 404: no such instance, or one where the caller sees nothing.</summary>
internal sealed class UnknownInstanceException(string name)
    : Exception(
        $"There is no database instance \"{Platform.Storage.StoreText.Shorten(name, 60)}\" that you can see. The list is at /api/v1/databases."
    );

/// <summary>The instances that the configuration names, with the places that were seen to have been made there.</summary>
internal sealed class InstanceRegistry(
    IOptions<List<InstanceOptions>> instances,
    IOptions<List<PlacementOptions>> placements
)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<Placement>> made = new(StringComparer.Ordinal);

    public IReadOnlyList<Instance> All =>
        [
            .. configured.Select(one =>
                made.GetValueOrDefault(one.Name) is { Count: > 0 } more
                    ? one with
                    {
                        Placements = [.. one.Placements, .. more],
                    }
                    : one
            ),
        ];

    /// <summary>An instance as the configuration alone has it.</summary>
    public Instance Configured(string name) => configured.First(one => one.Name == name);

    /// <summary>Says which places of an instance the dashboard made; what is configured already is not among them.</summary>
    public void Learn(string instance, IReadOnlyList<Placement> places) => made[instance] = places;

    private readonly IReadOnlyList<Instance> configured =
    [
        .. instances
            .Value.Select(one => new Instance(
                one.Name,
                one.Host,
                one.Port,
                one.Tls,
                one.RootCertificateFile,
                new PostgresLogin(one.User, one.PasswordFile, one.VaultPath),
                string.IsNullOrWhiteSpace(one.AdminUser)
                    ? null
                    : new PostgresLogin(one.AdminUser, one.AdminPasswordFile, one.AdminVaultPath),
                one.Database,
                string.IsNullOrWhiteSpace(one.Tenant) ? null : one.Tenant,
                one.BackupFile,
                TimeSpan.FromSeconds(one.TimeoutSeconds),
                [.. placements.Value.Where(placed => placed.Instance == one.Name).Select(Of)]
            ))
            .OrderBy(one => one.Name, StringComparer.Ordinal),
    ];

    /// <exception cref="UnknownInstanceException">There is none of that name.</exception>
    public Instance Find(string name) =>
        All.FirstOrDefault(instance => instance.Name == name) ?? throw new UnknownInstanceException(name);

    private static Placement Of(PlacementOptions placed) =>
        new(
            placed.Tenant,
            placed.Database,
            string.IsNullOrWhiteSpace(placed.Schema) ? null : placed.Schema,
            [
                .. placed
                    .Roles.Concat(placed.Login is null ? [] : [placed.Login])
                    .Where(role => role.Length > 0)
                    .Distinct(StringComparer.Ordinal),
            ],
            placed.Login is { Length: > 0 } login && (placed.PasswordFile ?? placed.VaultPath) is not null
                ? new PostgresLogin(login, placed.PasswordFile, placed.VaultPath)
                : null
        );
}
