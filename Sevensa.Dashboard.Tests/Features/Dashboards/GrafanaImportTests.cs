using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Dashboards;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Dashboards;

/// <summary>Published dashboards and smaller ones: everything in the file is shown, or listed with the reason.</summary>
public sealed class GrafanaImportTests
{
    private static readonly string[] Drawn =
    [
        "timeseries",
        "graph",
        "stat",
        "singlestat",
        "gauge",
        "bargauge",
        "table",
        "heatmap",
        "text",
    ];

    [Fact]
    public void Every_published_dashboard_is_taken_and_no_panel_is_lost()
    {
        var panels = 0;
        foreach (var file in PublishedBoards.Files())
        {
            var json = File.ReadAllBytes(file);
            var board = BoardFile.Read(json).Board;
            using var original = JsonDocument.Parse(json);
            var expected = Panels(original.RootElement).Where(one => Type(one) != "row").ToList();
            Assert.Equal(expected.Select(Title).Order(), board.Panels.Select(panel => panel.Title).Order());
            Assert.Equal(board.Panels.Count(), board.Panels.Select(panel => panel.Id).Distinct().Count());
            Assert.All(
                board.Panels,
                panel => Assert.True(panel.Kind == PanelKind.Unsupported ^ panel.Reason is null, panel.Title)
            );
            Assert.All(
                board.Panels.Where(panel => panel.Kind == PanelKind.Unsupported && Drawn.Contains(panel.MadeFrom)),
                panel => Assert.Contains("Loki", panel.Reason, StringComparison.Ordinal)
            );
            panels += expected.Count;
        }
        Assert.True(panels > 100, $"only {panels}");
    }

    [Fact]
    public void Every_query_of_every_published_dashboard_is_read_and_scoped_with_its_variables_expanded()
    {
        var scope = new TenantScope(["rentguy"]);
        var count = 0;
        foreach (var file in PublishedBoards.Files())
        {
            var board = BoardFile.Read(File.ReadAllBytes(file)).Board;
            var known = SampleValues.Of(board.Variables);
            foreach (var query in board.Panels.SelectMany(panel => panel.Queries))
            {
                var scoped = scope.PromQl(VariableText.InQuery(query.Expr, known));
                Assert.DoesNotMatch(@"\$\{?[a-z_]|\[\[", scoped.Text);
                Assert.Contains("tenant=\"rentguy\"", scoped.Text, StringComparison.Ordinal);
                count++;
            }
        }
        Assert.True(count > 150, $"only {count}");
    }

    [Theory]
    [InlineData("aspire-aspnetcore.json", 10, 0)]
    [InlineData("dockprom-docker_host.json", 15, 0)]
    [InlineData("dockprom-nginx_container.json", 4, 0)]
    [InlineData("dotdc-k8s-views-pods.json", 25, 0)]
    [InlineData("k8sgpt-dashboard.json", 6, 0)]
    [InlineData("traefik.json", 14, 0)]
    public void What_Prometheus_can_answer_is_shown_whole(string name, int panels, int unsupported)
    {
        var board = BoardFile.Read(File.ReadAllBytes(PublishedBoards.File(name))).Board;
        Assert.Equal(panels, board.Panels.Count());
        Assert.Equal(unsupported, board.Panels.Count(panel => panel.Kind == PanelKind.Unsupported));
    }

    [Fact]
    public void An_imported_dashboard_exported_and_imported_again_is_the_same()
    {
        foreach (var file in PublishedBoards.Files())
        {
            var board = BoardFile.Read(File.ReadAllBytes(file)).Board;
            var again = BoardFile.Read(Encoding.UTF8.GetBytes(BoardFile.Write(board, indented: true))).Board;
            Assert.Equal(BoardFile.Write(board), BoardFile.Write(again));
        }
    }

