using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Probes;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A plan of <c>secret.rotate</c> in words and steps: what is changed, in which order, what is left alone, and how it is taken back.</summary>
internal static class RotationDraft
{
    public static ActionPlan Of(
        PlanRequest request,
        SecretPath path,
        Secret secret,
        IReadOnlyList<string> keys,
        RotationPlan rotation,
        RollingPlan rolling,
        Keeping keeping,
        (SecretProbe? Probe, string? WhyNot) trial
    )
    {
        var (before, after) = (Version(rotation.Version), Version(rotation.NextVersion));
        var logins = rotation.Logins;
        var others = keys.Where(key => !rotation.Keys.Contains(key) && key != logins?.UserKey).ToList();
        return new ActionPlan(
            request.ProposalId,
            RotationPlan.Kind,
            request.Tenant,
            path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                new PlanChange($"current version of {secret.VaultPath}", before, after),
                .. logins is null
                    ? rotation.Keys.Select(key => new PlanChange(
                        $"key {key}",
                        $"as in {before}",
                        rotation.AppRole is { } role ? $"a new secret id of {role.Role}, as Vault makes it"
                            : rotation.Policy is { } policy ? $"new, as Vault's password policy {policy} makes it"
                            : $"new, {rotation.Length} random characters"
                    ))
                    :
                    [
                        new PlanChange(
                            $"login in {secret.VaultPath}",
                            logins.Former.User,
                            $"{logins.Next.User}, with a new password"
                        ),
                        new PlanChange(
                            $"login {logins.Former.User}",
                            "in use",
                            Retires(rotation, rolling)
                                ? "its password is taken from it, once nobody uses it"
                                : "its password still opens the database"
                        ),
                    ],
                .. rotation.AppRole is { } renewed
                    ? new[]
                    {
                        new PlanChange(
                            $"former secret id of {renewed.Role}",
                            "logs in",
                            Retires(rotation, rolling) ? "destroyed, once everybody uses the new one" : "logs in"
                        ),
                    }
                    : [],
                .. rolling.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    $"running, with {before}",
                    $"a new one, with {after}"
                )),
                .. secret
                    .Consumers.Where(consumer => rolling.Rolled.All(one => one.Container.Facts.Service != consumer))
                    .Select(consumer => new PlanChange(
                        $"what {consumer} must use",
                        before,
                        $"{after}, once it reads the secret again"
                    )),
            ],
            [.. Steps(secret, rotation, rolling, trial.Probe, before, after)],
            [
                .. others.Select(key => $"The key {key} keeps its value"),
                keeping.Rest(before),
                .. keeping.Ends
                    ? new[]
                    {
                        $"That Vault deletes each version of it after {keeping.DeletedAfter}: the new one will end too",
                    }
                    : [],
                .. rolling.Rest,
                .. trial.WhyNot is { } unasked
                    ? new[] { $"It is not tried whether the new value is taken: {unasked}" }
                    : [],
                rolling.Rolled.Count > 0 ? "Other containers are not restarted"
                : secret.Consumers.Count > 0
                    ? $"{string.Join(", ", secret.Consumers)} are not restarted: they hold the former value until they read the secret again"
                : "No container is restarted; who reads this secret is not noted in its metadata",
                .. rotation.AppRole is { } kept ? AppRoleRest(kept, rolling, path, rotation)
                : logins is null
                    ? ["Where the former value was made known (a database, a provider) is not told of the new one"]
                : logins.Instance is null
                    ?
                    [
                        $"It is not tried whether {logins.Next.User} opens the database, nor seen who still uses {logins.Former.User}: no instance of that name is configured (Databases:Instances)",
                        .. Retires(rotation, rolling)
                            ? []
                            : new[]
                            {
                                $"{logins.Former.User} is not taken from service: {(rolling.Left.Count == 0 ? "who else signs in by it is not known" : $"{string.Join(", ", rolling.Left)} may sign in by it until the secret is read again")}. Once nobody does, propose secret.rotate of {VaultRoles.StaticRoles}{logins.Former.Role}",
                            },
                    ]
                : Array.Empty<string>(),
            ],
            new PlanVerification(
                "version",
                10,
                rolling.Rolled.Count > 0
                    ? $"{after} is current and reads back as it was written, and {string.Join(", ", rolling.Names)} {(rolling.Rolled.Count == 1 ? "runs" : "run")} well with it"
                    : $"{after} is current and reads back as it was written"
            ),
            keeping.OneOnly
                ? PlanUndo.None(
                    $"Nothing brings {before} back: this secret keeps one version only (max_versions: 1), and the new one replaces it."
                )
                : new PlanUndo(
                    RotationPlan.Write,
                    $"{keeping.Doubt}The data of {before} is written back as a new version"
                        + (rolling.Rolled.Count > 0 ? ", and whoever was restarted is restarted again" : "")
                        + (logins is null ? "." : $". Until its last step {logins.Former.User} is left as it is.")
                ),
            RotationPlan.World(path, rotation.Version, keys, rolling.Containers)
        );

        static string Version(int number) => string.Create(CultureInfo.InvariantCulture, $"version {number}");
    }

    private static IEnumerable<string> AppRoleRest(
        AppRoleLogin login,
        RollingPlan rolling,
        SecretPath path,
        RotationPlan rotation
    )
    {
        yield return Retires(rotation, rolling)
            ? $"Tokens that were made with the former secret id of {login.Role} live on until their own end"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The former secret id of {login.Role} is not destroyed: {(rolling.Left.Count == 0 ? "who else logs in by it is not known" : $"{string.Join(", ", rolling.Left)} may log in by it until the secret is read again")}. Once nobody does, propose {RetireSecretId.Kind} of {path.Relative} with version {rotation.Version}"
            );
        if (login.WhyUntried is { } why)
        {
            yield return $"It is not tried whether the new secret id logs in: {why}";
        }
        if (login.Marks.Count > 0)
        {
            yield return $"The new secret id has the former one's metadata: {string.Join(", ", login.Marks.Keys.Order(StringComparer.Ordinal))}";
        }
    }

    /// <summary>Nobody is known who would lose a login with the former one: they are restarted, or it is seen that nobody has a session by it.</summary>
    private static bool Retires(RotationPlan rotation, RollingPlan rolling) =>
        rolling.ReachesAll || rotation.Logins?.Instance is not null;

    public static IEnumerable<PlanStep> Steps(
        Secret secret,
        RotationPlan rotation,
        RollingPlan rolling,
        SecretProbe? probe,
        string before,
        string after
    )
    {
        var place = secret.VaultPath;
        var number = 1;
        yield return new PlanStep(number++, RotationPlan.Read, place, $"Read {before} of {place}");
        if (rotation.Logins is { } next)
        {
            yield return DatabaseSteps.Step(
                number++,
                DatabaseSteps.Renew,
                next.Next,
                $"Have Vault give {next.Next.User}, which nobody uses, a new password"
            );
            if (next.Instance is not null)
            {
                yield return DatabaseSteps.Step(
                    number++,
                    DatabaseSteps.Try,
                    next.Next,
                    $"Sign in to {next.Instance} as {next.Next.User} with it",
                    next.Instance,
                    next.Database
                );
            }
        }
        yield return new PlanStep(
            number++,
            RotationPlan.Write,
            place,
            rotation.AppRole is { } appRole
                    ? $"Have Vault make a new secret id of {appRole.Role}{(appRole.WhyUntried is null ? ", log in with it" : "")}, and write it as {after}, only if {before} is still current"
                : rotation.Logins is { } written
                    ? $"Write {after} with {written.Next.User} and its password, only if {before} is still current"
                : $"Write {after} with a new {string.Join(" and ", rotation.Keys)}, only if {before} is still current",
            rotation.Arguments
        );
        yield return new PlanStep(number++, RotationPlan.Verify, place, $"Read {after} back and compare");
        foreach (var step in rolling.Steps(number))
        {
            yield return step;
            number++;
        }
        if (probe is not null)
        {
            yield return ProbeStep.Of(number++, place, probe);
        }
        if (rotation.AppRole is { } login && Retires(rotation, rolling))
        {
            yield return AppRoleSteps.RetireStep(number, place, login);
        }
        if (rotation.Logins is not { } former || !Retires(rotation, rolling))
        {
            yield break;
        }
        if (former.Instance is not null)
        {
            yield return DatabaseSteps.Step(
                number++,
                DatabaseSteps.Unused,
                former.Former,
                $"Wait until {former.Former.User} has no session on {former.Instance} ({DatabaseSteps.UnusedWithinSeconds} s at most)",
                former.Instance,
                former.Database
            );
        }
        yield return DatabaseSteps.Step(
            number,
            DatabaseSteps.Retire,
            former.Former,
            $"Have Vault give {former.Former.User} a password that nobody is told of",
            former.Instance,
            former.Database
        );
    }
}
