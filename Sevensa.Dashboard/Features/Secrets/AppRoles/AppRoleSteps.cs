using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.AppRoles;

/// <summary>
/// The parts of a rotation of an AppRole's secret id: the new one is made and logs in before it is written, the former one is
/// destroyed once everybody uses the new. What a plan made is marked with it in Vault, so that a death leaves none behind.
/// </summary>
internal static class AppRoleSteps
{
    /// <summary>Verb of the step that destroys the former secret id.</summary>
    public const string Retire = "secret.retire-id";

    public static PlanStep RetireStep(int number, string place, AppRoleLogin login) =>
        new(
            number,
            Retire,
            place,
            $"Destroy the former secret id of {login.Role}, and see that it logs in no more",
            JsonSerializer.SerializeToElement(new JsonObject { ["role"] = login.Role })
        );

    /// <summary>The data of the next version with a secret id that logs in, or why there is none.</summary>
    public static async Task<(Dictionary<string, JsonElement>? Data, string? WhyNot)> RenewedAsync(
        RotationRun run,
        Dictionary<string, JsonElement> former
    )
    {
        var login = run.Rotation.AppRole!;
        var made = await MadeAsync(run, login);
        run.MadeAccessor = made.SecretIdAccessor;
        run.Vault.Remember(made.SecretId, run.Plan.Tenant);
        run.Vault.Remember(TextOf(former, run.Rotation.Key), run.Plan.Tenant);
        var whyNot = login.WhyUntried is not null
            ? await run.Vault.LookUpSecretIdAsync(login.Role, made.SecretId!, CancellationToken.None) is null
                ? "Vault does not know it"
                : null
            : TextOf(former, login.RoleIdKey) is { } roleId
                ? await run.Vault.WhyNoLoginAsync(roleId, made.SecretId!, CancellationToken.None)
                : $"{login.RoleIdKey} is no text";
        if (whyNot is not null)
        {
            await DropUnwrittenAsync(run);
            return (null, $"The new secret id of {login.Role} does not log in: {whyNot}. It was destroyed again.");
        }
        return (
            new Dictionary<string, JsonElement>(former)
            {
                [run.Rotation.Key] = JsonSerializer.SerializeToElement(made.SecretId),
            },
            null
        );
    }

    private static async Task<VaultSecretId> MadeAsync(RotationRun run, AppRoleLogin login)
    {
        run.Changed();
        try
        {
            return await run.Vault.NewSecretIdAsync(
                login.Role,
                new Dictionary<string, string>(login.Marks) { [AppRoleLogin.Mark] = run.Action.ActionId },
                login.Cidrs,
                login.TokenCidrs,
                CancellationToken.None
            );
        }
        catch (VaultStanding)
        {
            // Refused before anything was done.
            run.NotChanged();
            throw;
        }
    }

    /// <summary>Whether the secret id that a version holds was made for this plan.</summary>
    public static async Task<bool> IsMadeHereAsync(RotationRun run, Dictionary<string, JsonElement> data) =>
        TextOf(data, run.Rotation.Key) is { } secretId
        && await run.Vault.LookUpSecretIdAsync(run.Rotation.AppRole!.Role, secretId, CancellationToken.None)
            is { } known
        && IsMarked(run, known);

    /// <summary>
    /// What this plan made and is not current is nobody's: it is destroyed, also where an earlier turn made it and died. What can't
    /// be destroyed is told, and stops nothing.
    /// </summary>
    public static async Task DropUnwrittenAsync(RotationRun run)
    {
        if (run.Rotation.AppRole is null || run.MadeAccessor is null && !run.IsResumed)
        {
            return;
        }
        if (await WhyLeftAsync(run) is { } why)
        {
            await run.TellAsync(why);
        }
    }

    /// <summary>Destroys what was made for this plan, by this turn and those before it, but what may be in use. In words why it could not be.</summary>
    public static async Task<string?> WhyLeftAsync(RotationRun run)
    {
        var role = run.Rotation.AppRole!.Role;
        try
        {
            if (await UsedAsync(run) is not { } used)
            {
                return $"Nothing that this plan made of {role} was destroyed: which secret id is in use can't be told. Whatever of it nobody uses is still alive. {Found(run, role)}";
            }
            var made = run.IsResumed
                ? await run.Vault.AccessorsAsync(role, CancellationToken.None)
                : new[] { run.MadeAccessor }.OfType<string>();
            foreach (var accessor in made.Where(accessor => !used.Contains(accessor)))
            {
                if (
                    accessor == run.MadeAccessor
                    || await run.Vault.LookUpAccessorAsync(role, accessor, CancellationToken.None) is { } known
                        && IsMarked(run, known)
                )
                {
                    await run.Vault.DestroyAccessorAsync(role, accessor, CancellationToken.None);
                }
            }
            return null;
        }
        catch (VaultStanding standing)
        {
            return $"A secret id of {role} that this plan made, and nobody uses, is still alive: {Words(standing)} {Found(run, role)}";
        }
    }

