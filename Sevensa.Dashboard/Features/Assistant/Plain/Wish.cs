namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>What somebody wants: to know something, or to have something done.</summary>
internal enum WishKind
{
    Unknown,
    Help,
    Running,
    Status,
    Figure,
    Why,
    Logs,
    Changes,
    Releases,
    Alerts,
    Secrets,
    Findings,
    Databases,
    Policies,

    /// <summary>A rule of what is to be done from now on, and not now.</summary>
    Policy,
    Playbook,
    Approvals,
    Tenants,

    /// <summary>The hosts, and when their disks are full.</summary>
    Hosts,

    /// <summary>A figure against another time.</summary>
    Compare,
    Objectives,
    Incidents,

    /// <summary>Who asked for what, and who decided.</summary>
    Decided,
    Posture,
    Reach,

    /// <summary>Alerts are to be quiet for a while.</summary>
    Silence,

    /// <summary>To approve, which is nothing that can be said here.</summary>
    Approve,

    /// <summary>A greeting or thanks.</summary>
    Courtesy,
    Restart,
    Stop,
    Start,
    Scale,
    Rollback,
    Rotate,
    Undo,

    /// <summary>Nothing that this product does: files, disks, processes, other people's clusters.</summary>
    Beyond,
}

/// <summary>One wish as it was read from a sentence or a command.</summary>
/// <param name="Said">Its part of the sentence.</param>
/// <param name="Tenant">Id; null when none was named.</param>
/// <param name="Service">As the registry has it; null when none was named.</param>
/// <param name="Metric">Name of a figure for <see cref="WishKind.Figure"/>.</param>
/// <param name="Text">What log lines are to contain, or their level; a severity of findings; where to go back to, when no calendar says it.</param>
/// <param name="Path">Of a secret.</param>
/// <param name="Stranger">What was named as a thing that runs and is nothing of this fleet.</param>
/// <param name="Condition">What a change is to wait for, as it was said.</param>
/// <param name="Unclear">Why it is not clear what is meant, as a sentence: then it is asked, and nothing is proposed.</param>
internal sealed record Wish(
    WishKind Kind,
    string Said,
    string? Tenant = null,
    string? Service = null,
    string? Metric = null,
    SaidTime? When = null,
    int? Count = null,
    string? Text = null,
    string? Path = null,
    string? Stranger = null,
    string? Condition = null,
    string? Unclear = null
)
{
    /// <summary>It asks for a change, which is only ever proposed.</summary>
    public bool Changes =>
        Kind
            is WishKind.Restart
                or WishKind.Stop
                or WishKind.Start
                or WishKind.Scale
                or WishKind.Rollback
                or WishKind.Rotate
                or WishKind.Undo;

    /// <summary>It is about one service, and can't be answered without knowing which.</summary>
    public bool NeedsService =>
        Kind is WishKind.Restart or WishKind.Stop or WishKind.Start or WishKind.Scale or WishKind.Figure;

    /// <summary>It can't be answered for all tenants at once.</summary>
    public bool NeedsTenant =>
        NeedsService
        || Kind
            is WishKind.Why
                or WishKind.Compare
                or WishKind.Silence
                or WishKind.Reach
                or WishKind.Logs
                or WishKind.Rollback
                or WishKind.Rotate;
}
