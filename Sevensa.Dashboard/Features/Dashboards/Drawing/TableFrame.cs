using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>A cell: words or a figure.</summary>
public readonly record struct Cell(string? Text, double Number = double.NaN)
{
    public bool IsNumber => Text is null;

    public static Cell None => new("");
}

/// <param name="Original">The name before it was renamed, by which overrides may know it.</param>
public sealed record TableColumn(string Name, string Original, bool IsTime = false, bool IsNumber = false);

/// <summary>Rows and columns of a table panel, with the transformations carried out that are known.</summary>
public sealed record TableFrame(IReadOnlyList<TableColumn> Columns, IReadOnlyList<Cell[]> Rows)
{
    private const int MostRows = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    public static TableFrame Of(BoardPanel panel, IReadOnlyList<Answered> answers)
    {
        var steps = panel.Transformations;
        if (steps.Any(step => step.Id == "reduce"))
        {
            return Rest(Reduced(panel, answers, steps.First(step => step.Id == "reduce")), steps);
        }
        var frames = answers.Select(answer => Frame(answer, answers.Count > 1)).ToList();
        var join = steps.FirstOrDefault(step => step.Id == "joinByField");
        var all = join is not null ? Joined(frames, join.Field) : Merged(frames);
        return Rest(all, steps);
    }

    private static TableFrame Rest(TableFrame frame, IReadOnlyList<PanelTransformation> steps)
    {
        foreach (var step in steps)
        {
            frame = step.Id switch
            {
                "organize" => frame.Organized(step),
                "filterFieldsByName" => frame.Kept(step),
                "renameByRegex" => frame.Renamed(step),
                "sortBy" => frame.Sorted(step),
                "calculateField" => frame.Calculated(step),
                _ => frame,
            };
        }
        return frame.Rows.Count <= MostRows ? frame : frame with { Rows = [.. frame.Rows.Take(MostRows)] };
    }

    private static TableFrame Frame(Answered answer, bool several)
    {
        var value = several ? $"Value #{answer.Question.Query.Ref}" : "Value";
        var labels = answer
            .Data.Series.SelectMany(series => series.Labels.Keys)
            .Distinct(StringComparer.Ordinal)
            .Where(label => label != "__name__")
            .Order(StringComparer.Ordinal)
            .ToList();
        List<TableColumn> columns =
        [
            new("Time", "Time", IsTime: true),
            .. labels.Select(label => new TableColumn(label, label)),
            new(value, value, IsNumber: true),
        ];
        var rows = answer
            .Data.Series.Where(series => series.Values.Length > 0)
            .Select(series =>
                (Cell[])
                    [
                        new(null, series.Times[^1]),
                        .. labels.Select(label => new Cell(series.Labels.GetValueOrDefault(label, ""))),
                        new(null, series.Values[^1]),
                    ]
            )
            .ToList();
        return new TableFrame(columns, rows);
    }

    /// <summary>Rows that agree in all the columns that both have become one.</summary>
    private static TableFrame Merged(List<TableFrame> frames)
    {
        if (frames.Count <= 1)
        {
            return frames.FirstOrDefault() ?? new TableFrame([], []);
        }
        var columns = frames
            .SelectMany(frame => frame.Columns)
            .DistinctBy(column => column.Name)
            .OrderBy(column => column.IsNumber)
            .ToList();
        var at = columns.Index().ToDictionary(one => one.Item.Name, one => one.Index, StringComparer.Ordinal);
        var rows = new List<Cell[]>();
        var known = new Dictionary<string, List<Cell[]>>(StringComparer.Ordinal);
        foreach (var frame in frames)
        {
            foreach (var row in frame.Rows)
            {
                var wide = new Cell[columns.Count];
                Array.Fill(wide, Cell.None);
                foreach (var (index, column) in frame.Columns.Index())
                {
                    wide[at[column.Name]] = row[index];
                }
                var key = string.Join(
                    '\n',
                    columns
                        .Where(column => !column.IsNumber && !column.IsTime)
                        .Select(column => wide[at[column.Name]].Text)
                );
                if (!known.TryGetValue(key, out var same))
                {
                    known[key] = same = [];
                }
                var into = same.Find(other =>
                    columns
                        .Index()
                        .All(one => !one.Item.IsNumber || !wide[one.Index].IsNumber || !other[one.Index].IsNumber)
                );
                if (into is null)
                {
                    same.Add(wide);
                    rows.Add(wide);
                    continue;
                }
                foreach (
                    var (index, column) in columns.Index().Where(one => one.Item.IsNumber && wide[one.Index].IsNumber)
                )
                {
                    into[index] = wide[index];
                }
            }
        }
        return new TableFrame(columns, rows);
    }