    private static string Found(RotationRun run, string role) =>
        $"Its metadata has {AppRoleLogin.Mark}={run.Action.ActionId}; find it with vault list auth/approle/role/{role}/secret-id, and destroy it by its accessor.";

    /// <summary>
    /// Accessors of what may be in use; null when that can't be told. A node of Vault may show for a moment what was before a write, so
    /// what the next version holds is in use until a later one shows.
    /// </summary>
    private static async Task<IReadOnlyCollection<string>?> UsedAsync(RotationRun run)
    {
        var next = run.Rotation.NextVersion;
        var now = (await run.Vault.MetadataAsync(run.Path!.Full, CancellationToken.None))?.CurrentVersion;
        var isWritten = run.IsWritten || now >= next;
        if (isWritten && now is null)
        {
            return null;
        }
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in (now > next ? new[] { now } : [now, next]).OfType<int>().Distinct())
        {
            if (await AccessorAsync(run, version) is { } accessor)
            {
                used.Add(accessor);
            }
            else if (isWritten)
            {
                return null;
            }
        }
        return used;
    }

    private static async Task<string?> AccessorAsync(RotationRun run, int version) =>
        await run.Vault.DataAsync(run.Path!.Full, version, CancellationToken.None) is { } data
        && TextOf(data, run.Rotation.Key) is { } used
            ? (
                await run.Vault.LookUpSecretIdAsync(run.Rotation.AppRole!.Role, used, CancellationToken.None)
            )?.SecretIdAccessor
            : null;

    private static bool IsMarked(RotationRun run, VaultSecretId known) =>
        known.Metadata?.GetValueOrDefault(AppRoleLogin.Mark) == run.Action.ActionId;

    public static async Task<ActionOutcome?> RetireAsync(RotationRun run)
    {
        var login = run.Rotation.AppRole!;
        if (await run.FormerAsync() is not { } former || TextOf(former, run.Rotation.Key) is not { } secretId)
        {
            return Left(login, "the version that held it is gone, so it is not known which it is.", null);
        }
        try
        {
            if (await WhyInUseAsync(run, secretId) is { } inUse)
            {
                return Left(login, inUse, null);
            }
            return
                await WhyAliveAsync(run.Vault, login, TextOf(former, login.RoleIdKey), secretId, run.TellAsync)
                    is { } why
                ? Left(login, why, null)
                : null;
        }
        catch (VaultStanding standing)
        {
            return Left(login, Words(standing), standing.Code);
        }
    }

    /// <summary>Somebody may have made the former version current again meanwhile.</summary>
    private static async Task<string?> WhyInUseAsync(RotationRun run, string secretId)
    {
        var path = run.Path!.Full;
        var now = (await run.Vault.MetadataAsync(path, CancellationToken.None))?.CurrentVersion;
        if (now == run.Rotation.NextVersion)
        {
            return null;
        }
        return
            now is { } version
            && await run.Vault.DataAsync(path, version, CancellationToken.None) is { } data
            && TextOf(data, run.Rotation.Key) is { } used
            ? used == secretId
                ? Text(
                    $"version {version} of {run.Plan.Target}, the current one, holds it again, so it is in use. What follows is for when it no longer is."
                )
                : null
            : "somebody wrote another version meanwhile, and whether that holds it can't be told. What follows is for when it does not.";
    }

    /// <summary>Destroys a secret id, unless that was done before, and sees that it logs in no more. In words why it is alive.</summary>
    public static async Task<string?> WhyAliveAsync(
        VaultClient vault,
        AppRoleLogin login,
        string? roleId,
        string secretId,
        Func<string, Task> tell
    )
    {
        if (await vault.LookUpSecretIdAsync(login.Role, secretId, CancellationToken.None) is { } known)
        {
            // Told right before: who has lost this to another dashboard is stopped here.
            await tell($"Destroying the former secret id of {login.Role}");
            await vault.DestroyAccessorAsync(login.Role, known.SecretIdAccessor!, CancellationToken.None);
        }
        return
            roleId is not null
            && login.Cidrs.Count == 0
            && await vault.WhyNoLoginAsync(roleId, secretId, CancellationToken.None) is null
            ? "Vault says that it is destroyed, and it still logs in."
            : null;
    }

    private static ActionOutcome Left(AppRoleLogin login, string why, string? code) =>
        new(
            ProposalState.Failed,
            $"The new secret id is in use everywhere. The former one was not destroyed: {why} Look for it with vault list auth/approle/role/{login.Role}/secret-id, and destroy it by its accessor.",
            code,
            Undo: "none"
        );

    public static string? TextOf(Dictionary<string, JsonElement> data, string key) =>
        data.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
