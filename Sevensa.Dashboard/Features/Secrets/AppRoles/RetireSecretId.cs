using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.AppRoles;

/// <summary>What a plan of <c>secret.retire-id</c> says to its executor; no id is part of it.</summary>
/// <param name="Version">The former one, which holds what is destroyed.</param>
/// <param name="Current">The version that holds what is used in its place.</param>
internal sealed record RetiredId(AppRoleLogin Login, string Key, int Version, int Current)
{
    public static RetiredId Of(ActionPlan plan) => plan.Steps[0].Arguments!.Value.Deserialize<RetiredId>()!;
}

/// <summary>
/// <c>secret.retire-id</c>: the secret id that a former version of a secret holds is destroyed, where a rotation left it because not
/// everybody who uses it was seen to have the new one.
/// </summary>
internal sealed class RetireSecretId(
    SecretCatalogue secrets,
    AppRolePlan appRoles,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    TimeProvider time
) : IActionKind
{
    public const string Kind = AppRoleSteps.Retire;

    public string Name => Kind;

    public string Title(string target) => $"Destroy the former secret id of {target}";

    public string TitleOf(ActionPlan plan) =>
        Text($"Destroy the secret id in version {RetiredId.Of(plan).Version} of {plan.Place()}");

    public IReadOnlyCollection<string> ToldInTitle => ["version"];

    public string Description =>
        "Destroys the secret id of an AppRole that a former version of a secret in Vault holds, where a rotation left it alive because not everybody who uses it was restarted with the new one. "
        + "Whoever still logs in by it can't any more.";

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } = Schema();

    public bool PlansOnUnfinished => false;

    public string Undo => "Nothing brings a destroyed secret id back.";

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

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return [$"{plan.Target} is not a path of {plan.Tenant}"];
        }
        var (now, retired) = (await vault().MetadataAsync(path.Full, cancellation), RetiredId.Of(plan));
        return now?.CurrentVersion == retired.Current
            ? []
            : [new RotationPlan(retired.Current, "", 0).Differs(plan.Target, now?.CurrentVersion)];
    }

    private async Task<ActionPlan> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        var planned = await PlannedSecret.OfAsync(secrets, vault(), request, cancellation);
        var (path, current) = (planned.Path, planned.Secret.Version);
        var version = request.Parameters.GetProperty("version").GetInt32();
        using var nothing = JsonDocument.Parse("{}");
        if (
            !AppRolePlan.Says(planned.Metadata)
            || await appRoles.OfAsync(planned, request.Tenant, nothing.RootElement, cancellation)
                is not
                (var key, { } login)
        )
        {
            throw new CannotPlanException(
                $"{path.Relative} holds no AppRole's secret id: its metadata has no approle=ROLE."
            );
        }
        if (version >= current)
        {
            throw new CannotPlanException(
                Text($"{path.Relative} is at version {current}, whose secret id is in use: name a former one.")
            );
        }
        var former = await IdOfAsync(path, version, key, cancellation);
        var used = await IdOfAsync(path, current, key, cancellation);
        if (former is null || await vault().LookUpSecretIdAsync(login.Role, former, cancellation) is null)
        {
            throw new CannotPlanException(
                Text(
                    $"Version {version} of {path.Relative} holds no secret id of {login.Role} that Vault knows: it is gone, or was destroyed before."
                )
            );
        }
        if (used is null || used == former || await vault().LookUpSecretIdAsync(login.Role, used, cancellation) is null)
        {
            throw new CannotPlanException(
                used == former
                    ? Text(
                        $"Version {version} of {path.Relative} holds the secret id that the current version {current} holds as well: it is in use."
                    )
                    : Text(
                        $"Vault does not know the secret id in version {current} of {path.Relative}, the current one, so nobody would be left who logs in. Rotate it first."
                    )
            );
        }
        return Draft(request, planned.Secret, new RetiredId(login, key, version, current), path, planned.Keys);
    }

    private async Task<string?> IdOfAsync(SecretPath path, int version, string key, CancellationToken cancellation) =>
        await vault().DataAsync(path.Full, version, cancellation) is { } data ? AppRoleSteps.TextOf(data, key) : null;

    private static ActionPlan Draft(
        PlanRequest request,
        Secret secret,
        RetiredId retired,
        SecretPath path,
        IReadOnlyList<string> keys
    )
    {
        var role = retired.Login.Role;
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [new PlanChange(Text($"secret id of {role} in version {retired.Version}"), "logs in", "destroyed")],
            [
                new PlanStep(
                    1,
                    Kind,
                    secret.VaultPath,
                    Text(
                        $"Destroy the secret id of {role} that version {retired.Version} holds, and see that it logs in no more"
                    ),
                    JsonSerializer.SerializeToElement(retired)
                ),
            ],
            [
                .. secret.Consumers.Count == 0
                    ? []
                    : new[]
                    {
                        Text(
                            $"{string.Join(", ", secret.Consumers)} keep{(secret.Consumers.Count == 1 ? "s" : "")} logging in only by the secret id of version {retired.Current}: whoever still holds the one of version {retired.Version} does not"
                        ),
                    },
                "Tokens that were made with it live on until their own end",
                Text($"Version {retired.Current} of {secret.VaultPath}, the current one, and its secret id"),
            ],
            new PlanVerification("version", 10, "it logs in no more"),
            PlanUndo.None(
                "Nothing brings a destroyed secret id back. Whoever is without a login reads the secret again."
            ),
            RotationPlan.World(path, retired.Current, keys, [])
        );
    }

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "version": {
                  "type": "integer", "minimum": 1,
                  "description": "The former version whose secret id is destroyed; the outcome of the rotation names it."
                }
              },
              "required": ["version"],
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
