namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>Signed with the key that was pinned when this host was enrolled.</summary>
internal sealed class SignatureRule(Func<PinnedKey?> pinned) : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation) =>
        new(
            pinned() is { } key && ActionSignature.Holds(key.Id, key.PublicKey, examination.Envelope)
                ? null
                : new Refusal(
                    "badSignature",
                    "It is not signed with the action key that this host pinned when it was enrolled. Nothing was done. If the dashboard's key was lost, enrol this host again."
                )
        );
}
