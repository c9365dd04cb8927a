using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>How rotations tell what they come to.</summary>
internal static class RotationWords
{
    /// <summary>It can't go on now, and is called again.</summary>
    public static ActionOutcome Later(string why) => new(ProposalState.Unknown, why);

    /// <summary>Tells one occasion of a step from another, for the host's journal.</summary>
    public static string Occasion(PlanStep step) => step.Number.ToString(CultureInfo.InvariantCulture);

    public static string Words(UpstreamException exception) =>
        $"{exception.Upstream}: {exception.Message.TrimEnd('.')}. {exception.Remedy}".TrimEnd();

    /// <summary>What a plan on a secret's value came to, in two or three words: "Rotation done".</summary>
    public static string Of(LastRotation last)
    {
        var deed = last.Kind switch
        {
            EnterSecret.Kind => "Entering",
            RestoreSecret.Kind => "Restoring",
            RehearseSecret.Kind => "Rehearsal",
            _ => "Rotation",
        };
        var end = last.State switch
        {
            ProposalState.Proposed => "proposed",
            ProposalState.Approved => "approved",
            ProposalState.Dispatched or ProposalState.Running => "under way",
            ProposalState.Succeeded => "done",
            ProposalState.RolledBack => "taken back",
            ProposalState.Unknown => "not known yet",
            var other => other.ToString().ToLowerInvariant(),
        };
        return $"{deed} {end}";
    }

    /// <summary>How a secret, or a version of it, stands, for a page.</summary>
    public static string OfState(string state) =>
        state switch
        {
            SecretStates.Live => "live",
            SecretStates.Deleted => "Deleted",
            SecretStates.Destroyed => "Destroyed",
            SecretStates.NeverWritten => "Never written",
            SecretStates.NotAllowed => "Not allowed",
            _ => "Not known",
        };

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
