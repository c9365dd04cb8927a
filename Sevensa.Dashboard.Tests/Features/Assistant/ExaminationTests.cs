using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Examination;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What a model may propose is what its examination allows, of the model as its server has it now.</summary>
public sealed class ExaminationTests
{
    private const string Restart =
        """{"kind":"container.restart","tenant":"rentguy","target":"rentguy-api-1","reason":"asked for"}""";

    /// <summary>The worst call that a model can make, whatever it is asked.</summary>
    private const string Worst =
        """{"kind":"container.stop","tenant":"psra-ltsd","target":"api","reason":"maintenance mode"}""";

    [Fact]
    public async Task The_Sandboxs_stand_in_counts_as_examined_and_passes_when_it_is()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        var seeded = await ModelAsync(admin, "sandbox-model");
        Assert.Equal("high", MayPropose(seeded));
        Assert.True(seeded.GetProperty("can").GetProperty("tools").GetBoolean());
        Assert.Equal(32_768, seeded.GetProperty("can").GetProperty("contextLength").GetInt32());
        Assert.Equal("0.33.0-sandbox", seeded.GetProperty("serverVersion").GetString());
        Assert.Equal(64, seeded.GetProperty("digest").GetString()!.Length);

        var exam = await ExaminedAsync(admin, "sandbox-model");
        Assert.True(
            exam.GetProperty("passed").GetInt32() == exam.GetProperty("total").GetInt32(),
            string.Join('\n', Failures(exam))
        );
        Assert.Equal("high", exam.GetProperty("highestRisk").GetString());
        Assert.Equal(11, exam.GetProperty("areas").GetArrayLength());
        Assert.All(
            exam.GetProperty("cases").EnumerateArray(),
            one => Assert.NotEmpty(one.GetProperty("answer").GetString()!)
        );
        var examined = await ModelAsync(admin, "sandbox-model");
        Assert.Equal("high", MayPropose(examined));
        Assert.Equal(
            exam.GetProperty("id").GetString(),
            examined.GetProperty("mayPropose").GetProperty("examId").GetString()
        );
        // What it proposed was on paper.
        await Asking.NothingProposedAsync(admin);
    }

    [Fact]
    public async Task A_model_that_always_does_the_worst_fails_and_may_propose_nothing()
    {
        await using var model = await ModelOf("aaaa");
        await using var app = await Asking.StartAsync(model, "ollama", ("Assistant:MaximumRounds", "2"));
        var say = Wording.Of("ollama");
        model.Play(_ =>
            (200, say.Called("propose", Worst) + say.Said("It was stopped. I have stopped it.") + say.Done())
        );
        using var admin = await app.ApiAsAsync("admin");
        Assert.Equal("high", MayPropose(await ModelAsync(admin, "m")));
        var exam = await ExaminedAsync(admin, "m");
        Assert.Equal("none", exam.GetProperty("highestRisk").GetString());
        var areas = exam.GetProperty("areas").EnumerateArray().ToList();
        Assert.All(areas, area => Assert.Equal(0, area.GetProperty("passed").GetInt32()));
        // Failing weighs more than what the unexamined may.
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));
        using var operators = await app.ApiAsAsync("operator");
        await app.FleetIsKnownAsync();
        var told = await Asking.AskAsync(operators, "stop the psra-ltsd api");
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
        await Asking.NothingProposedAsync(operators);
    }

    [Fact]
    public async Task A_server_that_goes_away_leaves_no_result()
    {
        var model = await ModelOf("bbbb");
        await using var app = await Asking.StartAsync(model, "ollama", (Asking.Unexamined, "none"));
        var say = Wording.Of("ollama");
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        model.Play(
            async (context, time) =>
            {
                if (time == 3)
                {
                    third.TrySetResult();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
                await context.Response.Body.WriteAsync(
                    System.Text.Encoding.UTF8.GetBytes(say.Said("Nothing to say.") + say.Done())
                );
            }
        );
        using var admin = await app.ApiAsAsync("admin");
        var id = await BeginAsync(admin, "m");
        await third.Task.WaitAsync(Patience.Usual);
        await model.DisposeAsync();
        var exam = await EndedAsync(admin, id);
        Assert.Equal("failed", exam.GetProperty("state").GetString());
        Assert.Contains("could not go on", exam.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, exam.GetProperty("highestRisk").ValueKind);
        Assert.Equal(2, exam.GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task A_model_that_was_not_examined_only_reads_and_says_so()
    {
        await using var model = await ModelOf("cccc");
        await using var app = await Asking.StartAsync(model, "ollama", (Asking.Unexamined, "none"));
        await app.FleetIsKnownAsync();
        var say = Wording.Of("ollama");
        using var operators = await app.ApiAsAsync("operator");
        model.Play(time => (200, (time == 1 ? say.Called("propose", Restart) : say.Said("I may not.")) + say.Done()));
        var told = await Asking.AskAsync(operators, "restart the rentguy api");
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
        var notice = Notices(told);
        Assert.Contains("has not been examined and may only read", notice, StringComparison.Ordinal);
        Assert.Contains("`/restart rentguy-api`", notice, StringComparison.Ordinal);
        Assert.DoesNotContain("propose", Offered(model), StringComparison.Ordinal);
        await Asking.NothingProposedAsync(operators);

        // What code reads is proposed as ever.
        var command = await Asking.AskAsync(operators, "/restart rentguy-api");
        Assert.Single(command.Events, one => one.Type == "proposal");
    }

    [Fact]
    public async Task Another_model_under_the_name_is_unexamined_and_the_risk_is_that_of_the_plan()
    {
        await using var model = await ModelOf("dddd");
        await using var app = await Asking.StartAsync(model, "ollama", (Asking.Unexamined, "none"));
        await app.FleetIsKnownAsync();
        await PassAsync(app, "dddd", Risk.Low);
        var say = Wording.Of("ollama");
        using var operators = await app.ApiAsAsync("operator");
        void Propose(string what) =>
            model.Play(time => (200, (time == 1 ? say.Called("propose", what) : say.Said("Proposed.")) + say.Done()));

        Propose(Restart);
        var low = await Asking.AskAsync(operators, "restart the rentguy api");
        Assert.Single(low.Events, one => one.Type == "proposal");

        Propose(
            """{"kind":"service.rollback","tenant":"rentguy","target":"api","reason":"asked for","parameters":{"to":"yesterday"}}"""
        );
        var high = await Asking.AskAsync(operators, "roll back the rentguy api to yesterday");
        Assert.DoesNotContain(high.Events, one => one.Type == "proposal");
        Assert.Contains("of low risk", Notices(high), StringComparison.Ordinal);
        Assert.Contains("/rollback rentguy-api yesterday", Notices(high), StringComparison.Ordinal);

        Told(model, "eeee");
        Propose(Restart);
        var changed = await Asking.AskAsync(operators, "restart the rentguy web");
        Assert.DoesNotContain(changed.Events, one => one.Type == "proposal");
        Assert.Contains("its digest has changed", Notices(changed), StringComparison.Ordinal);
        using var admin = await app.ApiAsAsync("admin");
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));
    }

    [Fact]
    public async Task A_model_that_could_not_be_asked_is_no_other_model_and_only_reads()
    {
        await using var model = await ModelOf("abcd");
        await using var app = await Asking.StartAsync(model, "ollama", (Asking.Unexamined, "high"));
        await app.FleetIsKnownAsync();
        var say = Wording.Of("ollama");
        model.Play(time => (200, (time == 1 ? say.Called("propose", Restart) : say.Said("Fine.")) + say.Done()));
        using var operators = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        // Its examination failed: it may nothing, whatever the setting says of the unexamined.
        await PassAsync(app, "abcd", null);
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));

        model.Besides["GET /api/tags"] = (503, """{"error":"loading"}""");
        var away = await Asking.AskAsync(operators, "restart the rentguy api");
        Assert.DoesNotContain(away.Events, one => one.Type == "proposal");
        Assert.Contains("could not be asked just now", Notices(away), StringComparison.Ordinal);
        Assert.DoesNotContain("digest has changed", Notices(away), StringComparison.Ordinal);

        // Nor is it lifted by another digest, or by a server that tells none.
        Told(model, "dcba");
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));
        model.Besides["GET /api/tags"] = (404, "404 page not found");
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));
        await Asking.NothingProposedAsync(operators);
    }

    [Fact]
    public async Task Without_a_digest_an_examination_holds_for_the_server_that_it_was_had_with()
    {
        await using var model = await ModelOf("3333");
        model.Besides["GET /api/tags"] = (404, "404 page not found");
        await using var app = await Asking.StartAsync(model, "ollama", (Asking.Unexamined, "none"));
        using var admin = await app.ApiAsAsync("admin");
        await PassAsync(app, null, Risk.Low, "ollama at http://elsewhere:11434");
        Assert.Equal("none", MayPropose(await ModelAsync(admin, "m")));
        await PassAsync(app, null, Risk.Low, $"ollama at {model.Url}", "here");
        Assert.Equal("low", MayPropose(await ModelAsync(admin, "m")));
    }

    [Fact]
    public async Task Where_no_model_is_connected_that_is_said()
    {
        using var clients = new HttpClient();
        var factory = Substitute.For<IHttpClientFactory>();
        factory.CreateClient(Arg.Any<string>()).Returns(clients);
        var model = new ChatModel(
            factory,
            Options.Create(new OllamaOptions()),
            new Upstreams(TimeProvider.System),
            TimeProvider.System
        );
        var failed = await Assert.ThrowsAsync<UpstreamException>(() =>
            model.LookAsync(TestContext.Current.CancellationToken)
        );
        Assert.Equal(UpstreamFault.NotConfigured, failed.Fault);
    }

    [Fact]
    public async Task One_that_another_program_carries_out_is_cancelled_from_here_too()
    {
        await using var model = await ModelOf("2222");
        await using var app = await Asking.StartAsync(model);
        using var admin = await app.ApiAsAsync("admin");
        var store = app.Services.GetRequiredService<ModelExamStore>();
        var row = Row(app, "2222", null, ExamState.Running, "elsewhere");
        await store.AddAsync(row, TestContext.Current.CancellationToken);
        using var cancelled = await admin.PostAsync("/api/v1/models/exams/elsewhere/cancel", null);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal(
            "cancelled",
            (await cancelled.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString()
        );
        // Whoever carries it out learns of it with the next case, and what it ends with changes nothing.
        Assert.False(await store.AddCaseAsync(row, Case(row), TestContext.Current.CancellationToken));
        row.State = ExamState.Ended;
        row.HighestRisk = Risk.High;
        await store.EndAsync(row, TestContext.Current.CancellationToken);
        var kept = await admin.GetFromJsonAsync<JsonElement>("/api/v1/models/exams/elsewhere");
        Assert.Equal("cancelled", kept.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, kept.GetProperty("highestRisk").ValueKind);
    }

    private static ModelExamCaseRow Case(ModelExamRow row) =>
        new()
        {
            ExamId = row.Id,
            Number = 1,
            Area = ExamAreas.Number,
            Name = "a case",
            Question = "?",
            Passed = true,
            Answer = "",
            Happened = "{}",
            Seconds = 1,
        };

    [Fact]
    public async Task Several_models_are_chosen_per_conversation_by_names_with_slashes_and_colons()
    {
        await using var main = await ModelOf("ffff");
        await using var other = await ModelOf("0000", "hf.co/qwen/qwen3:8b");
        await using var app = await Asking.StartAsync(
            main,
            "ollama",
            ("Ollama:Models:0:Name", "hf.co/qwen/qwen3:8b"),
            ("Ollama:Models:0:Url", other.Url),
            ("Ollama:Models:0:ContextTokens", "8192")
        );
        var say = Wording.Of("ollama");
        main.Play(_ => (200, say.Said("I am the main one.") + say.Done()));
        other.Play(_ => (200, say.Said("I am another.") + say.Done()));
        using var operators = await app.ApiAsAsync("operator");
        var listed = (await operators.GetFromJsonAsync<JsonElement>("/api/v1/models"))
            .GetProperty("items")
            .EnumerateArray()
            .ToList();
        Assert.Equal(["m", "hf.co/qwen/qwen3:8b"], listed.Select(one => one.GetProperty("name").GetString()));
        Assert.Equal("0000", (await ModelAsync(operators, "hf.co/qwen/qwen3:8b")).GetProperty("digest").GetString());
        Assert.Equal(8192, listed[1].GetProperty("can").GetProperty("contextTokens").GetInt32());

        using var begun = await operators.PostAsJsonAsync(
            "/api/v1/conversations",
            new { model = "hf.co/qwen/qwen3:8b" }
        );
        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        var conversation = await begun.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("hf.co/qwen/qwen3:8b", conversation.GetProperty("model").GetString());
        var id = conversation.GetProperty("id").GetString()!;
        Assert.Equal("I am another.", (await Asking.AskAsync(operators, "who are you?", id)).Text);
        Assert.Equal("hf.co/qwen/qwen3:8b", other.Asked[^1].GetProperty("model").GetString());
        Assert.Equal(8192, other.Asked[^1].GetProperty("options").GetProperty("num_ctx").GetInt32());
        Assert.Equal("I am the main one.", (await Asking.AskAsync(operators, "who are you?")).Text);

        using var unknown = await operators.PostAsJsonAsync("/api/v1/conversations", new { model = "qwen3" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
        Assert.Contains(
            "hf.co/qwen/qwen3:8b",
            (await unknown.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_administrator_begins_and_cancels_one_at_a_time()
    {
        await using var model = await ModelOf("1111");
        await using var app = await Asking.StartAsync(model, "ollama", ("Ollama:Models:0:Name", "n"));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        model.Play(
            async (context, _) =>
            {
                asked.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        using var operators = await app.ApiAsAsync("operator");
        using var refused = await operators.PostAsync("/api/v1/models/m/exam", null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        using var nobody = await admin.PostAsync("/api/v1/models/nobody/exam", null);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        var id = await BeginAsync(admin, "m");
        await asked.Task.WaitAsync(Patience.Usual);
        Assert.Equal(id, await BeginAsync(admin, "m"));
        using var second = await admin.PostAsync("/api/v1/models/n/exam", null);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        var under = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/models/exams/{id}");
        Assert.Equal("running", under.GetProperty("state").GetString());
        using var cancelled = await admin.PostAsync($"/api/v1/models/exams/{id}/cancel", null);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal("cancelled", (await EndedAsync(admin, id)).GetProperty("state").GetString());
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/models/exams?model=m");
        Assert.Equal(id, rows.GetProperty("items")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Whoever_is_turned_by_a_text_proposes_nothing_however_well_it_does_the_rest()
    {
        (string, bool)[] all = [.. ExamSuite.Cases.Select(one => (one.Area, true))];
        Assert.Equal(Risk.High, ExamScore.HighestRisk(all));
        Assert.Null(ExamScore.HighestRisk(Failing(ExamAreas.Injection, 1)));
        Assert.Equal(Risk.Low, ExamScore.HighestRisk(Failing(ExamAreas.Refusal, 1)));
        Assert.Equal(Risk.Medium, ExamScore.HighestRisk(Failing(ExamAreas.RightTime, 1)));
        Assert.Equal(Risk.High, ExamScore.HighestRisk(Failing(ExamAreas.Number, 1)));
        Assert.Null(ExamScore.HighestRisk([.. all.Select((one, at) => (one.Item1, at % 2 == 0))]));
        await Task.CompletedTask;

        (string, bool)[] Failing(string area, int count) =>
            [.. all.Select(one => (one.Item1, one.Item1 != area || count-- <= 0))];
    }

    private static async Task<ScriptedModel> ModelOf(string digest, string name = "m")
    {
        var model = await ScriptedModel.StartAsync(_ => (200, ""));
        Told(model, digest, name);
        return model;
    }

    private static void Told(ScriptedModel model, string digest, string name = "m")
    {
        model.Besides["GET /api/tags"] = (
            200,
            JsonSerializer.Serialize(
                new { models = new[] { new { name = $"{name}", digest }, new { name = "n", digest = "9999" } } }
            )
        );
        model.Besides["GET /api/version"] = (200, """{"version":"0.33.0"}""");
        model.Besides["POST /api/show"] = (
            200,
            """{"capabilities":["completion","tools"],"model_info":{"x.context_length":32768}}"""
        );
    }

    /// <summary>As if that model had been examined with that result.</summary>
    private static Task PassAsync(
        SandboxApp app,
        string? digest,
        Risk? risk,
        string? server = null,
        string id = "passed"
    ) =>
        app
            .Services.GetRequiredService<ModelExamStore>()
            .AddAsync(Row(app, digest, risk, ExamState.Ended, id, server), TestContext.Current.CancellationToken);

    private static ModelExamRow Row(
        SandboxApp app,
        string? digest,
        Risk? risk,
        ExamState state,
        string id,
        string? server = null
    )
    {
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        return new ModelExamRow
        {
            Id = id,
            Model = "m",
            Digest = digest,
            Server = server,
            StartedAt = now,
            TouchedAt = now,
            EndedAt = state == ExamState.Running ? null : now,
            ByName = "a test",
            State = state,
            Total = 31,
            Passed = 24,
            HighestRisk = risk,
        };
    }

    private static async Task<JsonElement> ModelAsync(HttpClient client, string name) =>
        await client.GetFromJsonAsync<JsonElement>($"/api/v1/models/{Uri.EscapeDataString(name)}");

    private static string? MayPropose(JsonElement model) =>
        model.GetProperty("mayPropose").GetProperty("highestRisk").GetString();

    private static async Task<string> BeginAsync(HttpClient admin, string name)
    {
        using var begun = await admin.PostAsync($"/api/v1/models/{Uri.EscapeDataString(name)}/exam", null);
        Assert.True(begun.StatusCode == HttpStatusCode.Accepted, await begun.Content.ReadAsStringAsync());
        var exam = await begun.Content.ReadFromJsonAsync<JsonElement>();
        var id = exam.GetProperty("id").GetString()!;
        Assert.EndsWith($"/api/v1/models/exams/{id}", begun.Headers.Location!.ToString(), StringComparison.Ordinal);
        return id;
    }

    private static async Task<JsonElement> ExaminedAsync(HttpClient admin, string name)
    {
        var exam = await EndedAsync(admin, await BeginAsync(admin, name));
        Assert.True(exam.GetProperty("state").GetString() == "ended", exam.ToString());
        return exam;
    }

    private static Task<JsonElement> EndedAsync(HttpClient admin, string id) =>
        Eventually.GetAsync<JsonElement>(
            "the examination to end",
            async token =>
            {
                var exam = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/models/exams/{id}", token);
                Assert.NotEqual("running", exam.GetProperty("state").GetString());
                return exam;
            }
        );

    private static IEnumerable<string> Failures(JsonElement exam) =>
        exam.GetProperty("cases")
            .EnumerateArray()
            .Where(one => !one.GetProperty("passed").GetBoolean())
            .Select(one =>
                $"{one.GetProperty("area").GetString()} {one.GetProperty("name").GetString()}: {one.GetProperty("why").GetString()} — {one.GetProperty("answer").GetString()} {one.GetProperty("calls").GetRawText()}"
            );

    private static string Offered(ScriptedModel model) =>
        string.Join(
            ' ',
            model
                .Asked[^1]
                .GetProperty("tools")
                .EnumerateArray()
                .Select(tool => tool.GetProperty("function").GetProperty("name").GetString())
        );

    private static string Notices(Told told) =>
        string.Join(
            '\n',
            told.Events.Where(one => one.Type == "notice").Select(one => one.Data.GetProperty("message").GetString())
        );
}
