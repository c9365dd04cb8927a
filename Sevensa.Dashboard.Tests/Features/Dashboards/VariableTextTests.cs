using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Dashboards.Variables;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Dashboards;

public sealed class VariableTextTests
{
    private static readonly Dictionary<string, VariableValue> Known = new()
    {
        ["one"] = new("one", ["api"]),
        ["odd"] = new("odd", ["a.b\"c\\d"]),
        ["many"] = new("many", ["a.b", "c"], Many: true),
        ["single"] = new("single", ["a.b"], Many: true),
        ["all"] = new("all", ["x"], Many: true, Raw: ".*"),
        ["nested"] = new("nested", ["x"], Many: true, Raw: "$one.*"),
        ["none"] = new("none", [], Many: true),
        ["__from"] = new("__from", ["1700000000000"]),
    };

    [Theory]
    [InlineData("up{job=\"$one\"}", "up{job=\"api\"}")]
    [InlineData("up{job=\"${one}x\"}", "up{job=\"apix\"}")]
    [InlineData("up{job=\"[[one]]\"}", "up{job=\"api\"}")]
    [InlineData("up{job=\"$unknown\"}", "up{job=\"$unknown\"}")]
    [InlineData("up{job=~\"$many\"}", "up{job=~\"(a\\\\.b|c)\"}")]
    [InlineData("up{job=~\"$single\"}", "up{job=~\"a\\\\.b\"}")]
    [InlineData("up{job=~\"$all\"}", "up{job=~\".*\"}")]
    [InlineData("up{job=~\"$nested\"}", "up{job=~\"api.*\"}")]
    [InlineData("up{job=~\"$none\"}", "up{job=~\"()\"}")]
    [InlineData("up{job=\"$odd\"}", "up{job=\"a.b\\\"c\\\\d\"}")]
    [InlineData("up{job='$odd'}", "up{job='a.b\"c\\\\d'}")]
    [InlineData("${many:pipe}", "a.b|c")]
    [InlineData("${many:csv}", "a.b,c")]
    [InlineData("${many:regex}", "(a\\.b|c)")]
    [InlineData("${many:json}", "[\"a.b\",\"c\"]")]
    [InlineData("${many:glob}", "{a.b,c}")]
    [InlineData("${many:doublequote}", "\"a.b\",\"c\"")]
    [InlineData("${many:singlequote}", "'a.b','c'")]
    [InlineData("${many:lucene}", "(\"a.b\" OR \"c\")")]
    [InlineData("${many:distributed}", "a.b,many=c")]
    [InlineData("${many:queryparam}", "var-many=a.b&var-many=c")]
    [InlineData("${many:percentencode}", "a.b%2Cc")]
    [InlineData("[[many:pipe]]", "a.b|c")]
    [InlineData("${__from:date:seconds}", "1700000000")]
    [InlineData("${__from:date:YYYY-MM}", "2023-11")]
    [InlineData("rate(up[$__rate_interval])", "rate(up[$__rate_interval])")]
    public void Values_are_put_in_as_Grafana_does(string text, string expected) =>
        Assert.Equal(expected, VariableText.InQuery(text, Known));

    [Theory]
    [InlineData("x\"} or up{tenant=\"witcom")]
    [InlineData("x'} or up{tenant='witcom")]
    [InlineData("x`} or up{tenant=`witcom")]
    [InlineData("witcom\"}) or ignoring(tenant) up or vector(1) #")]
    [InlineData("\\")]
    [InlineData("\\\"} or up{a=\"")]
    [InlineData("a\nb")]
    [InlineData("$one")]
    [InlineData("${one:raw}\"")]
    public void A_value_in_quotes_stays_one_value(string value)
    {
        var scope = new TenantScope(["rentguy"]);
        foreach (var many in new[] { false, true })
        {
            foreach (var quote in new[] { '"', '\'', '`' })
            {
                var known = new Dictionary<string, VariableValue> { ["v"] = new("v", [value], many) };
                var text = VariableText.InQuery($"sum(up{{job{(many ? "=~" : "=")}{quote}$v{quote}}})", known);
                var scoped = scope.PromQl(text);
                var selector = Assert.Single(
                    TreeComparison.Selectors(Sevensa.Dashboard.Platform.Query.PromQl.PromQlParser.Parse(scoped.Text))
                );
                Assert.Equal(2, selector.Matchers.Length);
            }
        }
    }

