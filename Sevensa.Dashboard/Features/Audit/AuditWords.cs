namespace Sevensa.Dashboard.Features.Audit;

/// <summary>
/// What a row's action says to a reader: its two parts as words. The code itself stays what the record holds, what is filtered by
/// and what programs read.
/// </summary>
internal static class AuditWords
{
    private const string Step = "action.step.";

    private static readonly Dictionary<string, string> subjects = new(StringComparer.Ordinal)
    {
        ["signin"] = "Sign-in",
        ["hook"] = "Webhook",
        ["audit"] = "Record",
        ["dispatch"] = "Dispatching",
        ["sessions"] = "All sessions",
        ["apiClient"] = "API client",
    };

    private static readonly Dictionary<string, string> whole = new(StringComparer.Ordinal)
    {
        ["release.told"] = "Release recorded",
        ["audit.head"] = "End of the record noted",
        ["administrator.first"] = "First administrator made",
        ["administrator.recovered"] = "Administrator's way back made",
        ["service.entered"] = "Protected service entered",
        ["token.reused"] = "Token used a second time",
        ["runner.bound"] = "Runner bound to tenants",
        ["action.unknown"] = "Action's outcome unknown",
        ["action.report"] = "Report on another host's action",
        ["signin.lockout"] = "Sign-in locked",
        ["stepUp.proved"] = "Proved anew who they are",
        ["stepUp.failed"] = "Failed to prove anew who they are",
        ["stepUp.lockout"] = "Proving anew locked",
        ["signal.raised"] = "Session put in doubt",
        ["signal.lifted"] = "Session out of doubt",
        ["password.ended"] = "Password ended",
        ["secondFactor.added"] = "Second factor turned on",
        ["secondFactor.removed"] = "Second factor turned off",
        ["secondFactor.reset"] = "Lost second factor taken away",
        ["secondFactor.codesRenewed"] = "New recovery codes made",
        ["secondFactor.recoveryCodeUsed"] = "Recovery code used",
        // Recorded before it is done, so that no crash leaves a value used and nobody told.
        ["secret.enter"] = "About to enter a secret's value",
        ["secret.entered"] = "Secret's value entered",
        ["secret.handOver"] = "About to hand a secret over",
        ["signingKey.rotated"] = "New signing key made",
        ["signingKey.withdrawn"] = "Signing keys withdrawn",
        ["store.sealedAnew"] = "Key that seals changed",
        ["logout.received"] = "Provider told of an ended session",
        ["logout.programsEnded"] = "Programs ended with a session elsewhere",
        ["logout.refused"] = "Word of an ended session refused",
        ["logout.told"] = "Program told of an ended session",
        ["logout.untold"] = "Program not told of an ended session",
    };

    /// <summary>Words for an action such as <c>proposal.approved</c>; a code of another shape is given back as it is.</summary>
    public static string Of(string action)
    {
        if (whole.TryGetValue(action, out var told))
            return told;
        if (action.StartsWith(Step, StringComparison.Ordinal))
            return $"Step of an action {Apart(action[Step.Length..])}";
        if (action.Split('.') is not [{ Length: > 0 } subject, { Length: > 0 } verb])
            return action;
        var named = subjects.GetValueOrDefault(subject) ?? char.ToUpperInvariant(subject[0]) + Apart(subject[1..]);
        return $"{named} {Apart(verb)}";
    }

    /// <summary>Words that a code runs together, by hyphens or capitals: <c>tokenIssued</c> as "token issued".</summary>
    private static string Apart(string code) =>
        string.Concat(
            code.Select(letter =>
                letter == '-' ? " "
                : char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}"
                : $"{letter}"
            )
        );
}
