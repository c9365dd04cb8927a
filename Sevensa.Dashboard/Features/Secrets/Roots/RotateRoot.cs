using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets.Roots;

/// <summary>
/// <c>secret.root</c>: the login by which Vault's database engine makes all others gets a password that Vault alone knows.
/// Nothing brings the former one back, so it is seen first that Vault gets in, and afterwards that it still does.
/// </summary>
internal sealed class RotateRoot(
    Func<VaultClient> vault,
    ITenants tenants,
    IEnumerable<IDatabaseLogins> databases,
    TimeProvider time
) : IActionKind
{
    public const string Kind = "secret.root";

    /// <summary>Verb of the step that has Vault make a login, tries it, and gives it back.</summary>
    public const string Try = "secret.root-try";

    public string Name => Kind;

    public string Title(string target) => $"Rotate the root of {target}";

    public string Description =>
        "Has Vault's database engine change the password of its own login (the root) of a connection, by which it makes all others. "
        + "Afterwards Vault alone knows it: nobody can sign in by it any more, and nothing brings the former one back. "
        + "The target is the connection's name. Before and after, Vault makes a login by one of the connection's dynamic roles, so that it is seen that it can.";

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } = Schema();

    public string Undo => "Nothing brings the former password back.";

    /// <summary>The dynamic role that a plan tries it by.</summary>
    public static string RoleOf(ActionPlan plan) => plan.Steps.First(step => step.Verb == Try).On;

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            return new PlanDraft(
                await PlanItAsync(request, cancellation),
                new PlanEstimate(null, [], null, time.GetUtcNow())
            );
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"Vault can't say what is there: {exception.Told}", exception);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        (await vault().DynamicRoleAsync(RoleOf(plan), cancellation))?.DbName == plan.Target
            ? []
            : [$"{RoleOf(plan)} is no longer a role of {plan.Target}"];

    private async Task<ActionPlan> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        const string prefix = "database/config/";
        var connection = request.Target.StartsWith(prefix, StringComparison.Ordinal)
            ? request.Target[prefix.Length..]
            : request.Target;
        var ids = (await tenants.AllAsync(cancellation)).Select(known => known.Id);
        var role =
            VaultRoles.OwnerOf(ids, connection) == request.Tenant
                ? await RoleAsync(connection, request.Parameters, cancellation)
                : null;
        if (role is null)
        {
            throw new CannotPlanException(
                $"{request.Tenant} has no connection \"{StoreText.Shorten(connection, 100)}\" with a dynamic role in Vault's database engine. A connection is a tenant's when its name begins with the tenant's id; without a dynamic role it could not be seen whether Vault still gets in: vault list database/config, vault list database/roles"
            );
        }
        var isTried = databases.FirstOrDefault()?.Knows(connection) == true;
        var trial = isTried
            ? $"Have Vault make a login by {role}, sign in to {connection} with it, and give it back"
            : $"Have Vault make a login by {role}, and give it back";
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            connection,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange(
                    $"password of Vault's own login of {connection}",
                    "known to whoever set it up",
                    "a new one that Vault alone knows"
                ),
            ],
            [
                new PlanStep(1, Try, role, $"{trial}, so that it is known that it can"),
                new PlanStep(2, Kind, connection, $"Have Vault give its own login of {connection} a new password"),
                new PlanStep(3, Try, role, $"{trial}, by the new password"),
            ],
            [
                "Logins that Vault has made or keeps stay as they are, and so do their passwords",
                "Whoever signs in by Vault's own login (a script, a person) can't any more: nobody is told the new password",
                .. isTried
                    ? []
                    : new[]
                    {
                        $"It is not tried whether the login that Vault makes opens the database: no instance named {connection} is configured (Databases:Instances)",
                    },
            ],
            new PlanVerification("version", 10, $"Vault makes logins in {connection} by the new password"),
            PlanUndo.None(
                "It cannot be undone: nobody knows the new password, and Vault forgets the former one. If Vault does not get in any more, a superuser of the database sets another, and it is given to Vault: vault write database/config/NAME password=…"
            ),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(new JsonObject { ["connection"] = connection, ["role"] = role })
            )
        );
    }

    /// <summary>The dynamic role that was named, or the first of the connection; null when there is none.</summary>
    private async Task<string?> RoleAsync(string connection, JsonElement parameters, CancellationToken cancellation)
    {
        var client = vault();
        var names = parameters.TryGetProperty("role", out var named)
            ? [named.GetString()!]
            : (await client.DynamicRolesAsync(cancellation)).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if ((await client.DynamicRoleAsync(name, cancellation))?.DbName == connection)
            {
                return name;
            }
        }
        return null;
    }

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "role": {
                  "type": "string", "pattern": "^[A-Za-z0-9._-]{1,200}$",
                  "description": "The dynamic role of the connection by which it is tried; the first one when left out."
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
