using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>What a plan of <c>database.tenant.drop</c> says to its executor.</summary>
/// <param name="File">Where the export is laid down.</param>
/// <param name="WaitMinutes">Between the export and the drop.</param>
/// <param name="WasMoved">It is what a move left behind.</param>
internal sealed record DropPlan(TenantPlace Place, string File, int WaitMinutes, bool WasOpen, bool WasMoved = false)
{
    public const string Kind = "database.tenant.drop";

    public const int Close = 1;
    public const int Export = 2;
    public const int Wait = 3;

    /// <summary>From its beginning on only the export is left.</summary>
    public const int Drop = 4;

    public JsonElement ToArguments() => JsonSerializer.SerializeToElement(this, JsonSerializerOptions.Web);

    public static DropPlan Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Number == Close)
            .Arguments!.Value.Deserialize<DropPlan>(JsonSerializerOptions.Web)!;
}

/// <summary><c>database.tenant.drop</c>: closes a place, exports it, waits, and drops it with its roles.</summary>
internal sealed class DropTenantPlace(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    PostgresDoor door,
    IOptions<DropOptions> options,
    TimeProvider time
) : IActionKind
{
    public string Name => DropPlan.Kind;

    public string Title(string target) => $"Drop {target} from PostgreSQL";

    public string TitleOf(ActionPlan plan) =>
        $"Drop the {DropPlan.Of(plan).Place.Words} on {DropPlan.Of(plan).Place.Instance}";

    public IReadOnlyCollection<string> ToldInTitle => ["instance", "database", "typedName"];

    public string Description =>
        "Drops a place that database.tenant.create made, with its two roles: closed first, exported whole, and dropped after a waiting time in which it can be cancelled. The target is the place's name, which a person types once more (typedName).";

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "instance": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "Name of the instance that it lies on, as on the page Databases."
                },
                "database": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "The database that it lies in, where several have a schema of that name."
                },
                "typedName": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "The place's name once more, as a person typed it."
                }
              },
              "required": ["instance", "typedName"],
              "additionalProperties": false
            }
            """
        );

    public string Undo =>
        "While it waits it can be cancelled, and opens again as it was. After that the export is what is left; docs/databases.md says how it is restored.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var instance = Provisioning.Find(registry, request.Parameters.GetProperty("instance").GetString()!);
        var name = request.Target.Trim();
        if (request.Parameters.GetProperty("typedName").GetString() != name)
        {
            throw new CannotPlanException(
                "The name typed once more (typedName) is not the target's. Type it as it stands, large and small letters too."
            );
        }
        if (options.Value.Folder is not { } folder)
        {
            throw new CannotPlanException(
                "Nothing is dropped without an export, and there is no folder for exports. Set Databases:Drop:Folder."
            );
        }
        try
        {
            var drop = await FindAsync(
                instance,
                request.Tenant,
                name,
                request.Parameters.TryGetProperty("database", out var where) ? where.GetString() : null,
                Path.Combine(folder, $"{request.Tenant}-{request.ProposalId}.dump"),
                cancellation
            );
            await CheckAsync(instance, drop.Place, cancellation);
            return new PlanDraft(Draft(request, drop), new PlanEstimate(null, [], null, time.GetUtcNow()));
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException(exception.Told);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var planned = DropPlan.Of(plan);
        try
        {
            var now = await FindAsync(
                Provisioning.Find(registry, planned.Place.Instance),
                plan.Tenant,
                planned.Place.Name,
                planned.Place.Database,
                planned.File,
                cancellation
            );
            if (now with { WaitMinutes = planned.WaitMinutes } != planned)
            {
                return ["The place is otherwise since: its limits, or whether its roles can sign in"];
            }
            await CheckAsync(registry.All.First(one => one.Name == now.Place.Instance), now.Place, cancellation);
            return [];
        }
        catch (CannotPlanException exception)
        {
            return [exception.Message];
        }
    }

    /// <exception cref="CannotPlanException">The administrative role may not, or more would go than what is exported.</exception>
    private async Task CheckAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(
            door,
            instance,
            place.Schema is null ? instance.Database : place.Database,
            cancellation
        );
        try
        {
            var may = await admin.PowersAsync(cancellation);
            if (may.ReadOnly || !may.Superuser && !may.CreatesRoles)
            {
                throw new CannotPlanException(
                    may.ReadOnly
                        ? $"{instance.Name} takes no writes: it is a replica or set read-only."
                        : $"{admin.Role} can't do it on {instance.Name}: alter role {PostgresNames.Quoted(admin.Role)} createrole"
                );
            }
            if (await DropReach.BeyondAsync(admin, place, cancellation) is { } why)
            {
                throw new CannotPlanException(why);
            }
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, admin.Role, exception, cancellation) is { } fault)
        {
            throw fault;
        }
    }

    private async Task<DropPlan> FindAsync(
        Instance instance,
        string tenant,
        string name,
        string? database,
        string file,
        CancellationToken cancellation
    )
    {
        var facts = await Provisioning.LookAsync(databases, instance, cancellation);
        var place = StandingPlace.Find(instance, facts, tenant, name, database);
        var login = facts.Roles.First(role => role.Name == place.Login);
        return new DropPlan(
            place,
            file,
            options.Value.WaitMinutes,
            login.MayLogIn,
            login.Comment?.Contains($"{StandingPlace.Moved}=", StringComparison.Ordinal) == true
        );
    }

    private ActionPlan Draft(PlanRequest request, DropPlan drop)
    {
        var place = drop.Place;
        return new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            place.Name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange(
                    $"{place.Words} on {place.Instance}",
                    drop.WasOpen ? "open" : "closed",
                    "gone, with all that is in it"
                ),
                new PlanChange(
                    $"roles {place.Owner} and {place.Login}",
                    drop.WasOpen ? "can sign in" : "can't sign in",
                    "gone"
                ),
                new PlanChange($"export {drop.File}", null, "all of it, as pg_dump writes it (-Fc)"),
            ],
            [
                new PlanStep(
                    DropPlan.Close,
                    "database.place.close",
                    place.Instance,
                    $"Let {place.Owner} and {place.Login} sign in no more, and end their sessions",
                    drop.ToArguments()
                ),
                new PlanStep(
                    DropPlan.Export,
                    "database.place.export",
                    place.Instance,
                    $"Export it to {drop.File}, and read that to its end again"
                ),
                new PlanStep(
                    DropPlan.Wait,
                    "wait",
                    place.Instance,
                    Text($"Wait {WaitWords(drop.WaitMinutes)}: until then it can be cancelled, and opens again")
                ),
                new PlanStep(
                    DropPlan.Drop,
                    "database.place.drop",
                    place.Instance,
                    $"Drop the {place.Words}, and its roles"
                ),
            ],
            [
                "What others have on the instance",
                drop.WasMoved
                    ? $"The secrets in Vault below databases/{place.Instance}: they lead to the place it was moved to, and services read them"
                    : $"The secrets in Vault below databases/{place.Instance}: they lead nowhere then",
                "The export: it stays until somebody takes it away",
            ],
            new PlanVerification(
                "gone",
                60,
                "Neither the place nor its roles are there any more, and the export can be read to its end"
            ),
            new PlanUndo("database.place.open", Undo),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["drop"] = JsonNode.Parse(drop.ToArguments().GetRawText()) }
                )
            )
        );
    }

    private static string WaitWords(int minutes) =>
        minutes % 60 == 0 && minutes > 0 ? Text($"{minutes / 60} h") : Text($"{minutes} min");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
