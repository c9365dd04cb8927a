namespace Sevensa.Dashboard.Features.Audit;

/// <summary>
/// What a row's action says to a reader: its two parts as words. The code itself stays what the record holds, what is filtered by
/// and what programs read.
/// </summary>
internal static class AuditWords
{
    private static readonly Dictionary<string, string> subjects = new(StringComparer.Ordinal)
    {
        ["signin"] = "Sign-in",
        ["hook"] = "Webhook",
        ["audit"] = "Record",
        ["dispatch"] = "Dispatching",
        ["sessions"] = "All sessions",
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
    };

    /// <summary>Words for an action such as <c>proposal.approved</c>; a code of another shape is given back as it is.</summary>
    public static string Of(string action)
    {
        if (whole.TryGetValue(action, out var told))
            return told;
        if (action.Split('.') is not [{ Length: > 0 } subject, { Length: > 0 } verb])
            return action;
        var named =
            subjects.GetValueOrDefault(subject) ?? char.ToUpperInvariant(subject[0]) + subject[1..].Replace('-', ' ');
        return $"{named} {verb.Replace('-', ' ')}";
    }
}