    private static TableFrame Joined(List<TableFrame> frames, string? field)
    {
        var by = field is { Length: > 0 } ? field : "Time";
        if (!frames.TrueForAll(frame => frame.Columns.Any(column => column.Name == by)))
        {
            return Merged(frames);
        }
        var columns = new List<TableColumn> { new(by, by, IsTime: by == "Time") };
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = new Dictionary<string, List<Cell>>(StringComparer.Ordinal);
        foreach (var frame in frames)
        {
            var key = frame.Columns.Index().First(one => one.Item.Name == by).Index;
            var others = frame.Columns.Index().Where(one => one.Index != key).ToList();
            foreach (var (_, column) in others)
            {
                var times = taken[column.Name] = taken.GetValueOrDefault(column.Name) + 1;
                var name = frames.Count == 1 || times == 1 && column.IsNumber ? column.Name : $"{column.Name} {times}";
                columns.Add(column with { Name = name, Original = name });
            }
            foreach (var row in frame.Rows)
            {
                var text = row[key].Text ?? row[key].Number.ToString(CultureInfo.InvariantCulture);
                if (!rows.TryGetValue(text, out var wide))
                {
                    rows[text] = wide = [row[key]];
                }
                while (wide.Count < columns.Count - others.Count)
                {
                    wide.Add(Cell.None);
                }
                if (wide.Count == columns.Count - others.Count)
                {
                    wide.AddRange(others.Select(one => row[one.Index]));
                }
            }
        }
        return new TableFrame(
            columns,
            [.. rows.Values.Select(row => (Cell[])[.. row, .. Enumerable.Repeat(Cell.None, columns.Count - row.Count)])]
        );
    }

    private static TableFrame Reduced(BoardPanel panel, IReadOnlyList<Answered> answers, PanelTransformation step)
    {
        var calcs = step.Calcs.Count > 0 ? step.Calcs : ["lastNotNull"];
        return new TableFrame(
            [new("Field", "Field"), .. calcs.Select(calc => new TableColumn(Title(calc), Title(calc), IsNumber: true))],
            [
                .. PanelSeries
                    .Of(panel, answers)
                    .Select(series =>
                        (Cell[])[new(series.Name), .. calcs.Select(calc => new Cell(null, series.Reduced(calc)))]
                    ),
            ]
        );

        static string Title(string calc) =>
            calc switch
            {
                "lastNotNull" or "last" => "Last *",
                "mean" => "Mean",
                "max" => "Max",
                "min" => "Min",
                "sum" => "Total",
                _ => calc,
            };
    }

    private TableFrame Organized(PanelTransformation step)
    {
        var kept = Columns
            .Index()
            .Where(one =>
                !step.Exclude.Contains(one.Item.Name)
                && (step.Include.Count == 0 || step.Include.Contains(one.Item.Name))
            )
            .OrderBy(one => step.Order.TryGetValue(one.Item.Name, out var order) ? order : int.MaxValue)
            .ToList();
        return Pick(
            kept.Select(one =>
                (
                    one.Index,
                    step.Rename.TryGetValue(one.Item.Name, out var name) ? one.Item with { Name = name } : one.Item
                )
            )
        );
    }

