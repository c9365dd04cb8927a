using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// <c>secret.restore</c>: the data of a former version as the next version, and who uses it restarted: what a rotation does when it
/// is taken back, for a person to do where it could not.
/// </summary>
internal sealed class RestoreSecret(
    SecretCatalogue secrets,
    SecretConsumers consumers,
    IFleet fleet,
    AlternationPlan alternation,
    AppRolePlan appRoles,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    TimeProvider time
) : IActionKind
{
    public const string Kind = "secret.restore";

    public string Name => Kind;

    public string Title(string target) => $"Restore {target}";

    public string TitleOf(ActionPlan plan) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Restore version {RotationPlan.Of(plan).Restores} of {plan.Place()}{(plan.Containers.Count == 0 ? "" : $" and restart {string.Join(", ", plan.Containers.Select(container => container.Name))}")}"
        );

    public IReadOnlyCollection<string> ToldInTitle => ["version"];

    public string Description =>
        "Writes the data of a former version of a secret in Vault back as its next version, and restarts the containers whose labels name it, one by one. "
        + "The values never leave Vault. For a rotation that could not be taken back by itself.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public bool PlansOnUnfinished => false;

    public string Undo =>
        "The data that was current is written back as a new version, and who was restarted is restarted again.";

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
        var rotation = RotationPlan.Of(plan);
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return [$"{plan.Target} is not a path of {plan.Tenant}"];
        }
        if (await vault().MetadataAsync(path.Full, cancellation) is not { } now)
        {
            return [rotation.Differs(plan.Target, null)];
        }
        return
        [
            .. now.CurrentVersion == rotation.Version
                ? []
                : new[] { rotation.Differs(plan.Target, now.CurrentVersion) },
            .. await WhyDeadAsync(path, plan.Tenant, now, rotation.Restores!.Value, cancellation) is { } dead
                ? [dead]
                : Array.Empty<string>(),
            .. RollingPlan.Differences(plan, fleet),
            .. consumers.ComeSince(plan, plan.Target),
        ];
    }

    private async Task<ActionPlan> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        if (
            await secrets.ResolveAsync(request.Scope, request.Tenant, request.Target, cancellation)
            is not
            ({ } path, { } metadata)
        )
        {
            throw new CannotPlanException(
                $"{request.Tenant} has no secret \"{StoreText.Shorten(request.Target, 100)}\" that keeps versions. The Secrets page lists what there is."
            );
        }
        var secret = secrets.Of(path, metadata);
        var wanted = request.Parameters.GetProperty("version").GetInt32();
        if (wanted >= secret.Version)
        {
            throw new CannotPlanException(
                Text(
                    $"{path.Relative} is at version {secret.Version}: name a former one. Its page has those that Vault keeps."
                )
            );
        }
        if (await vault().KeyNamesAsync(path.Full, wanted, cancellation) is not { } keys)
        {
            throw new CannotPlanException(
                Text(
                    $"Version {wanted} of {path.Relative} is gone: it was deleted or destroyed, or Vault keeps no more so old."
                )
            );
        }
        if (await vault().KeyNamesAsync(path.Full, secret.Version, cancellation) is null)
        {
            throw new CannotPlanException(
                Text(
                    $"Version {secret.Version} of {path.Relative}, the current one, is deleted, so this could not be taken back. Write it by hand: vault kv rollback -version={wanted} {secret.VaultPath}"
                )
            );
        }
        var rotation = new RotationPlan(secret.Version, "", 0) { Restores = wanted };
        var kept = metadata.MaxVersions > 0 ? metadata.MaxVersions : await vault().KeptVersionsAsync(cancellation);
        if (wanted <= rotation.NextVersion - kept)
        {
            throw new CannotPlanException(
                Text(
                    $"Vault keeps {kept} versions of {path.Relative} and drops version {wanted} as version {rotation.NextVersion} is written, so what was written could not be compared with it. Have it keep more first: vault kv metadata patch -max-versions={rotation.NextVersion - wanted + 1} {secret.VaultPath}"
                )
            );
        }
        if (await WhyDeadAsync(path, request.Tenant, metadata, wanted, cancellation) is { } dead)
        {
            throw new CannotPlanException(
                $"{dead}. Who is restarted with it may be without a login. Give the secret a working one: propose secret.rotate of {path.Relative}"
            );
        }
        var rolling = RollingPlan.Of(
            consumers,
            fleet,
            request.Tenant,
            path.Relative,
            secret.Consumers,
            RollingPlan.WishOf(request.Parameters)
        );
        return Draft(request, path, secret, keys, rotation, rolling, new Keeping(kept, metadata.DeleteVersionAfter));
    }

    /// <summary>Why what a former version holds opens nothing any more, as far as Vault tells.</summary>
    private async Task<string?> WhyDeadAsync(
        SecretPath path,
        string tenant,
        VaultMetadata metadata,
        int version,
        CancellationToken cancellation
    ) =>
        await alternation.WhyDeadAsync(path, tenant, metadata, version, cancellation)
        ?? await appRoles.WhyDeadAsync(path, tenant, metadata, version, cancellation);

    private static ActionPlan Draft(
        PlanRequest request,
        SecretPath path,
        Secret secret,
        IReadOnlyList<string> keys,
        RotationPlan rotation,
        RollingPlan rolling,
        Keeping keeping
    )
    {
        var (before, after, back) = (
            Text($"version {rotation.Version}"),
            Text($"version {rotation.NextVersion}"),
            Text($"version {rotation.Restores}")
        );
        var place = secret.VaultPath;
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                new PlanChange($"current version of {place}", before, after),
                new PlanChange($"data of {place}", $"as in {before}", $"as in {back}: {string.Join(", ", keys)}"),
                .. rolling.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    $"running, with {before}",
                    $"a new one, with {after}"
                )),
            ],
            [
                new PlanStep(1, RotationPlan.Read, place, $"Read {before} of {place}"),
                new PlanStep(
                    2,
                    RotationPlan.Write,
                    place,
                    $"Write the data of {back} as {after}, only if {before} is still current",
                    rotation.Arguments
                ),
                new PlanStep(3, RotationPlan.Verify, place, $"Read {after} back and compare"),
                .. rolling.Steps(4),
            ],
            [
                keeping.Rest(before),
                .. rolling.Rest,
                "Whether what was restored still opens what it is for is not tried: a password that was taken from service meanwhile does not",
            ],
            new PlanVerification("version", 10, $"{after} is current and holds the data of {back}"),
            new PlanUndo(
                RotationPlan.Write,
                $"{keeping.Doubt}The data of {before} is written back as a new version{(rolling.Rolled.Count > 0 ? ", and whoever was restarted is restarted again" : "")}."
            ),
            RotationPlan.World(path, rotation.Version, keys, rolling.Containers)
        );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

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
                  "description": "The former version whose data is written back."
                },
                "consumers": {
                  "enum": ["labelled", "all", "none"],
                  "description": "Whose containers are restarted one by one: those whose labels name the secret (the usual), those noted in its metadata too, or none."
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

/// <summary>Carries out <see cref="RestoreSecret"/>, as a rotation that makes no value.</summary>
internal sealed class RestoreSecretExecutor(RotationSaga saga) : SagaExecutor(RestoreSecret.Kind, saga);
