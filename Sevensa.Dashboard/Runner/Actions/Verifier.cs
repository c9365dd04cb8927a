using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Actions;

/// <param name="Code">Stable word: <c>badSignature</c>, <c>wrongHost</c>, <c>expired</c>, <c>localPolicy</c>, <c>stale</c>, <c>busy</c>…</param>
internal sealed record Refusal(string Code, string Text, IReadOnlyList<string>? Differences = null);

/// <summary>A delivery on its way through the rules.</summary>
internal sealed class Examination(SignedEnvelope envelope)
{
    public SignedEnvelope Envelope { get; } = envelope;

    /// <summary>Set by the first rules; those after them may rely on it.</summary>
    public SignedAction Action { get; set; } = null!;

    /// <summary>The plan as it arrived, so that members a later dashboard adds are hashed too.</summary>
    public JsonElement RawPlan { get; set; }

    /// <summary>References of images that the plan would run or bring, besides those of the touched containers.</summary>
    public List<string> Images { get; } = [];

    /// <summary>The touched containers as Docker shows them now, by id.</summary>
    public Dictionary<string, ContainerFacts> Now { get; } = new(StringComparer.Ordinal);
}

/// <summary>One thing that must hold before an action is run.</summary>
internal interface IVerifierRule
{
    /// <summary>What held before the other rules were asked may not hold after them.</summary>
    bool Lapses => false;

    /// <summary>Null when it holds.</summary>
    ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation);
}

/// <summary>Rules in order; the first that does not hold refuses.</summary>
/// <param name="authenticity">Who says so, and to whom: until these hold, nothing in the delivery is believed or written down.</param>
/// <param name="validity">Whether it may be done, here and now.</param>
internal sealed class Verifier(IReadOnlyList<IVerifierRule> authenticity, IReadOnlyList<IVerifierRule> validity)
{
    public ValueTask<Refusal?> AuthenticAsync(Examination examination, CancellationToken cancellation) =>
        FirstAsync(authenticity, examination, cancellation);

    public async ValueTask<Refusal?> ValidAsync(Examination examination, CancellationToken cancellation) =>
        await FirstAsync(validity, examination, cancellation)
        // A slow Docker keeps the rules between waiting for minutes.
        ?? await FirstAsync([.. validity.Where(rule => rule.Lapses)], examination, cancellation);

    private static async ValueTask<Refusal?> FirstAsync(
        IReadOnlyList<IVerifierRule> rules,
        Examination examination,
        CancellationToken cancellation
    )
    {
        foreach (var rule in rules)
        {
            if (await rule.CheckAsync(examination, cancellation) is { } refusal)
            {
                return refusal;
            }
        }
        return null;
    }
}