    [Fact]
    public void A_value_outside_quotes_is_scoped_like_any_query()
    {
        var scope = new TenantScope(["rentguy"]);
        var known = new Dictionary<string, VariableValue>
        {
            ["v"] = new("v", ["up{tenant=\"witcom\"} or {__name__=~\".+\"}"]),
        };
        var scoped = scope.PromQl(VariableText.InQuery("sum($v)", known));
        Assert.Equal(2, Regex.Count(scoped.Text, "tenant=\"rentguy\""));
    }

    [Fact]
    public void Every_published_expression_is_read_and_scoped_with_plausible_values()
    {
        var scope = new TenantScope(["rentguy", "witcom"]);
        var moment = DateTimeOffset.UnixEpoch.AddYears(50);
        var count = 0;
        foreach (var row in PublicDatasets.Lines("dashboards/expressions.jsonl"))
        {
            var source = row.GetProperty("datasource").GetString();
            var expr = row.GetProperty("expr").GetString()!;
            if (
                source is "$loki_datasource" or "loki"
                || expr.Contains("|=")
                || expr.Contains("| logfmt")
                || expr.Contains("|~")
            )
                continue;
            var known = Intervals
                .Values(TimeSpan.FromSeconds(30), moment.AddHours(-6), moment)
                .ToDictionary(value => value.Name);
            foreach (var name in VariableText.Names(expr).Where(name => !known.ContainsKey(name)).ToList())
                known[name] = new(
                    name,
                    name is "interval" or "resolution" ? ["5m"] : ["a.b", "c\"d"],
                    name is not ("interval" or "resolution")
                );
            var scoped = scope.PromQl(VariableText.InQuery(expr, known));
            Assert.Contains("tenant=~\"rentguy|witcom\"", scoped.Text, StringComparison.Ordinal);
            count++;
        }
        Assert.True(count > 300, $"only {count}");
    }

    [Theory]
    [InlineData("label_values(up, job)", "LabelValues", "up", "job")]
    [InlineData("label_values(up{a=\"b,c\", d=~\"e|f\"},job)", "LabelValues", "up{a=\"b,c\", d=~\"e|f\"}", "job")]
    [InlineData("label_values(job)", "LabelValues", "", "job")]
    [InlineData("label_names()", "LabelNames", "", "")]
    [InlineData("metrics(node_.*)", "Metrics", "node_.*", "")]
    [InlineData("query_result(topk(5, sum by (a) (up)))", "QueryResult", "topk(5, sum by (a) (up))", "")]
    [InlineData("up{job=\"x\"}", "Series", "up{job=\"x\"}", "")]
    public void Questions_of_variables_are_understood(string text, string question, string inner, string label)
    {
        Assert.True(VariableQuery.TryRead(text, out var query, out _));
        Assert.Equal((question, inner, label), (query.Question.ToString(), query.Text, query.Label));
    }

    [Theory]
    [InlineData("")]
    [InlineData("query_result()")]
    [InlineData("label_values()")]
    public void What_asks_nothing_is_refused(string text)
    {
        Assert.False(VariableQuery.TryRead(text, out _, out var wrong));
        Assert.NotNull(wrong);
    }

    [Theory]
    [InlineData("1m,5m , 1h", "1m=1m;5m=5m;1h=1h")]
    [InlineData("every : .*, one\\,two, x", "every=.*;one,two=one,two;x=x")]
    [InlineData("", "")]
    public void Options_are_read_as_people_write_them(string text, string expected) =>
        Assert.Equal(
            expected,
            string.Join(';', CustomOptions.Read(text).Select(option => $"{option.Text}={option.Value}"))
        );

    [Fact]
    public void Spans_fit_the_range()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), Intervals.Read(">=10s"));
        Assert.Equal(TimeSpan.FromMinutes(90), Intervals.Read("1.5h"));
        Assert.Null(Intervals.Read("soon"));
        Assert.Equal(TimeSpan.FromMinutes(10), Intervals.Fitting(TimeSpan.FromHours(6), 30, TimeSpan.FromSeconds(10)));
        var values = Intervals
            .Values(TimeSpan.FromSeconds(30), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(6))
            .ToDictionary(value => value.Name, value => value.Values[0]);
        Assert.Equal("30s", values["__interval"]);
        Assert.Equal("1m", values["__rate_interval"]);
        Assert.Equal("21600s", values["__range"]);
        Assert.Equal("21600000", values["__to"]);
    }
}
