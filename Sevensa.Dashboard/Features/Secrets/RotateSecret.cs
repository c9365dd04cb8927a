using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// <c>secret.rotate</c>: a new value for one key of a key/value secret, as its next version, with everything that has to follow:
/// a database's login, and the containers that use it. Or a new password for a static role of Vault's database engine.
/// </summary>
internal sealed class RotateSecret(
    SecretCatalogue secrets,
    SecretConsumers consumers,
    AlternationPlan alternation,
    AppRolePlan appRoles,
    UsedLogins used,
    IFleet fleet,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    IOptions<SecretsOptions> options,
    IEnumerable<SeenReaders> seen,
    TimeProvider time
) : IActionKind
{
    public string Name => RotationPlan.Kind;

    public string Title(string target) => $"Rotate {target}";

    public string TitleOf(ActionPlan plan)
    {
        var restarted = plan
            .Steps.Where(step => step.IsErrand())
            .Select(step => plan.Containers.Single(container => container.Id == step.On).Name)
            .ToList();
        return restarted.Count == 0
            ? Title(plan.Place())
            : $"{Title(plan.Place())} and restart {string.Join(", ", restarted)}";
    }

    public string Description =>
        "Writes a new random value for one key of a secret in Vault (key/value, version 2) as its next version. "
        + "The value never leaves Vault; containers whose labels name the secret are restarted one by one, other services use it once they read the secret again. "
        + "A database's login is tried before it is used, and the former one taken from service afterwards. "
        + "An AppRole's secret id is made by Vault, tried by a login, and the former one destroyed. "
        + "A static role of Vault's database engine (database/static-roles/NAME) gets a new password.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public bool PlansOnUnfinished => false;

    public string Undo =>
        "The data of the former version is written back as a new version, and who was restarted is restarted again; nothing can be, where a secret keeps one version only. A static role's former password is gone.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            return await PlanItAsync(request, cancellation);
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"Vault can't say what is there: {exception.Told}", exception);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        if (StaticRotation.Is(plan))
        {
            var role = StaticRotation.RoleOf(plan.Target)!;
            return
            [
                .. await used.WhereAsync(scopes.ForSystem(plan.Tenant), plan.Tenant, role, cancellation) is { } holder
                    ? [$"{holder} hands its login out since"]
                    : Array.Empty<string>(),
                .. await StaticRotation.DifferencesAsync(plan, vault(), cancellation),
                .. RollingPlan.Differences(plan, fleet),
                .. consumers.ComeSince(plan, VaultRoles.StaticCredentials + role),
            ];
        }
        return
        [
            .. await PlannedSecret.DifferencesAsync(plan, scopes, vault(), fleet, consumers, cancellation),
            // Who comes to use it is restarted by no plan that was made before, and a secret id that is destroyed is so for all.
            .. plan.Steps.Any(step => step.Verb is AppRoleSteps.Retire or DatabaseSteps.Retire)
            && plan.Steps.All(step => step.Verb != DatabaseSteps.Unused)
                ? RollingPlan.LeftSince(plan, consumers, await NotedAsync(plan, cancellation))
                : [],
        ];
    }

    private async Task<IReadOnlyList<string>> NotedAsync(ActionPlan plan, CancellationToken cancellation) =>
        (await secrets.FindAsync(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, cancellation))?.Consumers
        ?? [];

    private async Task<PlanDraft> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        if (StaticRotation.RoleOf(request.Target) is { } role)
        {
            if (await used.WhereAsync(request.Scope, request.Tenant, role, cancellation) is { } holder)
            {
                throw new CannotPlanException(
                    $"The login of {role} is the one that {holder} hands out now: with a new password for it alone {holder} would hold a wrong one, and whoever reads it would be refused. Rotate {holder}: that brings the other login into use first, and then takes this one from service."
                );
            }
            return new PlanDraft(
                await StaticRotation.PlanAsync(
                    request,
                    role,
                    alternation,
                    vault(),
                    Rolling(request, VaultRoles.StaticCredentials + role, []),
                    cancellation
                ),
                await EstimateAsync(request, VaultRoles.StaticCredentials + role, cancellation)
            );
        }
        var planned = await PlannedSecret.OfAsync(secrets, vault(), request, cancellation);
        var (path, metadata, secret, keys) = planned;
        var (key, appRole) = await appRoles.OfAsync(planned, request.Tenant, request.Parameters, cancellation);
        var rotation = new RotationPlan(secret.Version, key, request.Parameters.GetProperty("length").GetInt32())
        {
            More = MoreOf(request.Parameters, keys, key, path.Relative),
            Policy = request.Parameters.TryGetProperty("policy", out var policy) ? policy.GetString() : null,
            Logins = await alternation.OfAsync(path, request.Tenant, metadata, key, cancellation),
            AppRole = appRole,
        };
        // What is named beside another key could be the one that Vault makes.
        if (
            rotation is { AppRole: not null } and not { Logins: null, Policy: null }
            || rotation.More.Count > 0 && AppRolePlan.Says(metadata)
        )
        {
            throw new CannotPlanException(
                $"{path.Relative} holds an AppRole's secret id, which Vault makes. Leave out more and policy, and static_roles in its metadata."
            );
        }
        if (
            rotation is { Logins: not null, Policy: not null }
            || rotation.More.Count > 0 && AlternationPlan.Says(metadata)
        )
        {
            throw new CannotPlanException(
                $"{path.Relative} is a database's login: its password is made by Vault's database engine. Leave out more and policy."
            );
        }
        var rolling = Rolling(request, path.Relative, secret.Consumers);
        var keeping = await planned.KeepingAsync(vault(), cancellation);
        return new PlanDraft(
            RotationDraft.Of(
                request,
                path,
                secret,
                keys,
                rotation,
                rolling,
                keeping,
                SecretProbe.Of(metadata.CustomMetadata, options.Value.ProbeAddresses)
            ),
            await EstimateAsync(request, path.Relative, cancellation)
        );
    }

    /// <summary>With who is known to read it only by what was seen.</summary>
    private async Task<PlanEstimate> EstimateAsync(PlanRequest request, string path, CancellationToken cancellation)
    {
        var note = seen.FirstOrDefault() is { } readers
            ? await readers.NoteAsync(request.Scope, request.Tenant, path, cancellation)
            : null;
        return new PlanEstimate(null, [], null, time.GetUtcNow(), Notes: note is null ? null : [note]);
    }

    private RollingPlan Rolling(PlanRequest request, string path, IReadOnlyList<string> noted) =>
        RollingPlan.Of(consumers, fleet, request.Tenant, path, noted, RollingPlan.WishOf(request.Parameters));

    /// <summary>Further keys that were named.</summary>
    private static IReadOnlyList<string> MoreOf(
        JsonElement parameters,
        IReadOnlyList<string> keys,
        string key,
        string path
    )
    {
        if (!parameters.TryGetProperty("more", out var named))
        {
            return [];
        }
        var more = named.EnumerateArray().Select(one => one.GetString()!).Distinct(StringComparer.Ordinal).ToList();
        return more.Find(one => one == key || !keys.Contains(one)) is { } strange
            ? throw new CannotPlanException(
                strange == key
                    ? $"{key} is named twice."
                    : $"{path} has no key \"{Shown(strange)}\". It has {string.Join(", ", keys)}."
            )
            : more;
    }

    private static string Shown(string text) => StoreText.Shorten(text, 100);

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "key": {
                  "type": "string", "minLength": 1, "maxLength": 200,
                  "description": "Which key of the secret gets a new value; may be left out when only one can be meant."
                },
                "length": {
                  "type": "integer", "minimum": 16, "maximum": 128, "default": 32,
                  "description": "Characters of the new value."
                },
                "more": {
                  "type": "array", "maxItems": 4, "items": {"type": "string", "minLength": 1, "maxLength": 200},
                  "description": "Other keys of the secret that get a new value of their own in the same version, for a pair that belongs together."
                },
                "policy": {
                  "type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$",
                  "description": "Vault's password policy that makes the new value, in place of random characters."
                },
                "consumers": {
                  "enum": ["labelled", "all", "none"],
                  "description": "Whose containers are restarted one by one: those whose labels name the secret (the usual), those noted in its metadata too, or none."
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
