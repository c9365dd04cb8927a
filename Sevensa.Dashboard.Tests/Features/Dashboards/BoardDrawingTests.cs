using System.Text;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Dashboards;
using Sevensa.Dashboard.Features.Dashboards.Components;
using Sevensa.Dashboard.Features.Dashboards.Drawing;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Dashboards;

/// <summary>From answers to what is drawn.</summary>
public sealed class BoardDrawingTests
{
    private static readonly DateTimeOffset From = UiContext.Now.AddMinutes(-2);

    [Theory]
    [InlineData("percent", 42, null, "42 %")]
    [InlineData("percentunit", 0.425, 1, "42.5 %")]
    [InlineData("bytes", 1536, 2, "1.50 KiB")]
    [InlineData("ms", 1500, null, "1.5 s")]
    [InlineData("bps", 12_300_000, null, "12.3 Mb/s")]
    [InlineData("bps", 850, null, "850 b/s")]
    [InlineData("reqps", 12, null, "12 req/s")]
    [InlineData("none", 3, 2, "3.00")]
    [InlineData("short", 1234567, null, "1.23 M")]
    [InlineData("made-up", 5, null, "5")]
    public void Units_are_written_as_everywhere_else(string unit, double value, int? decimals, string expected) =>
        Assert.Equal(expected, PanelUnit.Of(unit).Text(value, decimals));

    [Fact]
    public void Mappings_and_thresholds_say_what_a_figure_means()
    {
        var style = new FieldStyle
        {
            Unit = "percent",
            Thresholds = [new(null, "ok"), new(50, "warn"), new(80, "crit")],
            Mappings = [new("idle", "0", State: "ok"), new("N/A", Special: "null"), new("over", From: 100, To: 200)],
        };
        Assert.Equal(("60 %", "warn"), (Written.Of(60, style).Text, Written.Of(60, style).State));
        Assert.Equal(("idle", "ok"), (Written.Of(0, style).Text, Written.Of(0, style).State));
        Assert.Equal("N/A", Written.Of(double.NaN, style).Text);
        Assert.Equal(("over", "crit"), (Written.Of(120, style).Text, Written.Of(120, style).State));
        var ofRange = style with { PercentOfRange = true, Min = 0, Max = 10, Mappings = [] };
        Assert.Equal("crit", Written.StateOf(8.5, ofRange));
    }

    [Fact]
    public void Series_take_the_legend_else_the_labels_that_differ()
    {
        var panel = Panel(PanelKind.TimeSeries) with { Title = "Load" };
        var series = new[] { Series(("job", "a"), ("env", "x")), Series(("job", "b"), ("env", "x")) };
        Assert.Equal(["a", "b"], Names(panel, "", series));
        Assert.Equal(["a in x", "b in x"], Names(panel, "{{job}} in {{ env }}", series));
        Assert.Equal(["Load"], Names(panel, "__auto", Series()));
        var hidden = panel with { Overrides = [new("byName", ["b"], new FieldStyle { Hidden = true })] };
        Assert.Equal(["a"], Names(hidden, "{{job}}", series));
    }

    [Fact]
    public void Tables_merge_rename_calculate_and_sort()
    {
        var panel = Panel(PanelKind.Table) with
        {
            Transformations =
            [
                new("merge"),
                new("calculateField")
                {
                    Left = "Value #A",
                    Operator = "/",
                    Right = "Value #B",
                    Alias = "Share",
                },
                new("organize")
                {
                    Exclude = ["Time"],
                    Rename = new Dictionary<string, string> { ["Value #A"] = "Used" },
                },
                new("sortBy") { Field = "Share", Descending = true },
            ],
        };
        var table = TableFrame.Of(
            panel,
            [
                Answer("A", Series(1, ("pod", "x")), Series(6, ("pod", "y"))),
                Answer("B", Series(4, ("pod", "x")), Series(8, ("pod", "y"))),
            ]
        );
        Assert.Equal(["pod", "Used", "Value #B", "Share"], table.Columns.Select(column => column.Name));
        Assert.Equal(["y", "x"], table.Rows.Select(row => row[0].Text));
        Assert.Equal([0.75, 0.25], table.Rows.Select(row => row[3].Number));
    }

