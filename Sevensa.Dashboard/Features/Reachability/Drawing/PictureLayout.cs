using System.Globalization;
using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability.Drawing;

/// <summary>
/// Where each end stands: whoever is outside at the left, then the tenant's services by how many steps they are from there, then
/// what is others'. In a column each is near those that it is connected with.
/// </summary>
internal sealed class PictureLayout(string tenant, Func<FlowEnd, string> named)
{
    private const int MostSteps = 4;
    private const int Others = MostSteps + 1;
    private const int FewestRows = 12;
    private const double Left = 16;
    private const double Top = 36;
    private const double ColumnWidth = PictureNode.Width + 84;
    private const double RowHeight = PictureNode.Height + 18;

    /// <param name="services">The tenant's, also those without a flow.</param>
    /// <param name="steps">What is reached from the start, and by how many steps; empty when nothing is asked.</param>
    public FlowPicture Of(
        IEnumerable<FlowEnd> services,
        IReadOnlyList<DrawnFlow> flows,
        FlowEnd? start,
        IReadOnlyDictionary<FlowEnd, int> steps
    )
    {
        var drawn = flows
            .OrderByDescending(flow => flow.OnPath)
            .ThenByDescending(flow => flow.Kind)
            .ThenByDescending(flow => flow.Seen)
            .ThenBy(flow => flow.From.Whole, StringComparer.Ordinal)
            .ThenBy(flow => flow.To.Whole, StringComparer.Ordinal)
            .Take(FlowPicture.MostArrows)
            .ToList();
        List<FlowEnd> ends = [.. services.Concat(drawn.SelectMany(flow => new[] { flow.From, flow.To })).Distinct()];
        var columns = Columns(ends, drawn);
        var places = Places(columns, drawn, out var headings, out var width, out var height);
        return new FlowPicture(
            [
                .. places.Select(place => new PictureNode(
                    named(place.Key),
                    place.Key.Kind == EndKind.Service && place.Key.Tenant == tenant ? place.Key.Name : null,
                    place.Key == start,
                    steps.TryGetValue(place.Key, out var count) ? count : null,
                    place.Value.X,
                    place.Value.Y
                )),
            ],
            [
                .. drawn
                    .AsEnumerable()
                    // What matters is drawn last, over the rest.
                    .Reverse()
                    .Select(flow => new PictureArrow(
                        named(flow.From),
                        named(flow.To),
                        flow.Ports,
                        flow.Kind,
                        flow.Seen,
                        flow.OnPath,
                        Line(places[flow.From], places[flow.To])
                    )),
            ],
            headings,
            width,
            height,
            flows.Count - drawn.Count
        );
    }

    private List<List<FlowEnd>> Columns(List<FlowEnd> ends, List<DrawnFlow> flows)
    {
        var outgoing = flows.ToLookup(flow => flow.From, flow => flow.To);
        var column = new Dictionary<FlowEnd, int>();
        var waiting = new Queue<FlowEnd>();
        foreach (var end in ends.Where(IsOutside))
        {
            column[end] = 0;
            waiting.Enqueue(end);
        }
        Walk();
        // What nobody outside reaches begins at whoever connects and is not connected to.
        var reached = flows.Select(flow => flow.To).ToHashSet();
        foreach (var end in ends.Where(end => IsOwn(end) && !column.ContainsKey(end) && !reached.Contains(end)))
        {
            column[end] = 1;
            waiting.Enqueue(end);
        }
        Walk();
        return
        [
            .. ends.GroupBy(end =>
                    IsOwn(end) ? column.GetValueOrDefault(end, 1)
                    : IsOutside(end) ? 0
                    : Others
                )
                .OrderBy(group => group.Key)
                .Select(group => group.ToList()),
        ];

        void Walk()
        {
            while (waiting.TryDequeue(out var at))
            {
                foreach (var to in outgoing[at].Where(to => IsOwn(to) && !column.ContainsKey(to)))
                {
                    column[to] = Math.Min(column[at] + 1, MostSteps);
                    waiting.Enqueue(to);
                }
            }
        }
    }

    private Dictionary<FlowEnd, (double X, double Y)> Places(
        List<List<FlowEnd>> columns,
        List<DrawnFlow> flows,
        out List<PictureHeading> headings,
        out double width,
        out double height
    )
    {
        var neighbours = flows
            .SelectMany(flow => new[] { (flow.From, flow.To), (From: flow.To, To: flow.From) })
            .ToLookup(pair => pair.From, pair => pair.To);
        var rows = Math.Max(FewestRows, (int)Math.Ceiling(Math.Sqrt(columns.Sum(column => column.Count) * 1.5)));
        var places = new Dictionary<FlowEnd, (double X, double Y)>();
        headings = [];
        var (x, deepest) = (Left, 0.0);
        foreach (var column in columns)
        {
            var sorted = column
                .OrderBy(end => IsOwn(end) ? "" : end.Tenant ?? "", StringComparer.Ordinal)
                .ThenBy(end =>
                    neighbours[end]
                        .Where(places.ContainsKey)
                        .Select(other => places[other].Y)
                        .DefaultIfEmpty(double.MaxValue)
                        .Average()
                )
                .ThenBy(end => end.Name, StringComparer.Ordinal);
            string? before = null;
            var row = 0;
            foreach (var end in sorted)
            {
                var group =
                    IsOwn(end) ? tenant
                    : IsOutside(end) ? "outside"
                    : end.Kind == EndKind.Service ? named(end).Split('/')[0]
                    : "others";
                if (row >= rows)
                {
                    (row, x) = (0, x + ColumnWidth);
                }
                if (group != before || row == 0)
                {
                    // Another tenant begins a row lower, so that its name stands over it.
                    row += row > 0 ? 1 : 0;
                    headings.Add(new PictureHeading(group, x, Top + row * RowHeight - 10));
                    before = group;
                }
                places[end] = (x, Top + row * RowHeight);
                deepest = Math.Max(deepest, Top + row * RowHeight);
                row++;
            }
            x += ColumnWidth;
        }
        (width, height) = (x - ColumnWidth + PictureNode.Width + 60, deepest + PictureNode.Height + 16);
        return places;
    }

    private static bool IsOutside(FlowEnd end) => end.Kind is EndKind.Internet or EndKind.Private;

    private bool IsOwn(FlowEnd end) => end.Kind == EndKind.Service && end.Tenant == tenant;

    /// <summary>From the right side of one to the left of the other; between two of one column around their right.</summary>
    private static string Line((double X, double Y) from, (double X, double Y) to)
    {
        var (fromY, toY) = (from.Y + PictureNode.Height / 2, to.Y + PictureNode.Height / 2);
        var fromX = from.X + PictureNode.Width;
        var (toX, bend) = to.X > from.X ? (to.X, (to.X - fromX) / 2) : (to.X + PictureNode.Width, 44.0);
        var towards = to.X > from.X ? toX - bend : toX + bend + Math.Max(0, from.X - to.X) / 4;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"M{fromX:0.#} {fromY:0.#} C{fromX + bend:0.#} {fromY:0.#} {towards:0.#} {toY:0.#} {toX:0.#} {toY:0.#}"
        );
    }
}
