using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <param name="Versions">How many Vault keeps of a secret; null when that is not known.</param>
/// <param name="DeletedAfter">A Go duration after which each version is deleted by itself.</param>
internal sealed record Keeping(int? Versions, string? DeletedAfter)
{
    public bool OneOnly => Versions == 1;

    /// <summary>What becomes of the version before, in words.</summary>
    public string Rest(string before) =>
        Versions is null
            ? $"It is not known how many versions Vault keeps of this secret, so whether {before} stays in its history is not known either"
        : OneOnly ? $"Nothing else: {before} does not stay, since this secret keeps one version only (max_versions: 1)"
        : $"{before} stays in Vault's history";

    /// <summary>Said before what can be done only while Vault still has the version before.</summary>
    public string Doubt =>
        Versions is null
            ? "Only while Vault still has the former version, since it is not known how many it keeps of this secret: "
            : "";

    public bool Ends => DeletedAfter is { Length: > 0 } and not ("0s" or "0");
}

/// <summary>A key/value secret that a plan changes, as Vault shows it now: its current version lives and has these keys.</summary>
internal sealed record PlannedSecret(SecretPath Path, VaultMetadata Metadata, Secret Secret, IReadOnlyList<string> Keys)
{
    private static readonly string[] SecretWords = ["password", "passphrase", "secret", "token", "key"];

    /// <exception cref="CannotPlanException">There is none, or none that can be changed from here.</exception>
    public static async Task<PlannedSecret> OfAsync(
        SecretCatalogue secrets,
        VaultClient vault,
        PlanRequest request,
        CancellationToken cancellation
    )
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
            await vault.KeyNamesAsync(path.Full, secret.Version, cancellation)
            ?? throw new CannotPlanException(NothingToRotate(path, secret with { State = SecretStates.Deleted }));
        return new PlannedSecret(path, metadata, secret, keys);
    }

    /// <summary>The key that was named, or the only one that can be meant.</summary>
    public string KeyOf(JsonElement parameters)
    {
        var path = Path.Relative;
        if (parameters.TryGetProperty("key", out var named))
        {
            return Keys.FirstOrDefault(key => key == named.GetString())
                ?? throw new CannotPlanException(
                    $"{path} has no key \"{Shown(named.GetString()!)}\". It has {string.Join(", ", Keys)}."
                );
        }
        var meant =
            Keys.Count == 1
                ? Keys
                :
                [
                    .. Keys.Where(key =>
                        SecretWords.Any(word => key.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                    ),
                ];
        return meant.Count == 1
            ? meant[0]
            : throw new CannotPlanException(
                Keys.Count == 0
                    ? $"{path} holds no keys."
                    : $"{path} has the keys {string.Join(", ", Keys)}. Say which one with the parameter key."
            );
    }

    public async Task<Keeping> KeepingAsync(VaultClient vault, CancellationToken cancellation) =>
        new(
            Metadata.MaxVersions > 0 ? Metadata.MaxVersions : await vault.KeptVersionsAsync(cancellation),
            Metadata.DeleteVersionAfter
        );

    /// <summary>What differs from a plan on such a secret, in words.</summary>
    /// <param name="consumers">Null where the plan restarts some of them by choice.</param>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(
        ActionPlan plan,
        ITenantScopes scopes,
        VaultClient vault,
        IFleet fleet,
        SecretConsumers? consumers,
        CancellationToken cancellation
    )
    {
        var rotation = RotationPlan.Of(plan);
        if (!SecretPath.TryOf(scopes.ForSystem(plan.Tenant), plan.Tenant, plan.Target, out var path))
        {
            return [$"{plan.Target} is not a path of {plan.Tenant}"];
        }
        var now = await vault.MetadataAsync(path.Full, cancellation);
        return
        [
            .. now?.CurrentVersion == rotation.Version
                ? []
                : new[] { rotation.Differs(plan.Target, now?.CurrentVersion) },
            .. RollingPlan.Differences(plan, fleet),
            .. consumers?.ComeSince(plan, plan.Target) ?? [],
        ];
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

    private static string Shown(string text) => StoreText.Shorten(text, 100);
}
