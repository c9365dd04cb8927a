using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary><c>secret.rotate</c>: a new random value for one key of a key/value secret, as its next version.</summary>
internal sealed class RotateSecret(
    SecretCatalogue secrets,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    TimeProvider time
) : IActionKind
{
    private static readonly string[] SecretWords = ["password", "passphrase", "secret", "token", "key"];

    public string Name => RotationPlan.Kind;

    public string Title(string target) => $"Rotate {target}";

    public string Description =>
        "Writes a new random value for one key of a secret in Vault (key/value, version 2) as its next version. "
        + "The value never leaves Vault; services use it once they read the secret again.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public string Undo =>
        "The data of the former version is written back as a new version; nothing can be, where a secret keeps one version only.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            return await PlanItAsync(request, cancellation);
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"Vault can't say what is there: {exception.Told}");
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var rotation = RotationPlan.Of(plan);
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return [$"{plan.Target} is not a path of {plan.Tenant}"];
        }
        var now = await vault().MetadataAsync(path.Full, cancellation);
        return now?.CurrentVersion == rotation.Version ? [] : [rotation.Differs(plan.Target, now?.CurrentVersion)];
    }

    private async Task<PlanDraft> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        if (
            await secrets.ResolveAsync(request.Scope, request.Tenant, request.Target, cancellation)
            is not var (path, metadata)
        )
        {
            throw new CannotPlanException(
                $"{request.Tenant} has no secret \"{Shown(request.Target)}\". The Secrets page lists what there is."
            );
        }
        if (metadata is null)
        {
            throw new CannotPlanException(
                $"{path.Relative} lies in a key/value engine of version 1, which keeps no versions: what is written there replaces the former value for good, and nobody is told who wrote last. It is not rotated from here."
            );
        }
        var secret = secrets.Of(path, metadata);
        if (secret.State != SecretStates.Live)
        {
            throw new CannotPlanException(NothingToRotate(path, secret));
        }
        // Vault's clock may be ahead of this one: what it no longer gives is gone, whatever its time says.
        var keys =
            await vault().KeyNamesAsync(path.Full, secret.Version, cancellation)
            ?? throw new CannotPlanException(NothingToRotate(path, secret with { State = SecretStates.Deleted }));
        var rotation = new RotationPlan(
            secret.Version,
            KeyOf(request.Parameters, keys, path.Relative),
            request.Parameters.GetProperty("length").GetInt32()
        );
        var kept = metadata.MaxVersions > 0 ? metadata.MaxVersions : await vault().KeptVersionsAsync(cancellation);
        return new PlanDraft(
            Draft(request, path, secret, keys, rotation, new Keeping(kept, metadata.DeleteVersionAfter)),
            new PlanEstimate(null, [], null, time.GetUtcNow())
        );
    }

    private static string NothingToRotate(SecretPath path, Secret secret)
    {
        var version = secret.Version.ToString(CultureInfo.InvariantCulture);
        return secret.State switch
        {
            SecretStates.Deleted =>
                $"Version {version} of {path.Relative}, the current one, is deleted, so there is nothing to rotate. Undelete it (vault kv undelete -versions={version} {secret.VaultPath}) or write a new one: vault kv put {secret.VaultPath}",
            SecretStates.Destroyed =>
                $"Version {version} of {path.Relative}, the current one, is destroyed and can't be brought back, so there is nothing to rotate. Write a new one: vault kv put {secret.VaultPath}",
            _ =>
                $"{path.Relative} was never written: there is only its metadata, so there is nothing to rotate. Write its first version: vault kv put {secret.VaultPath}",
        };
    }

    /// <param name="Versions">How many Vault keeps of it; null when that is not known.</param>
    /// <param name="DeletedAfter">A Go duration after which each version is deleted by itself.</param>
    private sealed record Keeping(int? Versions, string? DeletedAfter)
    {
        public bool OneOnly => Versions == 1;

        public bool Ends => DeletedAfter is { Length: > 0 } and not ("0s" or "0");
    }

    private static ActionPlan Draft(
        PlanRequest request,
        SecretPath path,
        Secret secret,
        IReadOnlyList<string> keys,
        RotationPlan rotation,
        Keeping keeping
    )
    {
        var (before, after) = (Version(rotation.Version), Version(rotation.NextVersion));
        var others = keys.Where(key => key != rotation.Key).ToList();
        return new ActionPlan(
            request.ProposalId,
            RotationPlan.Kind,
            request.Tenant,
            path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange($"current version of {secret.VaultPath}", before, after),
                new PlanChange($"key {rotation.Key}", $"as in {before}", $"new, {rotation.Length} random characters"),
                .. secret.Consumers.Select(consumer => new PlanChange(
                    $"what {consumer} must use",
                    before,
                    $"{after}, once it reads the secret again"
                )),
            ],
            [
                new PlanStep(1, RotationPlan.Read, secret.VaultPath, $"Read {before} of {secret.VaultPath}"),
                new PlanStep(
                    2,
                    RotationPlan.Write,
                    secret.VaultPath,
                    $"Write {after} with a new {rotation.Key}, only if {before} is still current",
                    rotation.Arguments
                ),
                new PlanStep(3, RotationPlan.Verify, secret.VaultPath, $"Read {after} back and compare"),
            ],
            [
                .. others.Select(key => $"The key {key} keeps its value"),
                keeping.OneOnly
                    ? $"Nothing else: {before} does not stay, since this secret keeps one version only (max_versions: 1)"
                    : $"{before} stays in Vault's history",
                .. keeping.Ends
                    ? new[]
                    {
                        $"That Vault deletes each version of it after {keeping.DeletedAfter}: the new one will end too",
                    }
                    : [],
                secret.Consumers.Count > 0
                    ? $"{string.Join(", ", secret.Consumers)} are not restarted: they hold the former value until they read the secret again"
                    : "No container is restarted; who reads this secret is not noted in its metadata",
                "Where the former value was made known (a database, a provider) is not told of the new one",
            ],
            new PlanVerification("version", 10, $"{after} is current and reads back as it was written"),
            keeping.OneOnly
                ? PlanUndo.None(
                    $"Nothing brings {before} back: this secret keeps one version only (max_versions: 1), and the new one replaces it."
                )
                : new PlanUndo(RotationPlan.Write, $"The data of {before} is written back as a new version."),
            RotationPlan.World(path, rotation.Version, keys)
        );

        static string Version(int number) => string.Create(CultureInfo.InvariantCulture, $"version {number}");
    }

    /// <summary>The key that was named, or the only one that can be meant.</summary>
    private static string KeyOf(JsonElement parameters, IReadOnlyList<string> keys, string path)
    {
        if (parameters.TryGetProperty("key", out var named))
        {
            return keys.FirstOrDefault(key => key == named.GetString())
                ?? throw new CannotPlanException(
                    $"{path} has no key \"{Shown(named.GetString()!)}\". It has {string.Join(", ", keys)}."
                );
        }
        var meant =
            keys.Count == 1
                ? keys
                :
                [
                    .. keys.Where(key =>
                        SecretWords.Any(word => key.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                    ),
                ];
        return meant.Count == 1
            ? meant[0]
            : throw new CannotPlanException(
                keys.Count == 0
                    ? $"{path} holds no keys."
                    : $"{path} has the keys {string.Join(", ", keys)}. Say which one with the parameter key."
            );
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
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