    [Fact]
    public void What_cant_be_shown_is_listed_with_the_reason()
    {
        var board = Read(
            """
            {"title":"Mixed","panels":[
              {"id":1,"type":"timeseries","title":"ok","targets":[{"expr":"up"}]},
              {"id":2,"type":"geomap","title":"map","targets":[{"expr":"up"}]},
              {"id":3,"type":"timeseries","title":"loki","datasource":{"type":"loki","uid":"x"},"targets":[{"expr":"{a=\"b\"} |= \"x\""}]},
              {"id":4,"type":"timeseries","title":"mixed","datasource":{"uid":"-- Mixed --"},"targets":[
                 {"refId":"A","expr":"up","datasource":{"type":"prometheus","uid":"p"}},
                 {"refId":"B","query":"buckets()","datasource":{"type":"influxdb","uid":"i"}}]},
              {"id":5,"title":"library","libraryPanel":{"uid":"l","name":"Shared"}},
              {"id":6,"type":"timeseries","title":"broken","targets":[{"expr":"sum(("}]},
              {"id":7,"type":"timeseries","title":"nothing","targets":[]},
              {"id":8,"type":"logs","title":"lines","targets":[{"expr":"{a=\"b\"}"}]},
              {"id":9,"type":"table","title":"pivot","targets":[{"expr":"up"}],"transformations":[{"id":"groupingToMatrix","options":{}}]},
              "no panel",
              {"id":4,"type":"stat","title":"same id","targets":[{"expr":"up"}]}
            ],"templating":{"list":[{"type":"adhoc","name":"filters"}]}}
            """
        );
        var by = board.Panels.ToDictionary(panel => panel.Title);
        Assert.Equal(11, by.Count);
        Assert.Equal(11, board.Panels.Select(panel => panel.Id).Distinct().Count());
        Assert.Null(by["ok"].Reason);
        Assert.Contains("geomap", by["map"].Reason, StringComparison.Ordinal);
        Assert.Contains("Loki", by["loki"].Reason, StringComparison.Ordinal);
        Assert.Single(by["mixed"].Queries);
        Assert.Contains(
            "Query B is left out: it asks influxdb",
            Assert.Single(by["mixed"].Notes),
            StringComparison.Ordinal
        );
        Assert.Contains("library panel", by["library"].Reason, StringComparison.Ordinal);
        Assert.Contains("can't be read here", by["broken"].Reason, StringComparison.Ordinal);
        Assert.Contains("no query", by["nothing"].Reason, StringComparison.Ordinal);
        Assert.Contains("Logs", by["lines"].Reason, StringComparison.Ordinal);
        Assert.Contains("groupingToMatrix", Assert.Single(by["pivot"].Notes), StringComparison.Ordinal);
        Assert.Contains("no object", by["Unreadable panel"].Reason, StringComparison.Ordinal);
        Assert.Null(by["same id"].Reason);
        Assert.Contains("ad hoc", Assert.Single(board.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_sections_and_those_within_closed_rows_are_there()
    {
        var board = Read(
            """
            {"title":"Rows","panels":[
              {"type":"stat","title":"top","gridPos":{"x":0,"y":0,"w":6,"h":4},"targets":[{"expr":"up"}]},
              {"type":"row","title":"Open","gridPos":{"x":0,"y":4,"w":24,"h":1},"panels":[]},
              {"type":"stat","title":"in open","gridPos":{"x":0,"y":5,"w":6,"h":4},"targets":[{"expr":"up"}]},
              {"type":"row","title":"Closed","collapsed":true,"repeat":"job","gridPos":{"x":0,"y":9,"w":24,"h":1},"panels":[
                {"type":"stat","title":"in closed","gridPos":{"x":3,"y":10,"w":6,"h":4},"targets":[{"expr":"up"}]}]}
            ]}
            """
        );
        Assert.Equal(["", "Open", "Closed"], board.Sections.Select(section => section.Title));
        Assert.Equal((true, "job"), (board.Sections[2].Collapsed, board.Sections[2].RepeatBy));
        Assert.Equal(new PanelPlace(3, 0, 6, 4), Assert.Single(board.Sections[2].Panels).Place);
        Assert.Equal("in open", Assert.Single(board.Sections[1].Panels).Title);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("{", "no JSON")]
    [InlineData("hello", "no JSON")]
    [InlineData("[]", "an object")]
    [InlineData("null", "an object")]
    [InlineData("{}", "no list of panels")]
    [InlineData("""{"title":"x","panels":5}""", "no list of panels")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","spec":{"containers":[]}}""", "no list of panels")]
    [InlineData("""{"kind":"Dashboard","spec":{"elements":{},"layout":{}}}""", "schema v2")]
    [InlineData("""{"sevensaDashboard":7,"title":"x"}""", "format 7")]
    [InlineData("""{"sevensaDashboard":1}""", "no dashboard of ours")]
    [InlineData(
        """{"sevensaDashboard":1,"title":"x","sections":[{"panels":[{"id":1,"kind":"nonsense"}]}]}""",
        "no dashboard of ours"
    )]
    [InlineData("""{"title":"\ud800","panels":[]}""", "Unicode")]
    public void What_is_no_dashboard_is_refused_with_the_reason(string file, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<BoardRefusedException>(() => Read(file)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Megabytes_of_nesting_are_refused_at_the_limit_that_is_named()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var deep = $$"""{"title":"x","panels":[{{new string('[', 1_500_000)}}{{new string(']', 1_500_000)}}]}""";
        var refused = Assert.Throws<BoardRefusedException>(() => Read(deep));
        Assert.Contains("deeper than 64", refused.Message, StringComparison.Ordinal);
        await using var endless = new Endless();
        var large = await Assert.ThrowsAsync<BoardRefusedException>(() => BoardFile.ReadAsync(endless, cancellation));
        Assert.True(large.TooLarge);
        Assert.Contains("4 MB", large.Message, StringComparison.Ordinal);
        Assert.True(endless.Given < 5 * 1024 * 1024, $"{endless.Given} bytes were read");
    }

    [Fact]
    public void Too_many_panels_are_refused_with_the_number()
    {
        var panels = string.Join(',', Enumerable.Repeat("""{"type":"stat","targets":[{"expr":"up"}]}""", 501));
        Assert.Contains(
            "501 panels; 500 is the most",
            Assert.Throws<BoardRefusedException>(() => Read($$"""{"title":"x","panels":[{{panels}}]}""")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_the_interface_of_Grafana_hands_out_is_read_too()
    {
        Assert.Equal("Api", Read("""{"meta":{},"dashboard":{"title":"Api","panels":[]}}""").Title);
        Assert.Equal(
            "Resource",
            Read(
                """{"apiVersion":"dashboard.grafana.app/v1beta1","kind":"Dashboard","spec":{"title":"Resource","panels":[]}}"""
            ).Title
        );
    }

    [Fact]
    public void Units_thresholds_and_mappings_of_an_old_singlestat_are_kept()
    {
        var board = Read(
            """
            {"title":"Old","rows":[{"title":"r","showTitle":true,"height":"125px","panels":[
              {"id":1,"type":"singlestat","title":"load","span":4,"format":"percent","decimals":1,"thresholds":"50,80",
               "colors":["rgba(50, 172, 45, 0.97)","rgba(237, 129, 40, 0.89)","rgba(245, 54, 54, 0.9)"],"colorValue":true,
               "valueName":"avg","valueMaps":[{"value":"null","text":"N/A"},{"value":"0","text":"idle"}],"targets":[{"expr":"up"}]}]}]}
            """
        );
        var panel = Assert.Single(board.Panels);
        Assert.Equal(
            (PanelKind.Stat, "percent", 1, "mean"),
            (panel.Kind, panel.Field.Unit, panel.Field.Decimals, panel.Look.Calc)
        );
        Assert.Equal([new(null, "ok"), new(50, "warn"), new(80, "crit")], panel.Field.Thresholds);
        Assert.Equal([new("N/A", Special: "null"), new("idle", "0")], panel.Field.Mappings);
        Assert.Equal(new PanelPlace(0, 0, 8, 4), panel.Place);
    }

    private static Board Read(string json) => BoardFile.Read(Encoding.UTF8.GetBytes(json)).Board;

    private static IEnumerable<JsonElement> Panels(JsonElement root)
    {
        foreach (var name in new[] { "panels", "rows" })
        {
            if (!root.TryGetProperty(name, out var list))
                continue;
            foreach (var one in list.EnumerateArray())
            {
                if (name == "panels")
                    yield return one;
                foreach (var inner in Panels(one))
                    yield return inner;
            }
        }
    }

    private static string? Type(JsonElement panel) =>
        panel.TryGetProperty("type", out var type) ? type.GetString() : null;

    private static string Title(JsonElement panel) =>
        panel.TryGetProperty("title", out var title) ? title.GetString() ?? "" : "";

    private sealed class Endless : Stream
    {
        public long Given { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => Given;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'[');
            Given += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
