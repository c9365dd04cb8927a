using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Dashboards;
using Sevensa.Dashboard.Features.Dashboards.Drawing;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Explorer;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Platform.Query.PromQl;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>What the connected server reads, every door reads, and each sends the same.</summary>
public sealed class EveryDoorTests
{
    private static readonly TenantScope Scope = new(["rentguy"]);

    public static TheoryData<string, int> Forms => NewestFormsTests.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_new_form_is_read_alike_by_explorer_dashboard_import_and_rule(string text, int selectors)
    {
        var dialect = Reading("""{"promql":{"unquoted_utf8_names":true}}""");
        var explored = new QueryCheck(Options.Create(new MetricsOptions()), dialect).Of(Scope, text, (3600, 60));
        var imported = Assert.Single(Import(text).Panels);
        if (selectors < 0)
        {
            Assert.NotNull(explored.Fault);
            Assert.Equal(PanelKind.Unsupported, imported.Kind);
            Assert.Throws<QueryRefusedException>(() => Rule(text, dialect));
            return;
        }
        Assert.Null(explored.Fault);
        Assert.NotEqual(PanelKind.Unsupported, imported.Kind);
        var question = Assert.Single(Drawn(imported, dialect));
        Assert.Null(question.Wrong);
        // What a rule fires by is what the explorer asked.
        Assert.Equal(explored.Scoped!.Text, Rule(text, dialect).Query.Text);
        Assert.Equal(explored.Scoped.Text, Scope.PromQl(question.PromQl, dialect.Options).Text);
    }

    [Theory]
    [InlineData("http.server.requests", "unexpected character")]
    [InlineData("température > 20", "unexpected character")]
    public void Where_the_server_does_not_read_it_every_door_says_so_and_an_import_loses_nothing(
        string text,
        string words
    )
    {
        var dialect = Reading("""{"promql":{"unquoted_utf8_names":false}}""");
        var explored = new QueryCheck(Options.Create(new MetricsOptions()), dialect).Of(Scope, text);
        Assert.Contains(words, explored.Fault?.Message, StringComparison.Ordinal);
        Assert.Contains(
            words,
            Assert.Throws<QueryRefusedException>(() => Rule(text, dialect)).Message,
            StringComparison.Ordinal
        );
        var imported = Assert.Single(Import(text).Panels);
        Assert.NotEqual(PanelKind.Unsupported, imported.Kind);
        Assert.Contains(words, Assert.Single(Drawn(imported, dialect)).Wrong, StringComparison.Ordinal);
    }

    private static PromQlDialect Reading(string features)
    {
        var dialect = new PromQlDialect();
        dialect.Learn(JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, JsonElement>>>(features));
        return dialect;
    }

    private static CheckedRule Rule(string text, PromQlDialect dialect) =>
        CheckedRule.Of(new RuleDraft("NewForm", text), Scope, "rentguy", dialect.Options);

    private static Board Import(string text) =>
        BoardFile
            .Read(
                Encoding.UTF8.GetBytes(
                    JsonSerializer.Serialize(
                        new
                        {
                            title = "New forms",
                            panels = new[]
                            {
                                new
                                {
                                    id = 1,
                                    type = "timeseries",
                                    title = "one",
                                    targets = new[] { new { refId = "A", expr = text } },
                                },
                            },
                        }
                    )
                )
            )
            .Board;

    private static IReadOnlyList<PanelQuestion> Drawn(BoardPanel panel, PromQlDialect dialect)
    {
        var window = PanelWindow.Of(TimeRange.Default, TimeZoneInfo.Utc, UiContext.Now);
        return new BoardContext(
            Scope,
            "New forms",
            window,
            UiContext.Now.AddHours(-4),
            UiContext.Now,
            [],
            dialect.Options
        ).Questions(panel, new Dictionary<string, VariableOption>());
    }
}
