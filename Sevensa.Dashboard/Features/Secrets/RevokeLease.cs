using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// <c>lease.revoke</c>: takes back one dynamic credential of a database, or all that a role has out. Who says by its labels that
/// it uses the role is restarted first, and so gets a new one before the old one ends.
/// </summary>
internal sealed class RevokeLease(
    LeaseCatalogue leases,
    LeaseLogins logins,
    SecretConsumers consumers,
    IFleet fleet,
    TimeProvider time
) : IActionKind
{
    public const string Kind = "lease.revoke";
    public const string Gone = "lease.gone";

    public string Name => Kind;

    public string Title(string target) => $"Revoke {target}";

    public string TitleOf(ActionPlan plan) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Revoke {Counted(LeasesOf(plan).Count, "lease")} of {plan.Place()}{(plan.Containers.Count == 0 ? "" : $" and restart {string.Join(", ", plan.Containers.Select(container => container.Name))}")}"
        );

    public string Description =>
        "Takes back a dynamic database credential (ROLE/LEASE), or all that a role of Vault's database engine has out (ROLE). "
        + "Containers whose labels name database/creds/ROLE are restarted first, so that they have new ones.";

    public Risk Risk => Risk.Medium;

    public Risk RiskOf(ActionPlan plan) => LeasesOf(plan).Count > 1 ? Risk.High : Risk.Medium;

    public string Undo =>
        "None: a login that was dropped does not come back; whoever needs one asks Vault for a new one.";

    public JsonElement ParametersSchema { get; } = Schema();

    public static IReadOnlyList<string> LeasesOf(ActionPlan plan) =>
        [
            .. plan
                .Steps.Single(step => step.Verb == Kind)
                .Arguments!.Value.GetProperty("leases")
                .EnumerateArray()
                .Select(id => id.GetString()!),
        ];

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            var (plan, notes) = await PlanItAsync(request, cancellation);
            return new PlanDraft(
                plan,
                new PlanEstimate(null, [], null, time.GetUtcNow(), Notes: notes.Count > 0 ? notes : null)
            );
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"{exception.Upstream} can't say what is there: {exception.Told}");
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var planned = LeasesOf(plan);
        var now = await leases.OfRoleAsync(plan.Tenant, RoleOf(plan.Target), cancellation);
        return
        [
            .. now.Any(lease => planned.Contains(lease.Id))
                ? []
                : new[] { $"no lease of {plan.Target} that was to be revoked is there any more" },
            .. RollingPlan.Differences(plan, fleet),
        ];
    }

    private async Task<(ActionPlan Plan, IReadOnlyList<string> Notes)> PlanItAsync(
        PlanRequest request,
        CancellationToken cancellation
    )
    {
        var text = request.Target.StartsWith(VaultRoles.Credentials, StringComparison.Ordinal)
            ? request.Target[VaultRoles.Credentials.Length..]
            : request.Target;
        var role = RoleOf(text);
        var all = await leases.OfRoleAsync(request.Tenant, role, cancellation);
        var meant = text == role ? all : [.. all.Where(lease => lease.Id == VaultRoles.Credentials + text)];
        if (meant.Count == 0)
        {
            throw new CannotPlanException(
                $"{request.Tenant} has no lease \"{StoreText.Shorten(request.Target, 100)}\". The Leases page lists what there is; a target is ROLE/LEASE, or ROLE for all of it."
            );
        }
        var known = await logins.OfAsync(role, meant, all.Except(meant), cancellation);
        if (known.Found.FirstOrDefault(login => login.Owned > 0) is { } owner)
        {
            throw new CannotPlanException(
                $"{owner.Role} owns {Counted(owner.Owned, "object")} on {known.Instance}. PostgreSQL drops no role that owns something, and Vault then takes back none of this database and gives out none. Hand them over first, in each database that has some: REASSIGN OWNED BY \"{owner.Role}\" TO …; DROP OWNED BY \"{owner.Role}\";"
            );
        }
        var rolling = RollingPlan.Of(
            consumers,
            fleet,
            request.Tenant,
            VaultRoles.Credentials + role,
            [],
            RollingPlan.WishOf(request.Parameters)
        );
        var steps = rolling.Steps(1).ToList();
        steps.Add(
            new PlanStep(
                steps.Count + 1,
                Kind,
                role,
                meant.Count == 1
                    ? $"Have Vault take back {Short(meant[0].Id)}"
                    : $"Have Vault take back {meant.Count} leases of {role}",
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["leases"] = new JsonArray([.. meant.Select(lease => (JsonNode)lease.Id)]) }
                )
            )
        );
        if (known.Found.Count > 0)
        {
            steps.Add(
                new PlanStep(
                    steps.Count + 1,
                    Gone,
                    role,
                    $"See that {(known.Found.Count == 1 ? known.Found[0].Role : $"{known.Found.Count} logins")} can't sign in to {known.Instance} any more",
                    JsonSerializer.SerializeToElement(
                        new JsonObject
                        {
                            ["instance"] = known.Instance!,
                            ["logins"] = new JsonArray([.. known.Found.Select(login => (JsonNode)login.Role)]),
                        }
                    )
                )
            );
        }
        var plan = new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            text,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                .. rolling.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    "running, with a login of before",
                    "a new one, with a new login"
                )),
                .. meant.GroupBy(lease => lease.State, StringComparer.Ordinal).Select(ChangeOf),
                .. known.Found.Select(login => new PlanChange(
                    $"login {login.Role} on {known.Instance}",
                    "signs in",
                    "gone; a session that is open stays open, without rights"
                )),
            ],
            steps,
            [
                .. rolling.Rest,
                rolling.Rolled.Count == 0
                    ? $"Nobody is restarted: whoever uses a login of {role} can't sign in any more until it asks Vault for a new one"
                    : "Whoever else uses one of these logins can't sign in any more until it asks Vault for a new one",
                all.Count > meant.Count
                    ? $"{Counted(all.Count - meant.Count, "other lease")} of {role}"
                    : "Leases of other roles",
                "Leases that are given out after this was planned",
                .. known.Instance is null
                    ? new[]
                    {
                        "Whether the logins are gone is Vault's word alone: no instance of that name is configured (Databases:Instances)",
                    }
                    : [],
                .. known.Instance is not null && known.Found.Count < meant.Count
                    ? new[] { Unseen(known, meant.Count, role) }
                    : [],
            ],
            new PlanVerification(
                "version",
                60,
                known.Found.Count == 0 ? "Vault says that they are revoked" : $"the logins are gone on {known.Instance}"
            ),
            PlanUndo.None("A login that was dropped does not come back; whoever needs one asks Vault for a new one."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject
                    {
                        ["leases"] = new JsonArray([.. meant.Select(lease => (JsonNode)lease.Id)]),
                        ["containers"] = World.Fingerprint(rolling.Containers),
                    }
                )
            )
        );
        return (
            plan,
            [
                .. known
                    .Found.Where(login => login.Sessions > 0)
                    .Select(login => $"{login.Role} has {Counted(login.Sessions, "session")} open now."),
            ]
        );
    }

    private static string Unseen(LeasedLogins known, int count, string role) =>
        known.Found.Count == 0
            ? $"No login on {known.Instance} is known by its name to be of {(count == 1 ? "this lease" : "these leases")}: it was dropped or renamed, or another role's has such a name too. Whether they are gone is Vault's word alone"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The logins of {count - known.Found.Count} of {count} leases can't be told by their names on {known.Instance} from those of other roles that begin like {role}: for these, that they are gone is Vault's word alone"
            );

    private static PlanChange ChangeOf(IGrouping<string, Lease> group)
    {
        var count = group.Count();
        return new PlanChange(
            $"{Counted(count, "lease")} in Vault",
            group.Key switch
            {
                "lapsed" => "lapsed: the time is over, and Vault could not take it back yet",
                "irrevocable" => $"irrevocable: Vault has given up taking it back ({group.First().Reason})",
                _ => "alive",
            },
            "revoked"
        );
    }

    internal static string Counted(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    internal static string RoleOf(string text) => text.Split('/', 2)[0];

    private static string Short(string id) => id[VaultRoles.Credentials.Length..];

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "consumers": {
                  "enum": ["labelled", "none"],
                  "description": "Whose containers are restarted first, so that they have a new login: those whose labels name the role (the usual), or none."
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
