using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary><c>database.tenant.move</c>: from a shared instance to a database of the tenant's own on another one.</summary>
internal sealed class MoveTenantPlace(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    PostgresDoor door,
    ChangeJournal journal,
    IEnumerable<IVaultedCredentials> vaults,
    IEnumerable<ICredentialUsers> users,
    TimeProvider time
) : IActionKind
{
    /// <summary>What <c>pg_dump</c> and <c>pg_restore</c> get through in a second, at the least, with what is compared after.</summary>
    private const double BytesInSecond = 20e6;

    public string Name => MovePlan.Kind;

    public string Title(string target) => $"Move {target} to another instance";

    public string TitleOf(ActionPlan plan) =>
        $"Move the {MovePlan.Of(plan).From.Words} from {MovePlan.Of(plan).From.Instance} to {MovePlan.Of(plan).To}";

    public IReadOnlyCollection<string> ToldInTitle => ["instance", "to", "database"];

    public string Description =>
        "Moves a place that database.tenant.create made to a database of the tenant's own on another instance: copied with all that it holds while services write on, compared row by row, then closed and opened there with new credentials in Vault. What it was is kept closed until it is dropped. The target is the place's name.";

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
                "to": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "Name of the instance that it is moved to."
                },
                "database": {
                  "type": "string", "minLength": 1, "maxLength": 63,
                  "description": "The database that it lies in, where several have a schema of that name."
                },
                "consumers": {
                  "enum": ["labelled", "none"],
                  "description": "labelled (the usual): containers whose labels name the place's secrets are restarted with the new ones; none: nobody is."
                }
              },
              "required": ["instance", "to"],
              "additionalProperties": false
            }
            """
        );

    public string Undo =>
        "Until it is opened at its new instance all is taken back by itself. After that, what was written there is there alone: the old place stays closed and whole until it is dropped (database.tenant.drop).";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var from = Provisioning.Find(registry, request.Parameters.GetProperty("instance").GetString()!);
        var to = Provisioning.Find(registry, request.Parameters.GetProperty("to").GetString()!);
        if (to.Tenant is { } alone && alone != request.Tenant)
        {
            throw new CannotPlanException($"{to.Name} is another tenant's alone.");
        }
        if (from.Name == to.Name)
        {
            throw new CannotPlanException("It lies there already: name another instance with the parameter to.");
        }
        try
        {
            var (move, facts) = await FindAsync(
                request.Tenant,
                from,
                to,
                request.Target.Trim(),
                request.Parameters.TryGetProperty("database", out var where) ? where.GetString() : null,
                cancellation
            );
            await CheckAsync(request, from, to, move, facts, cancellation);
            var size = SizeOf(facts, move.From);
            var (closed, keyless) = await journal.LookAsync(from, move.From, cancellation);
            var held = 1 + (closed is null ? keyless : size) / BytesInSecond;
            return new PlanDraft(
                Draft(request, from, to, move, size, closed is not null),
                new PlanEstimate(Math.Round(held), [], null, time.GetUtcNow())
                {
                    Notes =
                    [
                        closed is not null
                            ? Text(
                                $"Nobody signs in while it is copied: {size / 1e6:0.#} MB, about {held:0} s, as changes can't be followed: {closed}"
                            )
                            : Text(
                                $"Services write on while {size / 1e6:0.#} MB are copied and compared; then nobody signs in for about {held:0} s"
                            ),
                        .. closed is null && keyless > 0
                            ?
                            [
                                Text(
                                    $"Tables without a primary key are compared in that time if rows of them changed: {keyless / 1e6:0.#} MB"
                                ),
                            ]
                            : Array.Empty<string>(),
                    ],
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
        var planned = MovePlan.Of(plan);
        try
        {
            var from = Provisioning.Find(registry, planned.From.Instance);
            var (now, _) = await FindAsync(
                plan.Tenant,
                from,
                Provisioning.Find(registry, planned.To),
                planned.From.Name,
                planned.From.Database,
                cancellation
            );
            return now != planned ? ["The place, its limits or its secrets in Vault are otherwise since"]
                : await LeftBehind.OfAsync(door, from, planned.From, _ => LeftBehind.Others, cancellation) is { } left
                    ? [left]
                : users.FirstOrDefault()?.Differences(plan) ?? [];
        }
        catch (CannotPlanException exception)
        {
            return [exception.Message];
        }
    }

    private async Task<(MovePlan Move, InstanceFacts Facts)> FindAsync(
        string tenant,
        Instance from,
        Instance to,
        string name,
        string? database,
        CancellationToken cancellation
    )
    {
        var facts = await Provisioning.LookAsync(databases, from, cancellation);
        var place = StandingPlace.Find(from, facts, tenant, name, database);
        if (facts.Roles.First(role => role.Name == place.Login) is { MayLogIn: false })
        {
            throw new CannotPlanException(
                $"{place.Login} can't sign in on {from.Name}: the place is closed, or was moved away already."
            );
        }
        var there = await Provisioning.LookAsync(databases, to, cancellation);
        var taken =
            there.Server.ReadOnly ? "it takes no writes: it is a replica or set read-only"
            : there.Server.Major < facts.Server.Major
                ? $"it is PostgreSQL {there.Server.Major}, older than {facts.Server.Major}, and an older server does not take all of a newer one's dump"
            : there.Databases.Any(one => one.Name == name) ? $"there is a database {name} already"
            : there.Roles.FirstOrDefault(one => one.Name == place.Owner || one.Name == place.Login) is { } role
                ? $"there is a role {role.Name} already"
            : null;
        if (taken is not null)
        {
            throw new CannotPlanException($"It can't be moved to {to.Name}: {taken}.");
        }
        var vault = Provisioning.Vault(vaults);
        return (
            new MovePlan(
                place with
                {
                    OwnerVersion = await vault.VersionAsync(
                        tenant,
                        MadePlaces.VaultPathOf(from.Name, place.Owner),
                        cancellation
                    ),
                    LoginVersion = await vault.VersionAsync(
                        tenant,
                        MadePlaces.VaultPathOf(from.Name, place.Login),
                        cancellation
                    ),
                },
                to.Name,
                name
            ),
            facts
        );
    }

    /// <exception cref="CannotPlanException">An administrative role lacks a right, or something is in it that would not come along.</exception>
    private async Task CheckAsync(
        PlanRequest request,
        Instance from,
        Instance to,
        MovePlan move,
        InstanceFacts facts,
        CancellationToken cancellation
    )
    {
        foreach (var (instance, makes) in new[] { (from, false), (to, true) })
        {
            await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
            var may = await admin.PowersAsync(cancellation);
            if (!may.Superuser && !(may.CreatesRoles && (may.CreatesDatabases || !makes)))
            {
                throw new CannotPlanException(
                    $"{admin.Role} can't do it on {instance.Name}: alter role {PostgresNames.Quoted(admin.Role)} createrole{(makes ? " createdb" : "")}"
                );
            }
        }
        var eyes = await databases.EyesOnAsync(request.Caller, from.Name, cancellation);
        var owners = new Ownership(from, facts);
        if (
            await LeftBehind.OfAsync(
                door,
                from,
                move.From,
                role => eyes.See(owners.OfRole(role)) ? role : LeftBehind.Others,
                cancellation
            ) is
            { } left
        )
        {
            throw new CannotPlanException(left);
        }
    }

    private ActionPlan Draft(PlanRequest request, Instance from, Instance to, MovePlan move, long size, bool closed)
    {
        var place = move.From;
        var roll =
            users
                .FirstOrDefault()
                ?.Roll(
                    request.Tenant,
                    [MadePlaces.VaultPathOf(from.Name, place.Login), MadePlaces.VaultPathOf(from.Name, place.Owner)],
                    !request.Parameters.TryGetProperty("consumers", out var wish) || wish.GetString() != "none",
                    MovePlan.Retire + 1
                )
            ?? new CredentialRoll([], [], [], []);
        string[] paths =
        [
            MadePlaces.VaultPathOf(from.Name, place.Owner),
            MadePlaces.VaultPathOf(from.Name, place.Login),
            MadePlaces.VaultPathOf(to.Name, place.Owner),
            MadePlaces.VaultPathOf(to.Name, place.Login),
        ];
        return new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            place.Name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            roll.Containers,
            [
                new PlanChange(
                    $"where {place.Name} takes reads and writes",
                    $"{place.Words} on {from.Name}",
                    $"{move.There.Words} on {to.Name}"
                ),
                new PlanChange(
                    $"roles {place.Owner} and {place.Login} on {to.Name}",
                    null,
                    "as they are now: limits and settings, with new passwords"
                ),
                new PlanChange(
                    $"who may connect to {move.Name} there",
                    null,
                    $"{place.Login} and whoever looks at the instance; PUBLIC may not"
                ),
                new PlanChange($"{place.Words} on {from.Name}", "open", "kept as it is, and closed: nobody signs in"),
                .. paths.Select(path => new PlanChange(
                    $"secret {path}",
                    null,
                    $"a new version that leads to {to.Name}"
                )),
                .. roll.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    "running",
                    "a new one, with the new credentials"
                )),
            ],
            [
                new PlanStep(
                    MovePlan.Make,
                    "database.place.create",
                    to.Name,
                    $"Make the roles, which can't sign in yet, and the database {move.Name} on {to.Name}, with limits and settings as they are",
                    move.ToArguments()
                ),
                new PlanStep(
                    MovePlan.Follow,
                    closed ? "database.place.close" : "database.place.follow",
                    from.Name,
                    closed
                        ? $"Let {place.Owner} and {place.Login} sign in no more on {from.Name}, and end their sessions"
                        : $"Let {place.Owner} sign in no more on {from.Name}, and note each change of a row by a trigger on each table, until it is closed"
                ),
                new PlanStep(
                    MovePlan.Copy,
                    "database.place.copy",
                    to.Name,
                    closed
                        ? Text($"Copy it as it stands then ({size / 1e6:0.#} MB)")
                        : Text(
                            $"Copy it as of one moment ({size / 1e6:0.#} MB), and bring along what is changed meanwhile"
                        )
                ),
                new PlanStep(
                    MovePlan.Compare,
                    "database.place.compare",
                    to.Name,
                    closed
                        ? "Compare the count and checksum of each table, sequences, rights, settings and limits"
                        : $"Compare the count and checksum of each table as of one moment; then let {place.Login} sign in no more on {from.Name}, end its sessions, bring the rest, and compare that, sequences, rights, settings and limits"
                ),
                new PlanStep(
                    MovePlan.Switch,
                    "database.credentials.write",
                    to.Name,
                    $"Write new passwords and {to.Name}'s address to {string.Join(", ", paths)}, let both roles sign in there, and try it"
                ),
                new PlanStep(
                    MovePlan.Retire,
                    "database.place.retire",
                    from.Name,
                    $"Mark what is left on {from.Name} as moved; it stays, closed"
                ),
                .. roll.Steps,
            ],
            [
                "What others have on both instances",
                $"The data on {from.Name}: database.tenant.drop takes it away, once somebody is sure",
                .. roll.Rest,
                roll.Names.Count > 0
                    ? "Services that no label names: they read the new credentials when they read their secrets anew"
                    : "Services: they read the new credentials when they read their secrets anew; restart those that read them at their start only, or name the secret in a label of theirs",
            ],
            new PlanVerification(
                "rows",
                600,
                "Each table has its rows there, each right, setting and limit is as it was, and the login signs in"
            ),
            new PlanUndo("database.place.open", Undo),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject
                    {
                        ["move"] = JsonNode.Parse(move.ToArguments().GetRawText()),
                        ["restarts"] = new JsonArray([.. roll.Containers.Select(one => (JsonNode)one.Id)]),
                    }
                )
            )
        );
    }

    private static long SizeOf(InstanceFacts facts, TenantPlace place)
    {
        var database = facts.Databases.First(one => one.Name == place.Database);
        return place.Schema is { } schema
            ? database.Inside!.Schemas.First(one => one.Name == schema).SizeBytes
            : database.SizeBytes ?? 0;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
