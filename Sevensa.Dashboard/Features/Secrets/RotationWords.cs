using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
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

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
