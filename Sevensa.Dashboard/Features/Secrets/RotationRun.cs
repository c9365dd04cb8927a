using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Vault;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>One turn at an action: what was told of its steps before, and what is told now.</summary>
internal sealed class RotationRun
{
    private readonly Func<ActionReport, Task> report;
    private Dictionary<string, JsonElement>? former;
    private RotationPlan? rotation;
    private readonly bool hadChangedNothing;
    private readonly HashSet<int> begunBefore;
    private readonly Dictionary<int, DateTimeOffset> begunAt = [];

    public RotationRun(
        SignedAction action,
        SecretPath? path,
        VaultClient vault,
        Func<ActionReport, Task> report,
        IReadOnlyList<ActionReport> told
    )
    {
        (Action, Path, Vault, this.report) = (action, path, vault, report);
        foreach (var one in told.Where(one => one.Step is not null))
        {
            if (one.Type == "progress")
            {
                Untouched.Add(one.Step!.Value);
                continue;
            }
            if (one.Type != "step")
            {
                continue;
            }
            Begun.Add(one.Step!.Value);
            if (one.Status == "started")
            {
                begunAt.TryAdd(one.Step.Value, one.At);
                Untouched.Remove(one.Step.Value);
            }
            else if (one.Status == "done")
            {
                Done.Add(one.Step.Value);
            }
            else if (one.Status == "failed")
            {
                Failed = one.Text ?? "A step failed.";
            }
        }
        // What was begun may have been done, whatever was told of it.
        HasChangedNothing = !Plan.Steps.Any(step => Changes(step) && Begun.Contains(step.Number));
        hadChangedNothing = HasChangedNothing;
        begunBefore = [.. Begun];
    }

    public SignedAction Action { get; }

    public ActionPlan Plan => Action.Plan;

    /// <summary>Null for a static role, which has no versions.</summary>
    public SecretPath? Path { get; }

    public VaultClient Vault { get; }

    public RotationPlan Rotation => rotation ??= RotationPlan.Of(Plan);

    public HashSet<int> Begun { get; } = [];

    public HashSet<int> Done { get; } = [];

    /// <summary>Why all is taken back; null while it goes on.</summary>
    public string? Failed { get; }

    public PlanStep? Current { get; private set; }

    public bool HasChangedNothing { get; private set; }

    /// <summary>The former login may not open the database any more.</summary>
    public bool IsPastReturn =>
        Plan.Steps.Any(step => step.Verb is DatabaseSteps.Retire or AppRoleSteps.Retire && Begun.Contains(step.Number));

    /// <summary>Containers that a host would not touch: there is nothing to take back.</summary>
    public HashSet<int> Untouched { get; } = [];

    /// <summary>It is being taken back.</summary>
    public bool IsTakenBack { get; set; }

    public void Changed() => HasChangedNothing = false;

    /// <summary>What was thought to be changed was refused before anything was done.</summary>
    public void NotChanged() => HasChangedNothing = hadChangedNothing;

    /// <summary>Somebody was at it before, and has died or could not go on.</summary>
    public bool IsResumed => begunBefore.Count > 0;

    /// <summary>When this step was begun the first time, by whoever was at it.</summary>
    public DateTimeOffset? BegunAt(PlanStep step) => begunAt.TryGetValue(step.Number, out var at) ? at : null;

    /// <summary>Whether somebody was at this step before, and may have done it.</summary>
    public bool WasBegunBefore(PlanStep step) => begunBefore.Contains(step.Number);

    /// <summary>A host would not touch it; told, so that whoever takes this over knows too.</summary>
    public Task LeftAloneAsync(PlanStep step, string why)
    {
        Untouched.Add(step.Number);
        return report(
            new ActionReport(
                "",
                0,
                default,
                "progress",
                step.Number,
                Text: $"{step.Title}: it was left as it is. {why}"
            )
        );
    }

    public async Task BeginAsync(PlanStep step)
    {
        Current = step;
        Begun.Add(step.Number);
        // Refused once, it may be done now.
        Untouched.Remove(step.Number);
        await TellAsync(step, "started", null);
    }

    /// <summary>The new version is told as written.</summary>
    public bool IsWritten => Plan.Steps.Any(step => step.Verb == RotationPlan.Write && Done.Contains(step.Number));

    public Task DoneAsync(PlanStep step)
    {
        Done.Add(step.Number);
        return TellAsync(step, "done", null);
    }