    [Fact]
    public void A_heatmap_takes_the_buckets_apart()
    {
        var cells = BoardHeatmap.Of(
            Panel(PanelKind.Heatmap) with
            {
                Field = new FieldStyle { Unit = "s" },
            },
            [Answer("A", Series(2, ("le", "0.1")), Series(5, ("le", "0.5")), Series(9, ("le", "+Inf")))]
        );
        Assert.Equal(["100 ms", "500 ms", "∞"], cells.Bounds);
        Assert.Equal([2, 3, 4], cells.Counts.Chunk(cells.Times.Length).Select(row => row.Single(double.IsFinite)));
    }

    [Fact]
    public void Repetitions_stand_side_by_side_and_push_down_what_is_below()
    {
        var board = new Board
        {
            Title = "x",
            Sections =
            [
                new()
                {
                    Panels =
                    [
                        Panel(PanelKind.Stat) with
                        {
                            Id = 1,
                            RepeatBy = "job",
                            MaxPerRow = 2,
                            Place = new(0, 0, 24, 5),
                        },
                        Panel(PanelKind.Stat) with
                        {
                            Id = 2,
                            Place = new(0, 5, 24, 5),
                        },
                    ],
                },
                new()
                {
                    Title = "of $job",
                    RepeatBy = "job",
                    Panels = [Panel(PanelKind.Stat) with { Id = 3 }],
                },
            ],
        };
        var (sections, left) = BoardLayout.Arrange(board, _ => [new("a", "a"), new("b", "b"), new("c", "c")]);
        Assert.Empty(left);
        Assert.Equal(
            [new PanelPlace(0, 0, 12, 5), new(12, 0, 12, 5), new(0, 5, 12, 5), new(0, 10, 24, 5)],
            sections[0].Panels.Select(panel => panel.Place)
        );
        Assert.Equal(["3-a", "3-b", "3-c"], sections.Skip(1).Select(section => section.Panels.Single().Key));
        var many = BoardLayout.Arrange(
            board,
            _ => [.. Enumerable.Range(0, 200).Select(n => new VariableOption($"{n}", $"{n}"))]
        );
        Assert.Contains(many.Left, one => one.Contains("50 of the 200", StringComparison.Ordinal));
    }

    [Fact]
    public void A_moved_panel_pushes_others_down_and_no_two_overlap()
    {
        BoardPanel[] panels =
        [
            Panel(PanelKind.Stat) with
            {
                Id = 1,
                Place = new(0, 0, 12, 4),
            },
            Panel(PanelKind.Stat) with
            {
                Id = 2,
                Place = new(12, 0, 12, 4),
            },
            Panel(PanelKind.Stat) with
            {
                Id = 3,
                Place = new(0, 4, 24, 4),
            },
        ];
        var moved = BoardLayout
            .Move(panels, 3, new PanelPlace(0, 0, 24, 4))
            .ToDictionary(panel => panel.Id, panel => panel.Place);
        Assert.Equal(new PanelPlace(0, 0, 24, 4), moved[3]);
        Assert.Equal(new PanelPlace(0, 4, 12, 4), moved[1]);
        Assert.Equal(new PanelPlace(12, 4, 12, 4), moved[2]);
    }

    [Fact]
    public void Questions_carry_the_values_and_what_cant_be_scoped_is_not_asked()
    {
        var scope = new TenantScope(["rentguy"]);
        var variables = new[]
        {
            new ResolvedVariable(
                new BoardVariable
                {
                    Name = "job",
                    Kind = VariableKind.Query,
                    Multi = true,
                },
                [new("a", "a"), new("b", "b")],
                ["a", "b"]
            ),
        };
        var window = PanelWindow.Of(TimeRange.Default, TimeZoneInfo.Utc, UiContext.Now);
        var context = new BoardContext(
            scope,
            "x",
            window,
            UiContext.Now.AddHours(-4),
            UiContext.Now,
            variables,
            PromQlOptions.All
        );
        var panel = Panel(PanelKind.TimeSeries) with
        {
            Interval = "2m",
            Queries =
            [
                new("A", "rate(up{job=~\"$job\"}[$__rate_interval])"),
                new("B", "info(up)"),
                new("C", "up", Hidden: true),
            ],
        };
        var questions = context.Questions(panel, new Dictionary<string, VariableOption>());
        Assert.Equal(["A", "B"], questions.Select(one => one.Query.Ref));
        Assert.Equal("rate(up{job=~\"(a|b)\"}[135s])", questions[0].PromQl);
        Assert.Equal(TimeSpan.FromMinutes(2), questions[0].Window.Step);
        Assert.Contains("info", questions[1].Wrong, StringComparison.Ordinal);
        var repeated = context.Questions(panel, new Dictionary<string, VariableOption> { ["job"] = new("b", "b") });
        Assert.Equal("rate(up{job=~\"b\"}[135s])", repeated[0].PromQl);
    }

