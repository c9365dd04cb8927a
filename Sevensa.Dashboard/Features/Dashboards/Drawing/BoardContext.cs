using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>What a query of a panel comes to: the text that is scoped and asked, over which window.</summary>
/// <param name="Wrong">Why it is not asked.</param>
public sealed record PanelQuestion(
    PanelQuery Query,
    string PromQl,
    string Legend,
    PanelWindow Window,
    string? Wrong = null
);

/// <summary>A dashboard at a moment: whose it is, the range, and the values of its variables.</summary>
/// <param name="reading">How its queries are read.</param>
public sealed class BoardContext(
    TenantScope scope,
    string title,
    PanelWindow window,
    DateTimeOffset from,
    DateTimeOffset to,
    IReadOnlyList<ResolvedVariable> variables,
    PromQlOptions reading
)
{
    private const int MostPoints = 500;

    private readonly Dictionary<string, VariableValue> values = variables
        .Select(variable => VariableResolver.Value(variable, to - from))
        .OfType<VariableValue>()
        .Append(new VariableValue("__dashboard", [title]))
        .ToDictionary(value => value.Name, StringComparer.Ordinal);

    public TenantScope Scope => scope;

    public PanelWindow Window => window;

    public DateTimeOffset From => from;

    public DateTimeOffset To => to;

    /// <summary>The values that a repetition goes through.</summary>
    public IReadOnlyList<VariableOption> ValuesOf(string variable)
    {
        var found = variables.FirstOrDefault(one => one.Variable.Name == variable);
        return found is null ? []
            : found.IsAll ? found.Options
            :
            [
                .. found.Chosen.Select(value =>
                    found.Options.FirstOrDefault(option => option.Value == value) ?? new VariableOption(value, value)
                ),
            ];
    }

    /// <param name="fixedValues">The values that a repeated panel has for itself.</param>
    public string Words(string text, IReadOnlyDictionary<string, VariableOption> fixedValues) =>
        VariableText.InWords(text, Known(window.Step, fixedValues));

    public IReadOnlyList<PanelQuestion> Questions(
        BoardPanel panel,
        IReadOnlyDictionary<string, VariableOption> fixedValues
    ) =>
        [
            .. panel
                .Queries.Where(query => !query.Hidden)
                .Select(query =>
                {
                    var step = StepOf(panel, query, fixedValues);
                    var known = Known(step, fixedValues);
                    var over = step == window.Step ? window : window with { Step = step };
                    try
                    {
                        var text = VariableText.InQuery(query.Expr, known);
                        scope.PromQl(text, reading);
                        return new PanelQuestion(query, text, VariableText.InWords(query.Legend, known), over);
                    }
                    catch (Exception refused) when (refused is QueryRefusedException or VariableTextException)
                    {
                        return new PanelQuestion(query, query.Expr, "", over, refused.Message);
                    }
                }),
        ];

    private TimeSpan StepOf(BoardPanel panel, PanelQuery query, IReadOnlyDictionary<string, VariableOption> fixedValues)
    {
        var known = Known(window.Step, fixedValues);
        var least =
            Intervals.Read(VariableText.InWords(query.Interval ?? "", known))
            ?? Intervals.Read(VariableText.InWords(panel.Interval ?? "", known))
            ?? TimeSpan.Zero;
        var step = window.Step * query.IntervalFactor;
        step = step < least ? least : step;
        // Whole seconds, and never more points than a chart has.
        var seconds = Math.Max(1, Math.Ceiling(step.TotalSeconds));
        return TimeSpan.FromSeconds(Math.Max(seconds, Math.Ceiling((to - from).TotalSeconds / (MostPoints * 2))));
    }

    private Dictionary<string, VariableValue> Known(
        TimeSpan step,
        IReadOnlyDictionary<string, VariableOption> fixedValues
    )
    {
        var known = new Dictionary<string, VariableValue>(values, StringComparer.Ordinal);
        foreach (var value in Intervals.Values(step, from, to))
        {
            known.TryAdd(value.Name, value);
        }
        foreach (var (name, option) in fixedValues)
        {
            known[name] = new VariableValue(
                name,
                [option.Value],
                values.GetValueOrDefault(name)?.Many ?? false,
                Texts: [option.Text]
            );
        }
        return known;
    }
}
