namespace Sevensa.Dashboard.Features.Scans;

/// <summary>In which order findings are listed.</summary>
internal enum FindingOrder
{
    /// <summary>The most severe first.</summary>
    Severity,

    /// <summary>Open ones, the soonest due first.</summary>
    Due,

    /// <summary>What is known to be exploited first, then what is reached from furthest, then the most urgent (<see cref="Urgency"/>).</summary>
    Priority,
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
)
{
    /// <summary>Of images that are reached from at least so far; null for all.</summary>
    public Exposure? Exposure { get; init; }

    /// <summary>Of images that containers run now, or of those that none does; null for both.</summary>
    public bool? Running { get; init; }

    /// <summary>Of images that run as root somewhere.</summary>
    public bool RunsAsRoot { get; init; }

    /// <summary>Those alone that are known to be exploited.</summary>
    public bool Exploited { get; init; }

    /// <summary>Those alone that have a fix.</summary>
    public bool Fixable { get; init; }

    /// <summary>Any digest of the one image; null for all.</summary>
    public string? Image { get; init; }

    /// <summary>Its id; null for all.</summary>
    public string? Vulnerability { get; init; }
}
