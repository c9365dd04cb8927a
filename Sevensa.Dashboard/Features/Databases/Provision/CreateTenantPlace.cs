using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary><c>database.tenant.create</c>: a schema or database of a tenant's own, kept apart from the beginning.</summary>
internal sealed class CreateTenantPlace(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    PostgresDoor door,
    IEnumerable<IVaultedCredentials> vaults,
    TimeProvider time
) : IActionKind
{
    /// <summary>Bytes of a name that PostgreSQL keeps; more are cut off without a word.</summary>
    private const int LongestName = 63;

    public string Name => TenantPlace.Create;

    public string Title(string target) => $"Make {target} in PostgreSQL";

    public string TitleOf(ActionPlan plan) =>
        $"Make the {TenantPlace.Of(plan).Words} on {TenantPlace.Of(plan).Instance}";

    public IReadOnlyCollection<string> ToldInTitle => ["instance", "database", "form"];

    public string Description =>
        "Makes a schema or a database of a tenant's own on a PostgreSQL instance, with an owner, a login, their limits, and rights for nobody else. The target is its name. The credentials go into Vault and nowhere else.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "instance": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "Name of the instance, as on the page Databases."
                },
                "form": {
                  "type": "string", "enum": ["schema", "database"], "default": "schema",
                  "description": "A schema in a database that several share, or a database of its own."
                },
                "database": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "For a schema: the database that it is made in."
                },
                "connections": {
                  "type": "integer", "minimum": 1, "maximum": 1000, "default": 20,
                  "description": "Connections that the login may hold at the same time."
                },
                "statementSeconds": {
                  "type": "integer", "minimum": 1, "maximum": 3600, "default": 60,
                  "description": "After this long a statement of the login is ended."
                }
              },
              "required": ["instance"],
              "additionalProperties": false
            }
            """
        );

    public string Undo =>
        "What was made is dropped again when a step fails. What is there later is dropped by hand; docs/databases.md has the SQL.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var instance = Provisioning.Find(registry, request.Parameters.GetProperty("instance").GetString()!);
        var name = NameOf(request.Target);
        var isSchema = request.Parameters.GetProperty("form").GetString() == "schema";
        if (instance.Tenant is { } alone && alone != request.Tenant)
        {
            throw new CannotPlanException($"{instance.Name} is another tenant's alone.");
        }
        if (!request.Parameters.TryGetProperty("database", out var where) && isSchema)
        {
            throw new CannotPlanException(
                "A schema lies in a database: say which with the parameter database, or ask for the form \"database\"."
            );
        }
        var place = new TenantPlace(
            instance.Name,
            isSchema ? where.GetString()! : name,
            isSchema ? name : null,
            MadePlaces.OwnerOf(name),
            MadePlaces.LoginOf(name),
            request.Parameters.GetProperty("connections").GetInt32(),
            request.Parameters.GetProperty("statementSeconds").GetInt32(),
            0,
            0
        );
        try
        {
            var facts = await Provisioning.LookAsync(databases, instance, cancellation);
            if (Anothers(instance, facts, place, request.Tenant) is { } anothers)
            {
                throw new CannotPlanException(anothers);
            }
            if (Taken(place, facts) is { } taken)
            {
                throw new CannotPlanException(taken);
            }
            await CheckAsync(instance, place, cancellation);
            place = await VersionsAsync(request.Tenant, place, cancellation);
            return new PlanDraft(Draft(request, instance, place), new PlanEstimate(null, [], null, time.GetUtcNow()));
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException(exception.Told);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var place = TenantPlace.Of(plan);
        var instance = Provisioning.Find(registry, place.Instance);
        var facts = await Provisioning.LookAsync(databases, instance, cancellation);
        if (Anothers(instance, facts, place, plan.Tenant) is { } anothers)
        {
            return [anothers];
        }
        if (Taken(place, facts) is { } taken)
        {
            return [taken];
        }
        var now = await VersionsAsync(plan.Tenant, place, cancellation);
        return now == place ? [] : ["Its secrets in Vault were written since this was planned"];
    }

    /// <summary>A database that is another tenant's is answered like one that there is not.</summary>
    private static string? Anothers(Instance instance, InstanceFacts facts, TenantPlace place, string tenant) =>
        place.Schema is not null
        && new Ownership(instance, facts).OfDatabase(place.Database) is { } whose
        && whose != tenant
            ? $"There is no database {place.Database} on {instance.Name} in which {tenant} can have a schema."
            : null;

    private static string NameOf(string target)
    {
        var name = target.Trim();
        if (name.Length == 0 || name.Any(char.IsControl) || name.StartsWith("pg_", StringComparison.OrdinalIgnoreCase))
        {
            throw new CannotPlanException(
                "The target is the name of what is made: letters of any kind, and it does not begin with pg_."
            );
        }
        if (Encoding.UTF8.GetByteCount(MadePlaces.OwnerOf(name)) > LongestName)
        {
            throw new CannotPlanException(
                $"With its roles' endings the name is longer than the {LongestName} bytes that PostgreSQL keeps of a name. Choose a shorter one."
            );
        }
        return name;
    }

    private static string? Taken(TenantPlace place, InstanceFacts facts)
    {
        var database = facts.Databases.FirstOrDefault(one => one.Name == place.Database);
        var role = facts.Roles.FirstOrDefault(one => one.Name == place.Owner || one.Name == place.Login);
        return facts.Server.ReadOnly
                ? $"{place.Instance} takes no writes: it is a replica or set read-only. Nothing can be made there."
            : place.Schema is null && database is not null
                ? $"There is a database {place.Database} on {place.Instance} already."
            : place.Schema is not null && database is null
                ? $"There is no database {place.Database} on {place.Instance}."
            : place.Schema is not null && database!.Inside?.Schemas.Any(one => one.Name == place.Schema) == true
                ? $"There is a schema {place.Schema} in {place.Database} already."
            : role is not null ? $"There is a role {role.Name} on {place.Instance} already."
            : null;
    }

    /// <exception cref="CannotPlanException">The administrative role lacks a right.</exception>
    private async Task CheckAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(
            door,
            instance,
            place.Schema is null ? instance.Database : place.Database,
            cancellation
        );
        var may = await admin.PowersAsync(cancellation);
        var (role, database) = (PostgresNames.Quoted(admin.Role), PostgresNames.Quoted(place.Database));
        var missing =
            may.ReadOnly ? "it takes no writes"
            : may.Superuser ? null
            : !may.CreatesRoles ? $"alter role {role} createrole"
            : place.Schema is null
                ? may.CreatesDatabases ? null
                    : $"alter role {role} createdb"
            : may.CreatesHere ? null
            : $"grant create, connect on database {database} to {role} with grant option";
        if (missing is not null)
        {
            throw new CannotPlanException(
                $"{admin.Role} can't make it on {instance.Name}: {missing}. docs/databases.md has the SQL that the role needs."
            );
        }
    }

    private async Task<TenantPlace> VersionsAsync(string tenant, TenantPlace place, CancellationToken cancellation)
    {
        var vault = Provisioning.Vault(vaults);
        try
        {
            return place with
            {
                OwnerVersion = await vault.VersionAsync(
                    tenant,
                    MadePlaces.VaultPathOf(place.Instance, place.Owner),
                    cancellation
                ),
                LoginVersion = await vault.VersionAsync(
                    tenant,
                    MadePlaces.VaultPathOf(place.Instance, place.Login),
                    cancellation
                ),
            };
        }
        catch (ArgumentException exception)
        {
            throw new CannotPlanException($"{exception.Message} Choose another name.");
        }
    }

    private ActionPlan Draft(PlanRequest request, Instance instance, TenantPlace place)
    {
        var (owner, login) = (
            MadePlaces.VaultPathOf(place.Instance, place.Owner),
            MadePlaces.VaultPathOf(place.Instance, place.Login)
        );
        return new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            place.Name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange($"{place.Words} on {place.Instance}", null, $"owned by {place.Owner}"),
                new PlanChange($"role {place.Owner}", null, "owner, for migrations: 3 connections"),
                new PlanChange(
                    $"role {place.Login}",
                    null,
                    Text(
                        $"login of the services: reads and writes what the owner makes, {place.Connections} connections, statements end after {place.StatementSeconds} s"
                    )
                ),
                new PlanChange("rights of everybody (PUBLIC) there", null, "none"),
                Secret(owner, place.OwnerVersion),
                Secret(login, place.LoginVersion),
            ],
            [
                new PlanStep(
                    1,
                    TenantPlace.Roles,
                    place.Instance,
                    $"Make the roles {place.Owner} and {place.Login}, which can't sign in yet",
                    place.ToArguments()
                ),
                new PlanStep(
                    2,
                    "database.place.create",
                    place.Instance,
                    $"Make the {place.Words}, revoke from PUBLIC, set default privileges, search path and limits"
                ),
                new PlanStep(
                    3,
                    "database.credentials.write",
                    owner,
                    $"Write new random passwords to {owner} and {login} in Vault, and let both roles sign in"
                ),
                new PlanStep(4, "database.verify", place.Instance, $"Sign in as {place.Login} and look around"),
            ],
            [
                "What others have on the instance, and their rights",
                "Services: none is told of the new credentials; name their paths where they read their secrets",
            ],
            new PlanVerification(
                "signIn",
                (int)instance.Timeout.TotalSeconds,
                $"{place.Login} signs in with the password that is in Vault and finds itself in its own place"
            ),
            new PlanUndo(
                "database.place.drop",
                "If a step fails, what was made is dropped again, as long as nothing is in it. The secrets stay in Vault and lead nowhere."
            ),
            World(place)
        );

        static PlanChange Secret(string path, int version) =>
            new(
                $"secret {path}",
                version == 0 ? null : Text($"version {version}"),
                Text($"version {version + 1}: username, password, host, port, database")
            );
    }

    private static string World(TenantPlace place) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject { ["place"] = JsonNode.Parse(place.ToArguments().GetRawText()) }
            )
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
