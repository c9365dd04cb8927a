using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary><c>database.drill</c>: restores a backup into a scratch database, counts its rows, and drops it.</summary>
internal sealed class Drill(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    BackupFiles backups,
    RestoreTool tool,
    PostgresDoor door,
    IOptions<DrillOptions> options,
    TimeProvider time
) : IActionKind
{
    public string Name => DrillPlan.Kind;

    public string Title(string target) => $"Restore drill of {target}";

    public string Description =>
        "Restores the newest backup of a setting into a scratch database, counts the rows of every table, and drops it. The target is the backup's name, as on the page Databases. Nothing else is touched.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {}, "additionalProperties": false}"""
        );

    public string Undo => "The scratch database and its role are dropped in any case.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var backup =
            backups.Find(request.Target.Trim())
            ?? throw new CannotPlanException(
                "There is no backup of that name. Those that there are stand on the Databases page, and are named in Databases:Backups."
            );
        var of = Provisioning.Find(registry, backup.Setting.Instance);
        var scratch = Provisioning.Find(registry, options.Value.Instance ?? of.Name);
        try
        {
            var facts = await Provisioning.LookAsync(databases, of, cancellation);
            var whose = new Ownership(of, facts).OfDatabase(backup.Setting.Database);
            if (whose is null ? !request.Caller.Tenants.IsAll : whose != request.Tenant)
            {
                throw new CannotPlanException(
                    whose is null
                        ? "Several tenants' rows are in this backup. Whoever sees every tenant can propose its drill."
                        : "There is no backup of that name."
                );
            }
            if (backup is not { Path: { } path, At: { } at, SizeBytes: { } size })
            {
                throw new CannotPlanException(backup.Trouble ?? "There is no backup.");
            }
            var (tables, extensions) = await tool.ListAsync(path, cancellation);
            var plan = new DrillPlan(
                backup.Setting.Name,
                path,
                at,
                size,
                scratch.Name,
                $"{DrillScratch.Prefix}{request.ProposalId}",
                tables,
                extensions
            );
            await CheckAsync(scratch, cancellation);
            return new PlanDraft(Draft(request, backup, plan), new PlanEstimate(null, [], null, time.GetUtcNow()));
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException(exception.Told);
        }
        catch (InvalidDataException exception)
        {
            throw new CannotPlanException($"{backup.Setting.Name}: {exception.Message}");
        }
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var drill = DrillPlan.Of(plan);
        return Task.FromResult<IReadOnlyList<string>>(
            backups.Find(drill.Backup) is { } now
            && (now.Path, now.At, now.SizeBytes) == (drill.Path, drill.At, drill.SizeBytes)
                ? []
                : [$"{drill.Backup} is another backup since, or gone"]
        );
    }

    private async Task CheckAsync(Instance scratch, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(door, scratch, scratch.Database, cancellation);
        var may = await admin.PowersAsync(cancellation);
        if (may.ReadOnly)
        {
            throw new CannotPlanException(
                $"{scratch.Name} takes no writes. Set Databases:Drill:Instance to one that does."
            );
        }
        if (!may.Superuser && !(may.CreatesRoles && may.CreatesDatabases))
        {
            throw new CannotPlanException(
                $"{admin.Role} can't make the scratch database on {scratch.Name}: alter role {PostgresNames.Quoted(admin.Role)} createrole createdb"
            );
        }
    }

    private ActionPlan Draft(PlanRequest request, BackupFile backup, DrillPlan plan) =>
        new(
            request.ProposalId,
            Name,
            request.Tenant,
            plan.Backup,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange(
                    "what is known of the backup",
                    "that it is there",
                    Text($"how many rows of {plan.Tables} tables it brings back")
                ),
            ],
            [
                new PlanStep(
                    1,
                    DrillPlan.Create,
                    plan.Instance,
                    $"Make the database {plan.Scratch} on {plan.Instance}, owned by a role of its own that may do nothing else",
                    plan.ToArguments()
                ),
                new PlanStep(
                    2,
                    "database.restore",
                    plan.Instance,
                    Text(
                        $"Restore {Path.GetFileName(plan.Path)} ({plan.SizeBytes} bytes, of {plan.At:yyyy-MM-dd HH:mm} UTC) into it"
                    )
                ),
                new PlanStep(3, "database.count", plan.Instance, "Count the rows of each table"),
                new PlanStep(4, "database.scratch.drop", plan.Instance, $"Drop {plan.Scratch} and its role"),
            ],
            [
                $"{backup.Setting.Database} on {backup.Setting.Instance}, and every other database",
                "The backup itself is only read",
            ],
            new PlanVerification(
                "rows",
                options.Value.Minutes * 60,
                "Every table of the archive is there with its rows, and nothing was refused"
            ),
            PlanUndo.None("The scratch database is dropped in any case."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["drill"] = JsonNode.Parse(plan.ToArguments().GetRawText()) }
                )
            )
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
