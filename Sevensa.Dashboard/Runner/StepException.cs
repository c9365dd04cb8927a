namespace Sevensa.Dashboard.Runner;

/// <summary>A step can't be done, for a reason that Docker does not tell; the message says what to do.</summary>
/// <param name="code">Stable word: <c>imageMissing</c>, <c>nameTaken</c>, <c>noRoom</c>…</param>
internal sealed class StepException(string code, string message) : Exception(message)
{
    /// <summary>Somebody cancelled the action while a step that changes nothing was at work.</summary>
    public const string Cancelled = "cancelled";

    public string Code { get; } = code;
}