    public Task FailAsync(PlanStep step, string why) => TellAsync(step, "failed", why);

    public Task TellAsync(string text) => report(new ActionReport("", 0, default, "progress", Text: text));

    public async Task<ActionOutcome> StaleAsync(PlanStep step, string differs)
    {
        await FailAsync(step, differs);
        return new ActionOutcome(
            ProposalState.Refused,
            "The secret is no longer the one that was approved. Nothing was written; propose again.",
            "stale",
            Differences: [differs]
        );
    }

    public async Task<Dictionary<string, JsonElement>?> FormerAsync() =>
        former ??= await Vault.DataAsync(Path!.Full, Rotation.Version, CancellationToken.None);

    /// <summary>What this turn wrote of a former version, which Vault may drop as it takes the new one.</summary>
    public Dictionary<string, JsonElement>? Restored { get; set; }

    /// <summary>Of a secret id that this turn made and may have written.</summary>
    public string? MadeAccessor { get; set; }

    /// <summary>Whether the next version is the one that this plan makes.</summary>
    public async Task<bool> IsMadeAsync()
    {
        if (await Vault.DataAsync(Path!.Full, Rotation.NextVersion, CancellationToken.None) is not { } after)
        {
            return false;
        }
        if (Rotation.Restores is { } restored)
        {
            var back = Restored ?? await Vault.DataAsync(Path!.Full, restored, CancellationToken.None);
            // With nothing left to compare with, the number that Vault gave to what was written tells.
            return back is null ? IsWritten : SecretVersions.Same(after, back);
        }
        if (Rotation.AppRole is not null && !await AppRoleSteps.IsMadeHereAsync(this, after))
        {
            return false;
        }
        if (Rotation.Logins is { } logins)
        {
            var kept = await Vault.StaticLoginAsync(
                VaultRoles.StaticCredentials + logins.Next.Role,
                CancellationToken.None
            );
            if (
                kept?.Password is not { } password
                || !after.TryGetValue(Rotation.Key, out var written)
                || written.ValueKind != JsonValueKind.String
                || !written.ValueEquals(password)
            )
            {
                return false;
            }
        }
        return await FormerAsync() is { } before ? Rotation.Made(before, after) : Rotation.MayBeMade(after);
    }

    public string Ending()
    {
        var restarted = Plan
            .Steps.Where(step => step.IsErrand())
            .Select(step => Plan.Containers.Single(container => container.Id == step.On).Name)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var ran =
            restarted.Count == 0
                ? ""
                : $" {string.Join(", ", restarted)} {(restarted.Count == 1 ? "runs" : "run")} well with it.";
        if (Plan.Kind == RehearseSecret.Kind)
        {
            return Text(
                $"{string.Join(", ", restarted)} ran well with a new value, and runs with the former one again: the data of version {Rotation.Version} of {Plan.Target} is current, as version {Rotation.NextVersion + 1}."
            );
        }
        if (Path is null)
        {
            return $"{Plan.Target} has a new password.{ran}";
        }
        var retired = Rotation.Logins is { } logins
            ? Plan.Steps.Any(step => step.Verb == DatabaseSteps.Retire)
                ? $" {logins.Former.User} is out of service until its next turn."
                : $" {logins.Former.User} still opens the database: once nobody uses it any more, propose secret.rotate of {VaultRoles.StaticRoles}{logins.Former.Role}."
            : Rotation.AppRole is not { } role
                ? ""
                : Plan.Steps.Any(step => step.Verb == AppRoleSteps.Retire)
                    ? $" The former secret id of {role.Role} is destroyed."
                    : Text(
                        $" The former secret id of {role.Role} still logs in: once nobody uses it any more, propose {RetireSecretId.Kind} of {Plan.Target} with version {Rotation.Version}."
                    );
        return Text($"Version {Rotation.NextVersion} of {Plan.Target} is current.{ran}{retired}");
    }

    private static bool Changes(PlanStep step) =>
        step.Verb
            is DatabaseSteps.Renew
                or RotationPlan.Write
                or DatabaseSteps.Retire
                or AppRoleSteps.Retire
                or RehearseSecret.Back
        || step.IsErrand();

    private Task TellAsync(PlanStep step, string status, string? text) =>
        report(new ActionReport("", 0, default, "step", step.Number, status, text));
}
