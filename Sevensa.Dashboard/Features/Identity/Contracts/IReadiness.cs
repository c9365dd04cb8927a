namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>What <c>/readyz</c> asks besides the store. Implemented by later features.</summary>
public interface IReadiness
{
    /// <summary>Null when nothing is missing.</summary>
    Unready? Missing();
}

/// <param name="Status">A word for programs: <c>hostsNotTold</c>.</param>
/// <param name="Message">In words, without names of anything.</param>
/// <param name="Names">What is missing by name, for staff.</param>
/// <param name="Waits">It is worth waiting for: not ready. Else ready, and said.</param>
public sealed record Unready(string Status, string Message, IReadOnlyList<string> Names, bool Waits);
