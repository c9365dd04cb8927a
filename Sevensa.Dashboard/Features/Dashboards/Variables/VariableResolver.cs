using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Dashboards.Variables;

/// <summary>A variable with what it offers and what is chosen.</summary>
/// <param name="Chosen">Values; <see cref="VariableResolver.All"/> alone for all.</param>
/// <param name="Problem">Why it offers nothing, in the words of whoever refused.</param>
public sealed record ResolvedVariable(
    BoardVariable Variable,
    IReadOnlyList<VariableOption> Options,
    IReadOnlyList<string> Chosen,
    string? Problem = null
)
{
    public bool IsAll => Chosen is [VariableResolver.All];
}

/// <summary>Finds what the variables of a dashboard offer, those first that others ask with. Answers are shared for a while by all who look.</summary>
internal sealed class VariableResolver(IPrometheusFacts facts, IMetrics metrics, IFusionCache cache, TimeProvider time)
{
    public const string All = "$__all";
    public const string Auto = "$__auto";
    private const int MostOptions = 1000;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <param name="asked">Values by name, as the address has them.</param>
    /// <param name="around">Values that are not variables': the range and its interval.</param>
    public async Task<IReadOnlyList<ResolvedVariable>> ResolveAsync(
        Board board,
        TenantScope scope,
        IReadOnlyDictionary<string, IReadOnlyList<string>> asked,
        IEnumerable<VariableValue> around,
        TimeSpan range,
        CancellationToken cancellation
    )
    {
        var known = around.ToDictionary(value => value.Name, StringComparer.Ordinal);
        var found = new Dictionary<string, ResolvedVariable>(StringComparer.Ordinal);
        foreach (var variable in InOrder(board.Variables))
        {
            var resolved = await OneAsync(variable, scope, known, asked.GetValueOrDefault(variable.Name), cancellation);
            found[variable.Name] = resolved;
            if (Value(resolved, range) is { } value)
            {
                known[variable.Name] = value;
            }
        }
        return [.. board.Variables.Select(variable => found[variable.Name]).DistinctBy(one => one.Variable.Name)];
    }

    /// <summary>What stands for it in a text; null when nothing does.</summary>
    public static VariableValue? Value(ResolvedVariable resolved, TimeSpan range)
    {
        var variable = resolved.Variable;
        var many = variable.Multi || variable.IncludeAll;
        if (resolved.IsAll)
        {
            return new VariableValue(
                variable.Name,
                [.. resolved.Options.Select(option => option.Value)],
                many,
                variable.AllValue,
                ["All"]
            );
        }
        if (variable.Kind == VariableKind.Unsupported && resolved.Chosen.Count == 0)
        {
            return null;
        }
        IReadOnlyList<string> values = resolved.Chosen is [Auto]
            ?
            [
                Intervals.Text(
                    Intervals.Fitting(
                        range,
                        variable.AutoCount,
                        Intervals.Read(variable.AutoMin) ?? TimeSpan.FromSeconds(10)
                    )
                ),
            ]
            : resolved.Chosen;
        return new VariableValue(
            variable.Name,
            values,
            many,
            Texts:
            [
                .. values.Select(value =>
                    resolved.Options.FirstOrDefault(option => option.Value == value)?.Text ?? value
                ),
            ]
        );
    }

