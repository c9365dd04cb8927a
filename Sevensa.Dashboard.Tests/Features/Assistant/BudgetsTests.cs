using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Budgets;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What one person may ask models in a day: held, told in words, and set by an administrator.</summary>
public sealed class BudgetsTests
{
    private const string NotUnderstood = "tell me a joke about gophers";
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_used_up_is_said_and_what_needs_no_model_goes_on()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        await using var app = await Asking.StartAsync(model, "ollama", ("Assistant:QuestionsADay", "2"));
        using var client = await app.ApiAsAsync("operator");
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains("0 of 2 questions", await SaysAsync(client), StringComparison.Ordinal);
        for (var asked = 1; asked <= 2; asked++)
        {
            Assert.Equal("Fine.", (await Asking.AskAsync(client, NotUnderstood)).Text);
        }
        // A command asks no model, and "undo that" is read by code.
        Assert.Contains("/restart", (await Asking.AskAsync(client, "/help")).Text, StringComparison.Ordinal);
        Assert.Contains("2 of 2 questions", await SaysAsync(client), StringComparison.Ordinal);

        var refused = await Asking.AskAsync(client, NotUnderstood);
        Assert.Equal("error", refused.Last.Type);
        Assert.Contains("Today's 2 questions have been asked", refused.Message, StringComparison.Ordinal);
        Assert.Contains("counted anew at midnight", refused.Message, StringComparison.Ordinal);
        Assert.Contains("/help", refused.Remedy, StringComparison.Ordinal);
        var plain = await Asking.AskAsync(client, "what is running for rentguy?");
        Assert.Contains(
            plain.Events,
            one =>
                one.Type == "notice"
                && one.Data.GetProperty("message").GetString()!.Contains("without a model", StringComparison.Ordinal)
        );
        Assert.NotEmpty(plain.Text);
        Assert.Equal(2, model.Asked.Count);

        // Another person has a budget of their own, and an administrator gives more.
        Assert.Equal("Fine.", (await Asking.AskAsync(admin, NotUnderstood)).Text);
        var all = await AllAsync(admin);
        Assert.Equal("everybody", all[0].GetProperty("person").GetString());
        var person = all.Single(one => one.GetProperty("questions").GetProperty("used").GetInt32() == 2)
            .GetProperty("person")
            .GetString()!;
        await PutAsync(admin, person, new { questionsADay = 3 }, HttpStatusCode.OK);
        Assert.Equal("Fine.", (await Asking.AskAsync(client, NotUnderstood)).Text);
        Assert.Contains("3 of 3 questions", await SaysAsync(client), StringComparison.Ordinal);
        await PutAsync(admin, person, new { questionsADay = 50, tokensADay = 0 }, HttpStatusCode.OK);
        Assert.Contains(
            "You may ask the models nothing",
            (await Asking.AskAsync(client, NotUnderstood)).Message,
            StringComparison.Ordinal
        );
        await PutAsync(admin, "nobody-here", new { questionsADay = 3 }, HttpStatusCode.NotFound);
        // A program that has asked nothing yet has one to be read and set too; a client that acts for a person has the person's.
        var program = await OfAsync(admin, "sandbox-automation", HttpStatusCode.OK);
        Assert.Equal("Sandbox automation", program.GetProperty("name").GetString());
        Assert.Equal(0, program.GetProperty("questions").GetProperty("used").GetInt32());
        Assert.Equal(2, program.GetProperty("questions").GetProperty("most").GetInt32());
        await PutAsync(admin, "sandbox-automation", new { questionsADay = 0 }, HttpStatusCode.OK);
        program = await OfAsync(admin, "sandbox-automation", HttpStatusCode.OK);
        Assert.True(program.GetProperty("questions").GetProperty("own").GetBoolean());
        Assert.Contains(await AllAsync(admin), one => one.GetProperty("name").GetString() == "Sandbox automation");
        await OfAsync(admin, "sandbox-operator", HttpStatusCode.NotFound);
        await OfAsync(admin, "nobody-here", HttpStatusCode.NotFound);
        await OfAsync(client, "sandbox-automation", HttpStatusCode.Forbidden);
        await PutAsync(admin, "everybody", new { questionsADay = -1 }, (HttpStatusCode)422);
        await PutAsync(client, person, new { questionsADay = 3 }, HttpStatusCode.Forbidden);
        var record = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=assistant.budgetSet", Cancel);
        Assert.Equal(3, record.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_answer_ends_where_the_days_tokens_end_and_one_without_a_model_is_given_back()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ =>
            (200, string.Concat(Enumerable.Repeat(say.Said("word after word after word "), 200)) + say.Done())
        );
        await using var app = await Asking.StartAsync(model, "ollama", ("Assistant:TokensADay", "400"));
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, NotUnderstood);
        Assert.Equal("done", told.Last.Type);
        Assert.Contains(
            "left of today's budget",
            told.Last.Data.GetProperty("reason").GetString(),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Today's 400 tokens",
            (await Asking.AskAsync(client, NotUnderstood)).Message,
            StringComparison.Ordinal
        );
        using var admin = await app.ApiAsAsync("admin");
        await model.DisposeAsync();
        var away = await Asking.AskAsync(admin, NotUnderstood);
        Assert.Equal("error", away.Last.Type);
        Assert.Contains("0 questions today", await SaysAsync(admin), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, null, 12, null, "3 questions today, 12 tokens; there is no limit.")]
    [InlineData(1, 1L, 1, null, "1 of 1 question today, 1 token.")]
    [InlineData(0, null, 1200, 60000L, "0 questions today, 1,200 of 60,000 tokens.")]
    [InlineData(4, 20L, 1200, 60000L, "4 of 20 questions today, 1,200 of 60,000 tokens.")]
    public void It_is_told_in_words(int asked, long? questions, int written, long? tokens, string says) =>
        Assert.Equal(
            says,
            BudgetWords.Says(new BudgetPart(asked, questions, false), new BudgetPart(written, tokens, false))
        );

    private static async Task<string> SaysAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("/api/v1/assistant/budget", Cancel))
            .GetProperty("says")
            .GetString()!;

    private static async Task<IReadOnlyList<JsonElement>> AllAsync(HttpClient client) =>
        [
            .. (await client.GetFromJsonAsync<JsonElement>("/api/v1/assistant/budgets", Cancel))
                .GetProperty("items")
                .EnumerateArray(),
        ];

    private static async Task<JsonElement> OfAsync(HttpClient client, string person, HttpStatusCode status)
    {
        using var answer = await client.GetAsync($"/api/v1/assistant/budgets/{person}", Cancel);
        Assert.Equal(status, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static async Task PutAsync(HttpClient client, string person, object wish, HttpStatusCode status)
    {
        using var answer = await client.PutAsJsonAsync($"/api/v1/assistant/budgets/{person}", wish, Cancel);
        Assert.Equal(status, answer.StatusCode);
    }
}
