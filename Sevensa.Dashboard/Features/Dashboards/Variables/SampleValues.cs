namespace Sevensa.Dashboard.Features.Dashboards.Variables;

/// <summary>Values to read a query with before Prometheus has been asked for any: the file's own, else something plausible.</summary>
internal static class SampleValues
{
    public static IReadOnlyDictionary<string, VariableValue> Of(IEnumerable<BoardVariable> variables)
    {
        var moment = DateTimeOffset.UnixEpoch.AddYears(50);
        var known = Intervals
            .Values(TimeSpan.FromSeconds(30), moment.AddHours(-6), moment)
            .ToDictionary(value => value.Name, StringComparer.Ordinal);
        foreach (var variable in variables)
        {
            var kept = variable.Current.FirstOrDefault(value => value is not ("$__all" or "$__auto"));
            var offered = variable.Options is [var first, ..] ? first.Value : null;
            known[variable.Name] = new VariableValue(
                variable.Name,
                [kept ?? offered ?? (variable.Kind == VariableKind.Interval ? "5m" : "value")],
                variable.Multi || variable.IncludeAll
            );
        }
        return known;
    }
}