    private async Task<ResolvedVariable> OneAsync(
        BoardVariable variable,
        TenantScope scope,
        Dictionary<string, VariableValue> known,
        IReadOnlyList<string>? asked,
        CancellationToken cancellation
    )
    {
        switch (variable.Kind)
        {
            case VariableKind.Query:
                break;
            case VariableKind.Constant:
                return new(variable, [], variable.Current.Count > 0 ? variable.Current : [variable.Query]);
            case VariableKind.Text:
                return new(variable, [], asked is { Count: > 0 } ? [asked[0]] : variable.Current);
            case VariableKind.Source:
                return new(variable, [new("Prometheus", "Prometheus")], ["Prometheus"]);
            case VariableKind.Unsupported:
                return new(variable, [], [.. variable.Current.Where(value => value != All)], variable.Reason);
            default:
                var offered = variable.Auto
                    ? [new VariableOption("auto", Auto), .. variable.Options]
                    : variable.Options;
                return new(variable, offered, Choose(variable, offered, asked));
        }
        try
        {
            var options = await OptionsAsync(variable, scope, known, cancellation);
            return new(variable, options, Choose(variable, options, asked));
        }
        catch (Exception refused)
            when (refused
                    is UpstreamException
                        or QueryRefusedException
                        or VariableTextException
                        or ArgumentException
                        or RegexMatchTimeoutException
            )
        {
            var kept = asked is { Count: > 0 } ? asked : variable.Current;
            return new(
                variable,
                [],
                kept,
                refused is RegexMatchTimeoutException ? "Its regular expression takes too long." : refused.Message
            );
        }
    }

