using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>
/// What on an instance is whose: by the configuration first, then by the label <c>sevensa.tenant=ID</c> in a comment of a
/// database, schema or role, then by what a tenant's role owns. Null is nobody's.
/// </summary>
internal sealed partial class Ownership
{
    private readonly Instance instance;
    private readonly Dictionary<string, string> databases = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Database, string Schema), string> schemas = [];
    private readonly Dictionary<string, string> roles = new(StringComparer.Ordinal);

    public Ownership(Instance instance, InstanceFacts facts)
    {
        this.instance = instance;
        foreach (var placed in instance.Placements)
        {
            if (placed.Schema is null)
            {
                databases.TryAdd(placed.Database, placed.Tenant);
            }
            else
            {
                schemas.TryAdd((placed.Database, placed.Schema), placed.Tenant);
            }
            foreach (var role in placed.Roles)
            {
                roles.TryAdd(role, placed.Tenant);
            }
        }
        AddLabels(facts);
        AddOwners(facts);
    }

    public string? OfDatabase(string? name) =>
        name is null ? null
        : instance.Tenant is { } alone ? alone
        : databases.GetValueOrDefault(name);

    public string? OfSchema(string database, string schema) =>
        instance.Tenant ?? schemas.GetValueOrDefault((database, schema)) ?? databases.GetValueOrDefault(database);

    public string? OfRole(string? name) => name is null ? null : roles.GetValueOrDefault(name);

    public IEnumerable<string> RolesOf(string tenant) =>
        roles.Where(role => role.Value == tenant).Select(role => role.Key);

    /// <summary>Schemas that have a tenant of their own, in one database.</summary>
    public IEnumerable<(string Schema, string Tenant)> SchemasIn(string database) =>
        schemas.Where(one => one.Key.Database == database).Select(one => (one.Key.Schema, one.Value));

    /// <summary>All tenants that have something here.</summary>
    public IEnumerable<string> Tenants =>
        databases
            .Values.Concat(schemas.Values)
            .Concat(instance.Tenant is null ? [] : [instance.Tenant])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>When the last backup was made, as a comment says: <c>sevensa.backup=2026-11-29T01:30:00Z</c>.</summary>
    public static DateTimeOffset? BackupIn(string? comment) =>
        comment is not null
        && Backup().Match(comment) is { Success: true } found
        && DateTimeOffset.TryParse(
            found.Groups[1].Value,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at
        )
            ? at
            : null;

    private void AddLabels(InstanceFacts facts)
    {
        foreach (var database in facts.Databases)
        {
            if (LabelIn(database.Comment) is { } tenant)
            {
                databases.TryAdd(database.Name, tenant);
            }
            foreach (var schema in database.Inside?.Schemas ?? [])
            {
                if (LabelIn(schema.Comment) is { } owner)
                {
                    schemas.TryAdd((database.Name, schema.Name), owner);
                }
            }
        }
        foreach (var role in facts.Roles)
        {
            if (LabelIn(role.Comment) is { } tenant)
            {
                roles.TryAdd(role.Name, tenant);
            }
        }
    }

    /// <summary>A role is a tenant's when all that it owns of tenants is that one's, and it is no superuser.</summary>
    private void AddOwners(InstanceFacts facts)
    {
        var owned = facts
            .Databases.SelectMany(database =>
                (database.Inside?.Schemas ?? [])
                    .Select(schema => (Role: schema.Owner, Tenant: OfSchema(database.Name, schema.Name)))
                    .Append((Role: database.Owner, Tenant: OfDatabase(database.Name)))
            )
            .Where(one => one.Tenant is not null)
            .ToLookup(one => one.Role, one => one.Tenant!);
        foreach (var role in facts.Roles.Where(role => !role.Superuser && role.Name != instance.Reader.Role))
        {
            if (owned[role.Name].Distinct(StringComparer.Ordinal).ToList() is [var only])
            {
                roles.TryAdd(role.Name, only);
            }
        }
    }

    /// <summary>The tenant that a comment names; null when it names none.</summary>
    internal static string? LabelIn(string? comment) =>
        comment is not null && Label().Match(comment) is { Success: true } found ? found.Groups[1].Value : null;

    [GeneratedRegex(@"(?:^|[\s,;])sevensa\.tenant=([a-z0-9-]{1,63})(?=$|[\s,;])")]
    private static partial Regex Label();

    [GeneratedRegex(@"(?:^|[\s,;])sevensa\.backup=([0-9T:.Z+-]{10,40})(?=$|[\s,;])")]
    private static partial Regex Backup();
}