    private TableFrame Kept(PanelTransformation step) =>
        Pick(
            Columns
                .Index()
                .Where(one => !step.Exclude.Contains(one.Item.Name))
                .Where(one =>
                    step.Include.Count == 0 && step.Pattern is null
                    || step.Include.Contains(one.Item.Name)
                    || step.Pattern is { } pattern && Matches(pattern, one.Item.Name)
                )
                .Select(one => (one.Index, one.Item))
        );

    private TableFrame Renamed(PanelTransformation step)
    {
        if (step.Pattern is not { Length: > 0 } pattern)
        {
            return this;
        }
        try
        {
            var regex = new Regex(pattern, RegexOptions.None, Patience);
            return this with
            {
                Columns =
                [
                    .. Columns.Select(column => column with { Name = regex.Replace(column.Name, step.Alias ?? "") }),
                ],
            };
        }
        catch (Exception wrong) when (wrong is ArgumentException or RegexMatchTimeoutException)
        {
            return this;
        }
    }

    private TableFrame Sorted(PanelTransformation step)
    {
        var at = IndexOf(step.Field);
        if (at < 0)
        {
            return this;
        }
        var ordered = step.Descending
            ? Rows.OrderByDescending(row => row[at], ByCell.Instance)
            : Rows.OrderBy(row => row[at], ByCell.Instance);
        return this with { Rows = [.. ordered] };
    }

    private TableFrame Calculated(PanelTransformation step)
    {
        var numbers = Columns.Index().Where(one => one.Item.IsNumber).ToList();
        Func<Cell[], double> figure;
        if (step.Left is not null)
        {
            var (left, right) = (Operand(step.Left), Operand(step.Right));
            figure = row => Compute(left(row), step.Operator ?? "+", right(row));
        }
        else
        {
            var of = numbers
                .Where(one => step.Include.Count == 0 || step.Include.Contains(one.Item.Name))
                .Select(one => one.Index)
                .ToList();
            figure = row => PanelSeries.Reduce(of.Select(index => row[index].Number), step.Operator ?? "sum");
        }
        var name =
            step.Alias is { Length: > 0 } alias ? alias
            : step.Left is not null ? $"{step.Left} {step.Operator} {step.Right}"
            : step.Operator ?? "sum";
        var added = new TableColumn(name, name, IsNumber: true);
        return step.ReplaceFields
            ? new TableFrame([added], [.. Rows.Select(row => (Cell[])[new(null, figure(row))])])
            : new TableFrame([.. Columns, added], [.. Rows.Select(row => (Cell[])[.. row, new(null, figure(row))])]);
    }

    private Func<Cell[], double> Operand(string? text)
    {
        var at = IndexOf(text);
        return at >= 0 ? row => row[at].Number
            : double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? _ => number
            : _ => double.NaN;
    }

    private static double Compute(double left, string by, double right) =>
        by switch
        {
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "%" => left % right,
            "**" or "^" => Math.Pow(left, right),
            _ => left + right,
        };

    private TableFrame Pick(IEnumerable<(int Index, TableColumn Column)> columns)
    {
        var list = columns.ToList();
        return new TableFrame(
            [.. list.Select(one => one.Column)],
            [.. Rows.Select(row => (Cell[])[.. list.Select(one => row[one.Index])])]
        );
    }

    private int IndexOf(string? name) =>
        Columns.Index().FirstOrDefault(one => one.Item.Name == name || one.Item.Original == name, (-1, null!)).Index;

    private static bool Matches(string pattern, string name)
    {
        try
        {
            var bare =
                pattern.StartsWith('/') && pattern.LastIndexOf('/') is > 0 and var end ? pattern[1..end] : pattern;
            return Regex.IsMatch(name, bare, RegexOptions.None, Patience);
        }
        catch (Exception wrong) when (wrong is ArgumentException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private sealed class ByCell : IComparer<Cell>
    {
        public static ByCell Instance { get; } = new();

        public int Compare(Cell x, Cell y) =>
            x.IsNumber && y.IsNumber ? x.Number.CompareTo(y.Number)
            : x.IsNumber != y.IsNumber ? (x.IsNumber ? 1 : -1)
            : string.Compare(x.Text, y.Text, StringComparison.OrdinalIgnoreCase);
    }
}