    private async Task<IReadOnlyList<VariableOption>> OptionsAsync(
        BoardVariable variable,
        TenantScope scope,
        Dictionary<string, VariableValue> known,
        CancellationToken cancellation
    )
    {
        var text = VariableText.InQuery(variable.Query, known);
        if (!VariableQuery.TryRead(text, out var query, out var wrong))
        {
            throw new ArgumentException($"Its query can't be read: {wrong}.");
        }
        var found = await cache.GetOrSetAsync<IReadOnlyList<string>>(
            $"variable|{scope.Key}|{query.Question}|{query.Label}|{query.Text}",
            async (_, token) => await AskAsync(query, scope, token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
        var matched = Matched(found, VariableText.InWords(variable.Regex, known));
        return [.. Sorted(matched.DistinctBy(option => option.Value), variable.Sort).Take(MostOptions)];
    }

    private async Task<IReadOnlyList<string>> AskAsync(
        VariableQuery query,
        TenantScope scope,
        CancellationToken cancellation
    )
    {
        var selector = query.Text.Length > 0 ? query.Text : null;
        switch (query.Question)
        {
            case VariableQuestion.LabelNames:
                return await facts.LabelsAsync(scope, selector, cancellation);
            case VariableQuestion.LabelValues:
                return await facts.LabelValuesAsync(scope, query.Label, selector, cancellation);
            case VariableQuestion.Metrics:
                var pattern = new Regex(query.Text, RegexOptions.None, Patience);
                var names = await facts.LabelValuesAsync(scope, "__name__", null, cancellation);
                return [.. names.Where(name => pattern.IsMatch(name))];
            case VariableQuestion.QueryResult:
                var samples = await metrics.QueryAsync(scope, query.Text, time.GetUtcNow(), cancellation);
                return
                [
                    .. samples.Select(sample =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{Series(sample.Labels)} {sample.Value} {sample.Time * 1000}"
                        )
                    ),
                ];
            default:
                var now = time.GetUtcNow();
                var series = await facts.SeriesAsync(scope, query.Text, now.AddHours(-1), now, cancellation);
                return [.. series.Select(Series)];
        }
    }

    private static string Series(IReadOnlyDictionary<string, string> labels) =>
        $"{labels.GetValueOrDefault("__name__", "")}{{{string.Join(',', labels.Where(label => label.Key != "__name__").OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}=\"{label.Value}\""))}}}";

    /// <summary>What the pattern takes from each: the groups named text and value, else the first group, else the whole.</summary>
    private static IEnumerable<VariableOption> Matched(IReadOnlyList<string> found, string written)
    {
        if (written.Length == 0)
        {
            return found.Select(value => new VariableOption(value, value));
        }
        var pattern = Pattern(written);
        return found
            .Select(value => (Value: value, Match: pattern.Match(value)))
            .Where(one => one.Match.Success)
            .Select(one =>
            {
                var (text, value) = (one.Match.Groups["text"], one.Match.Groups["value"]);
                if (text.Success || value.Success)
                {
                    return new VariableOption(
                        text.Success ? text.Value : value.Value,
                        value.Success ? value.Value : text.Value
                    );
                }
                var taken = one.Match.Groups.Count > 1 ? one.Match.Groups[1].Value : one.Value;
                return new VariableOption(taken, taken);
            });
    }

    private static Regex Pattern(string written)
    {
        var (text, options) = (written, RegexOptions.None);
        if (written.StartsWith('/') && written.LastIndexOf('/') is > 0 and var end)
        {
            text = written[1..end];
            options = written[end..].Contains('i') ? RegexOptions.IgnoreCase : RegexOptions.None;
        }
        else if (!written.StartsWith('/'))
        {
            // Grafana takes what has no slashes as a pattern for the whole.
            text = $"^(?:{written})$";
        }
        return new Regex(text, options | RegexOptions.CultureInvariant, Patience);
    }

    private static IEnumerable<VariableOption> Sorted(IEnumerable<VariableOption> options, int sort)
    {
        IComparer<string> by = sort switch
        {
            3 or 4 => new ByNumber(),
            7 or 8 => new ByNumber(),
            5 or 6 => StringComparer.OrdinalIgnoreCase,
            _ => StringComparer.Ordinal,
        };
        return sort switch
        {
            1 or 3 or 5 or 7 => options.OrderBy(option => option.Text, by),
            2 or 4 or 6 or 8 => options.OrderByDescending(option => option.Text, by),
            _ => options,
        };
    }

    private static IReadOnlyList<string> Choose(
        BoardVariable variable,
        IReadOnlyList<VariableOption> options,
        IReadOnlyList<string>? asked
    )
    {
        // What an address asks for is taken even where it is not offered: it is scoped like everything else.
        var wanted = asked is { Count: > 0 } ? asked : null;
        if (wanted is not null)
        {
            return wanted.Contains(All) && variable.IncludeAll ? [All]
                : variable.Multi ? [.. wanted.Where(value => value != All).Distinct(StringComparer.Ordinal).Take(200)]
                : [wanted[0]];
        }
        var kept = variable
            .Current.Where(value => value == All || options.Any(option => option.Value == value))
            .ToList();
        return kept.Contains(All) && variable.IncludeAll ? [All]
            : kept.Count > 0
                ? variable.Multi ? kept
                    : kept[..1]
            : variable.IncludeAll && (variable.Multi || variable.AllValue is not null || options.Count == 0) ? [All]
            : options.Count > 0 ? [options[0].Value]
            : variable.Current.Where(value => value != All).Take(1).ToList();
    }

    private static List<BoardVariable> InOrder(IReadOnlyList<BoardVariable> variables)
    {
        var (result, waiting) = (new List<BoardVariable>(), variables.ToList());
        while (waiting.Count > 0)
        {
            var names = waiting.Select(variable => variable.Name).ToHashSet(StringComparer.Ordinal);
            // In a circle somebody has to be first; the file's order decides.
            var next =
                waiting.Find(variable =>
                    !VariableText
                        .Names($"{variable.Query} {variable.Regex}")
                        .Any(name => name != variable.Name && names.Contains(name))
                ) ?? waiting[0];
            waiting.Remove(next);
            result.Add(next);
        }
        return result;
    }

    private sealed class ByNumber : IComparer<string>
    {
        public int Compare(string? x, string? y)
        {
            var (a, b) = (First(x), First(y));
            return a == b ? string.CompareOrdinal(x, y) : a.CompareTo(b);
        }

        private static double First(string? text)
        {
            var digits = new string([
                .. (text ?? "")
                    .SkipWhile(letter => !char.IsAsciiDigit(letter))
                    .TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.'),
            ]);
            return double.TryParse(digits, CultureInfo.InvariantCulture, out var value) ? value : double.MinValue;
        }
    }
}
