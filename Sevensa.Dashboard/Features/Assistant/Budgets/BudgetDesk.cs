using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Budgets;

/// <summary>Who may ask the chat models how much in a day: holds it, tells it, and has an administrator set it.</summary>
internal sealed class BudgetDesk(
    BudgetStore store,
    IOptions<AssistantOptions> options,
    IHouseZone house,
    IPeople people,
    IPrograms programs,
    IAuditLog audit,
    TimeProvider time,
    ILogger<BudgetDesk> log
)
{
    private const int MostQuestions = 1_000_000;
    private const long MostTokens = 1_000_000_000;

    public async Task<BudgetView> OfAsync(Caller caller, CancellationToken cancellation)
    {
        var (own, everybody) = await store.ForAsync(caller.Subject, cancellation);
        var day = await store.DayAsync(caller.Subject, Today, cancellation);
        return View(caller.Subject, caller.Name, day, own, everybody);
    }

    /// <summary>Counts one question of today's budget.</summary>
    /// <returns>Why no model may be asked, in words; null when one may, and then how many tokens are left, and of which day.</returns>
    public async Task<(string? Spent, long? TokensLeft, DateOnly Day)> TakeAsync(
        Caller caller,
        CancellationToken cancellation
    )
    {
        var today = Today;
        var (own, everybody) = await store.ForAsync(caller.Subject, cancellation);
        var most = (Questions(own, everybody), Tokens(own, everybody));
        var taken = await store.TakeAsync(caller.Subject, caller.Name, today, most, cancellation);
        if (taken && most.Item2 is null)
        {
            return (null, null, today);
        }
        var day = await store.DayAsync(caller.Subject, today, cancellation);
        var view = View(caller.Subject, caller.Name, day, own, everybody);
        return taken
            ? (null, view.Tokens.Left, today)
            : (BudgetWords.Spent(view, time.GetUtcNow(), house.Zone), null, today);
    }

    /// <summary>Adds what was written for a question. That it can't be kept costs nobody the answer.</summary>
    /// <param name="day">The one that the question was taken from, whatever day it is by now.</param>
    /// <param name="wasAsked">False: no model answered, so the question is given back.</param>
    public async Task AddAsync(Caller caller, DateOnly day, long tokens, bool wasAsked)
    {
        try
        {
            await store.AddAsync(caller.Subject, day, wasAsked ? 0 : -1, tokens, CancellationToken.None);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "What a question has taken of its asker's budget could not be kept");
        }
    }

    /// <summary>Everybody who has asked today or has a budget of their own.</summary>
    /// <exception cref="ForbiddenException"/>
    public async Task<IReadOnlyList<BudgetView>> AllAsync(Caller caller, CancellationToken cancellation)
    {
        Require(caller);
        var budgets = await store.BudgetsAsync(cancellation);
        var everybody = budgets.FirstOrDefault(one => one.Person == AskingBudget.Everybody);
        var days = await store.DaysAsync(Today, cancellation);
        var all = new List<BudgetView> { View(AskingBudget.Everybody, "Everybody", null, everybody, null) };
        var persons = days.Select(day => day.OwnerId).Concat(budgets.Select(one => one.Person));
        foreach (var person in persons.Distinct().Where(one => one != AskingBudget.Everybody))
        {
            var day = days.FirstOrDefault(one => one.OwnerId == person);
            var name = await NameAsync(person, day, cancellation) ?? person;
            all.Add(View(person, name, day, budgets.FirstOrDefault(one => one.Person == person), everybody));
        }
        return all;
    }

    /// <summary>One of them, or everybody's, whether or not they have asked.</summary>
    /// <exception cref="ForbiddenException"/>
    /// <exception cref="UnknownPersonException"/>
    public async Task<BudgetView> ForAsync(Caller caller, string person, CancellationToken cancellation)
    {
        Require(caller);
        var day = await store.DayAsync(person, Today, cancellation);
        var (own, everybody) = await store.ForAsync(person, cancellation);
        var name = await NameAsync(person, day, cancellation);
        return person == AskingBudget.Everybody ? View(person, name!, null, everybody, null)
            : name is null && own is null ? throw new UnknownPersonException(person)
            : View(person, name ?? person, day, own, everybody);
    }

    /// <exception cref="ForbiddenException"/>
    /// <exception cref="UnknownPersonException"/>
    /// <exception cref="UnfitBudgetException"/>
    public async Task<BudgetView> SetAsync(
        Caller caller,
        string person,
        BudgetWish wish,
        CancellationToken cancellation
    )
    {
        Require(caller);
        if (wish.QuestionsADay is < 0 or > MostQuestions || wish.TokensADay is < 0 or > MostTokens)
        {
            throw new UnfitBudgetException(
                $"A budget is from 0 to {MostQuestions} questions and from 0 to {MostTokens} tokens a day; left out, it is as for everybody."
            );
        }
        var day = await store.DayAsync(person, Today, cancellation);
        var name = await NameAsync(person, day, cancellation);
        var (own, everybody) = await store.ForAsync(person, cancellation);
        if (name is null && own is null)
        {
            throw new UnknownPersonException(person);
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "assistant.budgetSet",
                Target: name ?? person,
                Detail: wish is { QuestionsADay: null, TokensADay: null }
                    ? "Taken away: it is as for everybody, or as the settings say."
                    : $"{Most(wish.QuestionsADay, "questions")} and {Most(wish.TokensADay, "tokens")} a day.",
                Before: own is null ? null : Json(new BudgetWish(own.QuestionsADay, own.TokensADay)),
                After: Json(wish)
            ),
            cancellation
        );
        var set = new AskingBudget
        {
            Person = person,
            QuestionsADay = wish.QuestionsADay,
            TokensADay = wish.TokensADay,
            SetBy = caller.Name,
            SetAt = time.GetUtcNow(),
        };
        await store.PutAsync(set, cancellation);
        return person == AskingBudget.Everybody
            ? View(person, name!, null, set, null)
            : View(person, name ?? person, day, set, everybody);
    }

    /// <summary>Null when there is nobody of that subject.</summary>
    private async ValueTask<string?> NameAsync(string person, AskedDay? day, CancellationToken cancellation) =>
        person == AskingBudget.Everybody
            ? "Everybody"
            : day?.Name
                ?? await people.UserNameAsync(person, cancellation)
                ?? await programs.NameAsync(person, cancellation);

    private DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), house.Zone).DateTime);

    private int? Questions(AskingBudget? own, AskingBudget? everybody) =>
        own?.QuestionsADay ?? everybody?.QuestionsADay ?? options.Value.QuestionsADay;

    private long? Tokens(AskingBudget? own, AskingBudget? everybody) =>
        own?.TokensADay ?? everybody?.TokensADay ?? options.Value.TokensADay;

    private BudgetView View(string person, string name, AskedDay? day, AskingBudget? own, AskingBudget? everybody)
    {
        var questions = new BudgetPart(day?.Questions ?? 0, Questions(own, everybody), own?.QuestionsADay is not null);
        var tokens = new BudgetPart(day?.Tokens ?? 0, Tokens(own, everybody), own?.TokensADay is not null);
        var midnight = Today.AddDays(1).ToDateTime(TimeOnly.MinValue);
        var ends = new DateTimeOffset(midnight, house.Zone.GetUtcOffset(midnight)).ToUniversalTime();
        return new BudgetView(
            person,
            name,
            questions,
            tokens,
            ends,
            house.Zone.Id,
            BudgetWords.Says(questions, tokens)
        );
    }

    private static void Require(Caller caller)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException("Only an administrator sees and sets budgets of others.");
        }
    }

    private static string Most(long? number, string what) =>
        number is null ? $"as many {what} as everybody" : $"at most {number} {what}";

    private static JsonElement Json(BudgetWish wish) => JsonSerializer.SerializeToElement(wish, KeptEvent.Json);
}
