using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// A new password for one login that Vault keeps as a static role. There is no second one to fall back on: what is open stays
/// open, and a new sign-in with the former password fails from then on, so whoever uses it is restarted at once.
/// </summary>
internal static class StaticRotation
{
    /// <summary>The role that a target names, <c>database/static-roles/NAME</c> or <c>database/static-creds/NAME</c>; null when it is none.</summary>
    public static string? RoleOf(string target) =>
        new[] { VaultRoles.StaticRoles, VaultRoles.StaticCredentials }
            .Where(prefix => target.StartsWith(prefix, StringComparison.Ordinal))
            .Select(prefix => target[prefix.Length..])
            .FirstOrDefault(role => role.Length is > 0 and <= 200 && role.All(IsPlain));

    public static bool Is(ActionPlan plan) =>
        RoleOf(plan.Target) is not null && plan.Steps.All(step => step.Verb != RotationPlan.Write);

    public static async Task<ActionPlan> PlanAsync(
        PlanRequest request,
        string role,
        AlternationPlan logins,
        VaultClient vault,
        RollingPlan rolling,
        CancellationToken cancellation
    )
    {
        var (login, connection) = await logins.KeptAsync(null, request.Tenant, role, cancellation);
        var (instance, database) = logins.Place(null, connection);
        var rotated = Rotated(await vault.StaticRoleAsync(role, cancellation));
        return new ActionPlan(
            request.ProposalId,
            RotationPlan.Kind,
            request.Tenant,
            VaultRoles.StaticRoles + role,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                new PlanChange(
                    $"password of {login.User} in {connection}",
                    $"as given at {rotated}",
                    "new, as Vault's database engine makes it"
                ),
                .. rolling.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    "running, with the former password",
                    "a new one, with the new password"
                )),
            ],
            [.. Steps(login, connection, instance, database, rolling)],
            [
                .. rolling.Rest,
                "Sessions that are open stay open",
                .. instance is null
                    ?
                    [
                        $"It is not tried whether {login.User} opens the database: no instance named {connection} is configured (Databases:Instances)",
                    ]
                    : Array.Empty<string>(),
                rolling.Rolled.Count > 0
                    ? "Whoever signs in before it is restarted is refused: there is one login, and its former password ends at once"
                    : $"No container is restarted: none says by its labels that it reads {VaultRoles.StaticCredentials}{role}, and whoever signs in with the former password is refused",
            ],
            new PlanVerification(
                "version",
                10,
                instance is null ? "Vault has rotated it" : $"{login.User} signs in to {instance} with the new password"
            ),
            PlanUndo.None("Nothing brings the former password back: the database keeps one, and Vault makes it."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject
                    {
                        ["role"] = role,
                        ["rotated"] = rotated,
                        ["containers"] = World.Fingerprint(rolling.Containers),
                    }
                )
            )
        );
    }

    /// <summary>What differs from the plan in Vault, in words.</summary>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(
        ActionPlan plan,
        VaultClient vault,
        CancellationToken cancellation
    )
    {
        var planned = plan.Changes[0].Before;
        var now = await vault.StaticRoleAsync(RoleOf(plan.Target)!, cancellation);
        return now is null ? [$"{plan.Target} is no longer in Vault"]
            : planned == $"as given at {Rotated(now)}" ? []
            : [$"{plan.Target} was rotated meanwhile, at {Rotated(now)}"];
    }

    /// <summary>Whether Vault has given the login a new password since it was planned.</summary>
    public static async Task<bool> IsRotatedAsync(ActionPlan plan, VaultClient vault, CancellationToken cancellation) =>
        await vault.StaticRoleAsync(RoleOf(plan.Target)!, cancellation) is { LastVaultRotation: not null } now
        && plan.Changes[0].Before != $"as given at {Rotated(now)}";

    private static IEnumerable<PlanStep> Steps(
        KeptLogin login,
        string connection,
        string? instance,
        string? database,
        RollingPlan rolling
    )
    {
        var number = 1;
        if (instance is not null)
        {
            yield return DatabaseSteps.Step(
                number++,
                DatabaseSteps.Try,
                login,
                $"Sign in to {instance} as {login.User}, so that it is known that it can be",
                instance,
                database
            );
        }
        yield return DatabaseSteps.Step(
            number++,
            DatabaseSteps.Renew,
            login,
            $"Have Vault give {login.User} a new password in {connection}"
        );
        if (instance is not null)
        {
            yield return DatabaseSteps.Step(
                number++,
                DatabaseSteps.Try,
                login,
                $"Sign in to {instance} as {login.User} with it",
                instance,
                database
            );
        }
        foreach (var step in rolling.Steps(number))
        {
            yield return step;
        }
    }

    private static string Rotated(VaultStaticRole? role) =>
        role?.LastVaultRotation?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture)
        ?? "no time that Vault tells";

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.';
}
