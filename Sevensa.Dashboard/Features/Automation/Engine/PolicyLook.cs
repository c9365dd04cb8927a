namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What holds for all policies during one look.</summary>
/// <param name="Turn">What was asked already.</param>
/// <param name="Brake">Why nothing is done at all now; null when it may be.</param>
/// <param name="Moved">How far the clock was moved since the look before; null when it was not.</param>
internal sealed record PolicyLook(PolicyLease Lease, TriggerReader.Turn Turn, string? Brake, TimeSpan? Moved);
