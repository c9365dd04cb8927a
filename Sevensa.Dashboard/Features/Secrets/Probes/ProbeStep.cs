using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.Probes;

/// <summary>The step of a rotation that asks with the new value, once those who check it have it.</summary>
internal sealed class ProbeStep(ProbeDoor door, RotationUndo undo, TimeProvider time)
{
    public const string Verb = "secret.probe";

    /// <summary>So long nobody may answer whether a value is right that is in use already.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public static PlanStep Of(int number, string place, SecretProbe probe) =>
        new(
            number,
            Verb,
            place,
            $"{char.ToUpperInvariant(probe.Words[0])}{probe.Words[1..]}",
            JsonSerializer.SerializeToElement(probe)
        );

    public async Task<ActionOutcome?> AskAsync(RotationRun run, PlanStep step)
    {
        var probe = step.Arguments!.Value.Deserialize<SecretProbe>()!;
        var data = await run.Vault.DataAsync(run.Path!.Full, run.Rotation.NextVersion, CancellationToken.None);
        if (data?.GetValueOrDefault(run.Rotation.Key) is not { ValueKind: JsonValueKind.String } value)
        {
            return await undo.FailedAsync(
                run,
                step,
                Text($"Version {run.Rotation.NextVersion} no longer has {run.Rotation.Key}, so it can't be tried.")
            );
        }
        var trial = await door.AskAsync(probe, value.GetString()!, CancellationToken.None);
        if (trial.Passes)
        {
            return null;
        }
        if (trial.Reached)
        {
            return await undo.FailedAsync(run, step, trial.Words);
        }
        if (run.Plan.Kind == RehearseSecret.Kind)
        {
            // What is only tried stays current for no longer than it takes.
            await run.TellAsync($"{trial.Words} So it is not known whether the new value would be taken.");
            return null;
        }
        return time.GetUtcNow() - run.BegunAt(step) >= Longest
            ? await undo.FailedAsync(
                run,
                step,
                $"{trial.Words} Nobody said within {Longest.TotalMinutes:0} minutes whether the new value is right."
            )
            : Later(
                $"{trial.Words} Whether the new value is right there is tried again, for {Longest.TotalMinutes:0} minutes; then it is taken back. Cancel it to have that at once."
            );
    }
}
