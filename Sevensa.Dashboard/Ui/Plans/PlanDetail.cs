namespace Sevensa.Dashboard.Ui.Plans;

public enum PlanMark
{
    Same,
    Removed,
    Added,
}

/// <summary>One line of before and after.</summary>
public sealed record PlanLine(PlanMark Mark, string Text);

/// <summary>One fact of a plan: "Where", "vps-1 · container 3f9c11d0a2b7".</summary>
/// <param name="State">Colours the value where it is a judgement.</param>
public sealed record PlanRow(string Name, string Value, bool Mono = false, State? State = null);

/// <param name="Change">Before and after; what stays the same stands without a mark.</param>
/// <param name="Hash">The hash that an approval names.</param>
public sealed record PlanDetail(
    IReadOnlyList<PlanLine> Change,
    IReadOnlyList<PlanRow> Rows,
    string? Hash = null,
    string? Note = null
);
