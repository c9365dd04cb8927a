using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary><c>database.grant.repair</c>: takes back exactly what lets the newest proof's leaks through.</summary>
internal sealed class RepairGrants(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    ProofDesk proofs,
    PostgresDoor door,
    TimeProvider time
) : IActionKind
{
    private const string Schema = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "properties": {},
          "additionalProperties": false
        }
        """;

    public string Name => RepairStatement.Repair;

    public string Title(string target) => $"Repair isolation on {target}";

    public string TitleOf(ActionPlan plan) => $"Repair isolation of {plan.Tenant} on {plan.Target}";

    public string Description =>
        "Takes back the rights, memberships and attributes by which the newest isolation proof got from a tenant to others or from others to it, and proves again. The target is the instance.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = JsonElement.Parse(Schema);

    public string Undo => "The rights are granted again as they were (database.grant.restore).";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var instance = Provisioning.Find(registry, request.Target.Trim());
        try
        {
            var (work, proof, leaks) = await FindAsync(instance, request.Tenant, cancellation);
            var eyes = await databases.EyesOnAsync(request.Caller, instance.Name, cancellation);
            if (leaks.Any(leak => !eyes.See(leak.Tenant) || leak.Victim is { } victim && !eyes.See(victim)))
            {
                throw new CannotPlanException(
                    "The leaks are between this tenant and one that you do not see. Whoever sees both can propose it."
                );
            }
            if (work.Statements.Count == 0)
            {
                throw new CannotPlanException(
                    work.Open.Count == 0
                        ? $"By the newest proof ({proof.EndedAt:yyyy-MM-dd HH:mm} UTC) nothing of {request.Tenant} leaks on {instance.Name} that is still so. There is nothing to repair."
                        : $"No right closes what leaks. {string.Join(". ", work.Open)}."
                );
            }
            return new PlanDraft(
                Draft(request, instance, work),
                new PlanEstimate(null, [], null, time.GetUtcNow())
                {
                    Others = Others(request.Tenant, leaks.Select(leak => (leak.Tenant, leak.Victim))),
                }
            );
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException(exception.Told);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var instance = Provisioning.Find(registry, plan.Target);
        var now = (await FindAsync(instance, plan.Tenant, cancellation)).Work.Statements;
        var planned = RepairStatement.Of(plan);
        return
        [
            .. planned.Except(now).Select(one => $"no longer needed, or otherwise: {one.Do}"),
            .. now.Except(planned).Select(one => $"leaks too since: {one.What} ({one.Before})"),
        ];
    }

    private async Task<(RepairWork Work, ProofRow Proof, IReadOnlyList<AttemptRow> Leaks)> FindAsync(
        Instance instance,
        string tenant,
        CancellationToken cancellation
    )
    {
        var facts = await Provisioning.LookAsync(databases, instance, cancellation);
        if (instance.Admin is null)
        {
            throw new CannotPlanException(AdminSession.Missing(instance));
        }
        if (facts.Server.ReadOnly)
        {
            throw new CannotPlanException(
                $"{instance.Name} takes no writes: it is a replica or set read-only. Nothing can be repaired there."
            );
        }
        if (await proofs.NewestWithAsync(instance.Name, tenant, cancellation) is not var (proof, attempts))
        {
            throw new CannotPlanException(
                $"{tenant} was never proven on {instance.Name}. Prove isolation first: what leaks is what is repaired."
            );
        }
        var leaks = attempts.Where(one => one.Outcome == AttemptOutcome.Leak).ToList();
        return (
            await new LeakRepair(Provisioning.Find(registry, instance.Name), facts, door).FindAsync(
                leaks,
                cancellation
            ),
            proof,
            leaks
        );
    }

    /// <summary>Whose things a plan about these leaks names, beside the tenant that it is of.</summary>
    internal static IReadOnlyList<string> Others(string tenant, IEnumerable<(string Tenant, string? Victim)> leaks) =>
        [
            .. leaks
                .SelectMany(leak => new[] { leak.Tenant, leak.Victim })
                .OfType<string>()
                .Where(one => one != tenant)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    private ActionPlan Draft(PlanRequest request, Instance instance, RepairWork work)
    {
        var logins = work
            .Closed.Select(leak => leak.Tenant)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        var last = work.Statements.Count + 1;
        return new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            instance.Name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [.. work.Statements.Select(one => new PlanChange(one.What, one.Before, one.After ?? "taken back"))],
            [
                .. work.Statements.Select((one, at) => one.Step(at + 1, instance.Name)),
                new PlanStep(
                    last,
                    RepairStatement.Prove,
                    instance.Name,
                    $"Prove again with the credentials of {string.Join(", ", logins)}",
                    JsonSerializer.SerializeToElement(
                        work.Closed.Select(leak => new Proven(
                            leak.Tenant,
                            leak.Victim,
                            leak.Kind,
                            leak.Database,
                            leak.Object
                        )),
                        JsonSerializerOptions.Web
                    )
                ),
            ],
            [
                "Every right that the proof did not find to leak",
                "Sessions that are open: a right that is taken back ends with the statement that uses it",
                .. work.Open.Select(one => $"Not repaired: {one}"),
            ],
            new PlanVerification(
                "isolation",
                600,
                Text($"The prover tries the {work.Closed.Count} leaks again, and each holds")
            ),
            new PlanUndo(RepairStatement.Restore, "The rights are granted again as they were."),
            World(work.Statements)
        );
    }

    internal static string World(IEnumerable<RepairStatement> statements) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject
                {
                    ["statements"] = new JsonArray([
                        .. statements.Select(one => (JsonNode)$"{one.Database}|{one.As}|{one.Do}"),
                    ]),
                }
            )
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A leak that is tried again.</summary>
    internal sealed record Proven(string Tenant, string? Victim, string Kind, string Database, string Object)
    {
        public static IReadOnlyList<Proven> Of(ActionPlan plan) =>
            plan.Steps.FirstOrDefault(step => step.Verb == RepairStatement.Prove)?.Arguments is { } told
                ? told.Deserialize<List<Proven>>(JsonSerializerOptions.Web)!
                : [];
    }
}