    [Fact]
    public async Task Each_kind_of_panel_shows_its_figures()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        IReadOnlyList<Answered> answers =
        [
            Answer("A", Series(42, ("job", "a"), ("le", "1")), Series(81, ("job", "b"), ("le", "2"))),
        ];
        var field = new FieldStyle { Unit = "percent", Thresholds = [new(null, "ok"), new(80, "crit")] };
        foreach (
            var (kind, css, text) in new[]
            {
                (PanelKind.Stat, ".board-stat.crit", "81 %"),
                (PanelKind.Gauge, ".board-gauge.crit", "81 %"),
                (PanelKind.BarGauge, ".board-bar.crit", "81 %"),
                (PanelKind.Table, ".board-table td.crit-text", "81 %"),
                (PanelKind.TimeSeries, ".chart-legend", "81 %"),
                (PanelKind.Heatmap, ".heatmap", ""),
            }
        )
        {
            var shown = page.Render<BoardFigures>(p =>
                p.Add(
                        x => x.Placed,
                        new PlacedPanel(
                            "1",
                            Panel(kind) with
                            {
                                Field = field,
                            },
                            new(0, 0, 12, 8),
                            new Dictionary<string, VariableOption>()
                        )
                    )
                    .Add(x => x.Answers, answers)
                    .Add(x => x.Title, "CPU")
            );
            Assert.Contains(text, shown.Find(css).TextContent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_cant_be_shown_is_a_list_with_reasons()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var board = BoardFile
            .Read(
                Encoding.UTF8.GetBytes(
                    """{"title":"x","panels":[{"id":7,"type":"geomap","title":"Where"},{"id":8,"type":"piechart","title":"Parts","targets":[{"expr":"up"}]}]}"""
                )
            )
            .Board;
        var list = page.Render<BoardReservations>(p => p.Add(x => x.Board, board));
        Assert.Contains("1 panel can't be shown", list.Find("summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("geomap", list.Find("[data-unsupported='7']").TextContent, StringComparison.Ordinal);
        Assert.Contains("drawn as bars", list.Find("[data-partly='8']").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "<script")]
    [InlineData("[x](javascript:alert(1))", "javascript:")]
    [InlineData("![x](https://elsewhere.example/p.png)", "<img")]
    [InlineData("<javascript:alert(1)>", "href")]
    [InlineData("[x](//elsewhere.example)", "href=\"//")]
    public void Text_of_others_carries_nothing_out(string text, string never) =>
        Assert.DoesNotContain(
            never,
            BoardMarkdown.Render(text, asText: false).Value,
            StringComparison.OrdinalIgnoreCase
        );

    private static BoardPanel Panel(PanelKind kind) => new() { Id = 1, Kind = kind };

    private static MetricSeries Series(params (string Name, string Value)[] labels) => Series(1, labels);

    private static MetricSeries Series(double value, params (string Name, string Value)[] labels) =>
        new(labels.ToDictionary(label => label.Name, label => label.Value), [From.ToUnixTimeSeconds() + 60], [value]);

    private static Answered Answer(string name, params MetricSeries[] series) => Answer(name, "", series);

    private static Answered Answer(string name, string legend, params MetricSeries[] series)
    {
        var window = PanelWindow.Of(TimeRange.Default, TimeZoneInfo.Utc, UiContext.Now);
        return new(
            new PanelQuestion(new PanelQuery(name, "up"), "up", legend, window),
            new PanelData(From, UiContext.Now, TimeSpan.FromSeconds(60), series)
        );
    }

    private static IEnumerable<string> Names(BoardPanel panel, string legend, params MetricSeries[] series) =>
        PanelSeries.Of(panel, [Answer("A", legend, series)]).Select(one => one.Name);
}
