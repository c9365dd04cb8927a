using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>Prometheus' API at a tenant's address: nothing of anybody else's, whoever asks and however.</summary>
public sealed class PrometheusApiTests(MetricsApp app) : IClassFixture<MetricsApp>
{
    private const string Own = "/api/v1/tenants/rentguy/prometheus/api/v1";

    [Fact]
    public async Task A_query_is_asked_in_the_tenants_scope_whatever_it_says()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(
            $"{Own}/query?query={Uri.EscapeDataString("up{tenant=~\".*\"} or vector(1) * sum(rate(http_requests_total[5m]))")}&time=5&tenant=witcom"
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var asked = Last("/api/v1/query");
        var query = Assert.Single(asked.All("query"));
        Assert.Equal(2, query.Split("tenant=\"rentguy\"").Length - 1);
        Assert.Equal(["5"], asked.All("time"));
        Assert.Empty(asked.All("tenant"));
    }

    [Fact]
    public async Task Headers_of_the_caller_stay_here()
    {
        using var client = await app.ApiAsAsync("viewer");
        client.DefaultRequestHeaders.Add("X-Scope-OrgID", "witcom");
        client.DefaultRequestHeaders.Add("X-Prom-Label", "witcom");
        client.DefaultRequestHeaders.Add("Cookie", "a=b");
        using var answer = await client.GetAsync($"{Own}/query?query=headers_up");
        var headers = app
            .Prometheus.Requests.Last(asked => asked.All("query").Any(q => q.Contains("headers_up")))
            .Headers;
        Assert.DoesNotContain("X-Scope-OrgID", headers.Keys);
        Assert.DoesNotContain("X-Prom-Label", headers.Keys);
        Assert.DoesNotContain("Cookie", headers.Keys);
        Assert.DoesNotContain("Authorization", headers.Keys);
    }

    [Theory]
    [InlineData("", "{tenant=\"rentguy\"}")]
    [InlineData("?match[]=up", "up{tenant=\"rentguy\"}")]
    public async Task Selectors_are_scoped_and_none_means_all_of_the_tenant(string given, string sent)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/label/job/values{given}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([sent], Last("/api/v1/label/job/values").All("match[]"));
    }

    [Fact]
    public async Task Every_one_of_several_selectors_is_scoped()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.PostAsync(
            $"{Own}/series?match[]=a",
            new FormUrlEncodedContent([new("match[]", "b"), new("match[]", "{tenant=\"witcom\"}"), new("start", "1")])
        );
        var asked = Last("/api/v1/series");
        Assert.Equal(3, asked.All("match[]").Count());
        Assert.All(
            asked.All("match[]"),
            match => Assert.Contains("tenant=\"rentguy\"", match, StringComparison.Ordinal)
        );
        Assert.Equal(["1"], asked.All("start"));
    }

    [Fact]
    public async Task Metadata_is_only_what_the_tenants_own_targets_say()
    {
        app.Prometheus.Answers["/api/v1/label/__name__/values"] = (
            200,
            """{"status":"success","data":["up","jobs_total","http_request_duration_seconds_bucket"]}"""
        );
        app.Prometheus.Answers["/api/v1/targets/metadata"] = (
            200,
            """
            {"status":"success","data":[
              {"target":{"job":"node"},"metric":"up","type":"gauge","help":"nobody's","unit":""},
              {"target":{"tenant":"rentguy"},"metric":"jobs","type":"counter","help":"ours","unit":""},
              {"target":{"tenant":"witcom"},"metric":"jobs","type":"counter","help":"theirs","unit":""},
              {"target":{"tenant":"rentguy"},"metric":"http_request_duration_seconds","type":"histogram","help":"","unit":""},
              {"target":{"job":"node"},"metric":"witcom_secret_total","type":"counter","help":"","unit":""}]}
            """
        );
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/metadata");
            var data = answer.GetProperty("data");
            Assert.Equal(
                ["http_request_duration_seconds", "jobs", "up"],
                data.EnumerateObject().Select(metric => metric.Name).Order()
            );
            Assert.Equal(
                ["ours"],
                data.GetProperty("jobs").EnumerateArray().Select(one => one.GetProperty("help").GetString())
            );
            Assert.Equal(["{tenant=\"rentguy\"}"], Last("/api/v1/label/__name__/values").All("match[]"));
            Assert.Equal(["{tenant=~\"rentguy|\"}"], Last("/api/v1/targets/metadata").All("match_target"));
        }
        finally
        {
            app.Prometheus.Answers.TryRemove("/api/v1/targets/metadata", out _);
        }
    }

    [Fact]
    public async Task A_server_that_tells_no_targets_apart_says_no_help_texts()
    {
        app.Prometheus.Answers["/api/v1/label/__name__/values"] = (
            200,
            """{"status":"success","data":["jobs_total"]}"""
        );
        app.Prometheus.Answers["/api/v1/targets/metadata"] = (404, "404 page not found");
        app.Prometheus.Answers["/api/v1/metadata"] = (
            200,
            """{"status":"success","data":{"jobs":[{"type":"counter","help":"ours","unit":""},{"type":"counter","help":"theirs","unit":""}]}}"""
        );
        try
        {
            using var client = await app.ApiAsAsync("viewer");
            var answer = await client.GetFromJsonAsync<JsonElement>($"{Own}/metadata");
            var told = Assert.Single(answer.GetProperty("data").GetProperty("jobs").EnumerateArray());
            Assert.Equal(("counter", ""), (told.GetProperty("type").GetString(), told.GetProperty("help").GetString()));
        }
        finally
        {
            app.Prometheus.Answers.TryRemove("/api/v1/targets/metadata", out _);
            app.Prometheus.Answers.TryRemove("/api/v1/metadata", out _);
        }
    }

    [Fact]
    public async Task Rules_and_alerts_are_the_tenants_own_in_prometheus_shape()
    {
        const string alert =
            """{"labels":{"alertname":"Slow","tenant":"TENANT"},"annotations":{},"state":"firing","activeAt":"2026-11-01T12:00:00Z","value":"1e+00"}""";
        var alerts = string.Join(',', alert.Replace("TENANT", "rentguy"), alert.Replace("TENANT", "witcom"));
        app.Prometheus.Answers["/api/v1/alerts"] = (
            200,
            $$$"""{"status":"success","data":{"alerts":[{{{alerts}}}]}}"""
        );
        app.Prometheus.Answers["/api/v1/rules"] = (
            200,
            $$$"""
            {"status":"success","data":{"groups":[{"name":"g","file":"/etc/prometheus/rules/shared.yml","interval":30,"rules":[
            {"state":"firing","name":"Slow","query":"up == 0","duration":60,"labels":{},"annotations":{},"alerts":[{{{alerts}}}],"health":"err",
            "lastError":"witcom's series","evaluationTime":0.1,"lastEvaluation":"2026-11-01T12:00:00Z","type":"alerting"},
            {"name":"witcom:only","query":"sum(up)","labels":{"tenant":"witcom"},"health":"ok","lastEvaluation":"2026-11-01T12:00:00Z","type":"recording"}]}]}}
            """
        );
        using var client = await app.ApiAsAsync("viewer");
        var told = await client.GetFromJsonAsync<JsonElement>($"{Own}/alerts");
        var one = Assert.Single(told.GetProperty("data").GetProperty("alerts").EnumerateArray());
        Assert.Equal("rentguy", one.GetProperty("labels").GetProperty("tenant").GetString());
        Assert.Equal("1e+00", one.GetProperty("value").GetString());
        var rules = await client.GetStringAsync($"{Own}/rules?type=alert");
        Assert.Contains("\"name\":\"Slow\"", rules, StringComparison.Ordinal);
        Assert.Contains("\"file\":\"shared.yml\"", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_every_door_only_what_was_evaluated_in_the_scope_is_shown_whatever_its_value()
    {
        static string Alert(string name, string value) =>
            $$$"""{"labels":{"alertname":"{{{name}}}","tenant":"rentguy","job":"api"},"annotations":{"summary":"{{{name}}} of 10.0.0.7"},"state":"firing","activeAt":"2026-11-01T12:00:00Z","value":"{{{value}}}"}""";
        static string Rule(
            string name,
            string query,
            string labels = "",
            string annotation = "",
            string value = "1e+00"
        ) =>
            $$$"""
                {"state":"firing","name":"{{{name}}}","query":"{{{query.Replace(
                    "\"",
                    "\\\"",
                    StringComparison.Ordinal
                )}}}","duration":0,"labels":{{{{labels}}}},
                "annotations":{"summary":"{{{annotation}}}"},"alerts":[{{{Alert(
                    name,
                    value
                )}}}],"health":"ok","lastEvaluation":"2026-11-01T12:00:00Z","type":"alerting"}
                """;
        static string Text(JsonElement map, string name) =>
            map.TryGetProperty(name, out var value) ? value.GetString()! : "";
        const string Label = "\"tenant\":\"rentguy\"";
        string[] rules =
        [
            Rule("Both", "up{tenant=~\"rentguy|witcom\"} >= 0", Label),
            Rule("Job", "up{job=\"witcom\"} >= 0", Label),
            Rule("Others", "up{tenant!=\"witcom\"} >= 0"),
            Rule("Said", "sum(up) >= 0", annotation: "ask Witcom"),
            Rule("Covered", "up >= 0", Label),
            Rule("Own", "up{tenant=\"rentguy\"} / 0 >= 0", value: "+Inf"),
            Rule("Shared", "up / 3 >= 0", value: "3.333333333333333e-01"),
        ];
        app.Prometheus.Answers["/api/v1/rules"] = (
            200,
            $$$"""{"status":"success","data":{"groups":[{"name":"g","file":"r.yml","interval":30,"rules":[{{{string.Join(',', rules)}}}]}]}}"""
        );
        using var client = await app.ApiAsAsync("viewer");
        var alerts = (await client.GetFromJsonAsync<JsonElement>($"{Own}/alerts")).GetProperty("data");
        // Each is the tenant's by its label; of what may have been evaluated elsewhere there is no word, value or series.
        Assert.Equal(
            [
                "Both NaN",
                "Job NaN",
                "Others NaN",
                "Said NaN api",
                "Covered NaN",
                "Own +Inf api Own of 10.0.0.7",
                "Shared 3.333333333333333e-01 api Shared of 10.0.0.7",
            ],
            alerts
                .GetProperty("alerts")
                .EnumerateArray()
                .Select(one =>
                    string.Join(
                            ' ',
                            Text(one.GetProperty("labels"), "alertname"),
                            one.GetProperty("value"),
                            Text(one.GetProperty("labels"), "job"),
                            Text(one.GetProperty("annotations"), "summary")
                        )
                        .TrimEnd()
                )
        );
        Assert.DoesNotContain("witcom", alerts.GetRawText(), StringComparison.OrdinalIgnoreCase);
        var theirs = await client.GetFromJsonAsync<JsonElement>($"{Own}/rules");
        var ours = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/rules");
        foreach (
            var shown in new[]
            {
                theirs.GetProperty("data").GetProperty("groups")[0].GetProperty("rules"),
                ours.GetProperty("items"),
            }
        )
        {
            Assert.Equal(
                ["Covered 1", "Own 1", "Shared 1"],
                shown
                    .EnumerateArray()
                    .Select(rule => $"{rule.GetProperty("name")} {rule.GetProperty("alerts").GetArrayLength()}")
                    .Order(StringComparer.Ordinal)
            );
            Assert.DoesNotContain("witcom", shown.GetRawText(), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Covered of 10.0.0.7", shown.GetRawText(), StringComparison.Ordinal);
        }
        Assert.Equal(
            JsonValueKind.Null,
            ours.GetProperty("items")
                .EnumerateArray()
                .Single(rule => rule.GetProperty("name").GetString() == "Own")
                .GetProperty("alerts")[0]
                .GetProperty("value")
                .ValueKind
        );
    }

    [Theory]
    [InlineData("PUT", "query", "GET, POST")]
    [InlineData("DELETE", "query_range", "GET, POST")]
    [InlineData("PATCH", "label/job/values", "GET, POST")]
    [InlineData("POST", "rules", "GET")]
    [InlineData("PUT", "targets", null)]
    public async Task What_is_asked_by_another_verb_is_told_the_right_ones(string verb, string path, string? allowed)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(verb), $"{Own}/{path}"));
        Assert.Equal(allowed is null ? HttpStatusCode.NotFound : HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed ?? "", string.Join(", ", answer.Content.Headers.Allow));
        Assert.Equal(
            "error",
            (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString()
        );
    }

    [Theory]
    [InlineData("rule_name[]=Slow", "Slow")]
    [InlineData("rule_name[]=Slow&rule_name[]=Gone&rule_name[]=nothing", "Slow Gone")]
    [InlineData("rule_group[]=second", "Own")]
    [InlineData("file[]=b.yml", "Own")]
    [InlineData("file[]=nothing.yml", "")]
    [InlineData("type=record", "own:sum")]
    [InlineData("type=ALERT&rule_group[]=first", "Slow Gone")]
    [InlineData("match[]={severity=\"page\"}", "Slow Own")]
    [InlineData("match[]={severity=~\"pa.*\",tenant=\"rentguy\"}&match[]={severity=\"note\"}", "Slow Gone Own")]
    [InlineData("match[]=up", "")]
    [InlineData("match[]={tenant=\"witcom\"}", "")]
    [InlineData("exclude_alerts=true&rule_name[]=Slow", "Slow")]
    [InlineData("rule_name[]=witcom:only", "")]
    public async Task Rules_are_chosen_as_asked_whatever_the_server_can(string asked, string names)
    {
        SeveralRules();
        using var client = await app.ApiAsAsync("viewer");
        var told = await client.GetFromJsonAsync<JsonElement>($"{Own}/rules?{asked}");
        var rules = told.GetProperty("data")
            .GetProperty("groups")
            .EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .ToList();
        Assert.Equal(names, string.Join(' ', rules.Select(rule => rule.GetProperty("name").GetString())));
        if (asked.Contains("exclude_alerts", StringComparison.Ordinal))
        {
            Assert.Equal(JsonValueKind.Null, rules[0].GetProperty("alerts").ValueKind);
        }
    }

    [Fact]
    public async Task Groups_of_rules_come_page_by_page()
    {
        SeveralRules();
        using var client = await app.ApiAsAsync("viewer");
        var first = (await client.GetFromJsonAsync<JsonElement>($"{Own}/rules?group_limit=1")).GetProperty("data");
        Assert.Equal(
            "first",
            Assert.Single(first.GetProperty("groups").EnumerateArray()).GetProperty("name").GetString()
        );
        var next = first.GetProperty("groupNextToken").GetString();
        var second = (
            await client.GetFromJsonAsync<JsonElement>($"{Own}/rules?group_limit=1&group_next_token={next}")
        ).GetProperty("data");
        Assert.Equal(
            "second",
            Assert.Single(second.GetProperty("groups").EnumerateArray()).GetProperty("name").GetString()
        );
        Assert.False(second.TryGetProperty("groupNextToken", out _));
    }

    [Theory]
    [InlineData("match[]={", "1:2: parse error: unexpected end of input inside braces")]
    [InlineData("type=both", "invalid parameter \"type\": not supported value \"both\"")]
    [InlineData("group_limit=0", "invalid parameter \"group_limit\": group_limit needs to be greater than 0")]
    [InlineData(
        "group_limit=x",
        "invalid parameter \"group_limit\": group_limit needs to be a valid number: strconv.ParseInt: parsing \"x\": invalid syntax"
    )]
    [InlineData(
        "group_next_token=x",
        "invalid parameter \"group_next_token\": group_limit needs to be present in order to paginate over the groups"
    )]
    [InlineData(
        "group_limit=1&group_next_token=x",
        "invalid parameter \"group_next_token\": invalid group_next_token. were rule groups changed?"
    )]
    [InlineData(
        "exclude_alerts=perhaps",
        "invalid parameter \"exclude_alerts\": error converting exclude_alerts: strconv.ParseBool: parsing \"perhaps\": invalid syntax"
    )]
    public async Task A_choice_of_rules_that_cannot_be_read_is_refused_in_prometheus_words(string asked, string words)
    {
        SeveralRules();
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"{Own}/rules?{asked}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            ("bad_data", words),
            (error.GetProperty("errorType").GetString(), error.GetProperty("error").GetString())
        );
    }

    private void SeveralRules()
    {
        static string Alert(string name, string tenant, string severity) =>
            $$"""
                {"state":"inactive","name":"{{name}}","query":"up{tenant=\"{{tenant}}\"} == 0","duration":60,"labels":{"tenant":"{{tenant}}","severity":"{{severity}}"},
                "annotations":{},"alerts":[],"health":"ok","lastEvaluation":"2026-11-01T12:00:00Z","type":"alerting"}
                """;
        static string Record(string name, string tenant) =>
            $$"""{"name":"{{name}}","query":"sum(up{tenant=\"{{tenant}}\"})","labels":{"tenant":"{{tenant}}"},"health":"ok","lastEvaluation":"2026-11-01T12:00:00Z","type":"recording"}""";
        string[] groups =
        [
            $$"""{"name":"first","file":"/etc/rules/a.yml","interval":30,"rules":[{{Alert("Slow", "rentguy", "page")}},{{Alert("Gone", "rentguy", "note")}},{{Record("own:sum", "rentguy")}}]}""",
            $$"""{"name":"others","file":"/etc/rules/a.yml","interval":30,"rules":[{{Record("witcom:only", "witcom")}}]}""",
            $$"""{"name":"second","file":"/etc/rules/b.yml","interval":30,"rules":[{{Alert("Own", "rentguy", "page")}}]}""",
        ];
        app.Prometheus.Answers["/api/v1/rules"] = (
            200,
            $$$"""{"status":"success","data":{"groups":[{{{string.Join(',', groups)}}}]}}"""
        );
    }

    [Fact]
    public async Task Who_is_not_let_in_here_is_told_in_prometheus_shape()
    {
        using var nobody = app.Anonymous();
        using var unsigned = await nobody.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        Assert.NotEmpty(unsigned.Headers.WwwAuthenticate);
        var error = await unsigned.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            ("error", "unauthorized"),
            (error.GetProperty("status").GetString(), error.GetProperty("errorType").GetString())
        );
        using var client = await app.ApiAsAsync("client-rentguy");
        using var refused = await client.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(
            "error",
            (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString()
        );
        using var loki = await nobody.GetAsync("/api/v1/tenants/rentguy/loki/api/v1/labels");
        Assert.Equal("text/plain", loki.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("api/v1/targets")]
    [InlineData("api/v1/status/config")]
    [InlineData("api/v1/status/tsdb")]
    [InlineData("api/v1/read")]
    [InlineData("api/v1/write")]
    [InlineData("api/v1/admin/tsdb/snapshot")]
    [InlineData("api/v1/query/../targets")]
    [InlineData("api/v1/%2e%2e/v1/targets")]
    [InlineData("federate?match[]={__name__=~\".%2B\"}")]
    [InlineData("graph")]
    [InlineData("")]
    public async Task What_knows_no_tenants_does_not_exist(string path)
    {
        var before = app.ForOthers.Count();
        using var client = await app.ApiAsAsync("admin");
        using var answer = await client.GetAsync($"/api/v1/tenants/rentguy/prometheus/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("error", body.GetProperty("status").GetString());
        Assert.Equal(before, app.ForOthers.Count());
    }

    [Fact]
    public async Task Other_tenants_and_other_paths_do_not_exist()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var unknown = await viewer.GetAsync("/api/v1/tenants/nobody/prometheus/api/v1/query?query=up");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var admin = await viewer.GetAsync($"{Own}/admin/tsdb/delete_series");
        Assert.Equal(HttpStatusCode.NotFound, admin.StatusCode);
        using var targets = await viewer.GetAsync($"{Own}/targets");
        Assert.Equal(HttpStatusCode.NotFound, targets.StatusCode);
        using var client = await app.ApiAsAsync("client-rentguy");
        using var refused = await client.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var nobody = app.Anonymous();
        using var unsigned = await nobody.GetAsync($"{Own}/query?query=up");
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
    }

    [Fact]
    public async Task A_client_reads_the_health_of_its_own_tenant_and_of_no_other()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        using var own = await client.GetAsync("/api/v1/tenants/rentguy/health");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        var health = await own.Content.ReadFromJsonAsync<JsonElement>();
        // There are no figures; what is known is that a critical alert fires.
        Assert.Equal("degraded", health.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, health.GetProperty("availability").GetProperty("30d").ValueKind);
        Assert.Contains("There are no figures", health.GetProperty("reasons").ToString(), StringComparison.Ordinal);
        Assert.Equal("rentguy", health.GetProperty("tenant").GetString());
        Assert.Equal(
            ["24h", "7d", "30d"],
            health.GetProperty("availability").EnumerateObject().Select(window => window.Name)
        );
        using var other = await client.GetAsync("/api/v1/tenants/witcom/health");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private PrometheusStub.Asked Last(string path) => app.ForOthers.Last(asked => asked.Path == path);
}
