namespace Sevensa.Dashboard.Features.Scans;

/// <summary>In which order findings are listed.</summary>
internal enum FindingOrder
{
    /// <summary>The most severe first.</summary>
    Severity,

    /// <summary>Open ones, the soonest due first.</summary>
    Due,
}

/// <param name="Kind">Null for all kinds.</param>
/// <param name="Owner">Subject of whoever answers for them, <c>me</c> for the caller, <c>none</c> for those of nobody; null for all.</param>
/// <param name="Overdue">Open ones alone whose due date has passed.</param>
internal sealed record FindingFilter(
    string? Tenant = null,
    Severity? Severity = null,
    FindingState? State = null,
    FindingKind? Kind = null,
    string? Owner = null,
    bool Overdue = false,
    FindingOrder Order = FindingOrder.Severity
);
