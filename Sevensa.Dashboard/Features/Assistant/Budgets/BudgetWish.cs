namespace Sevensa.Dashboard.Features.Assistant.Budgets;

/// <summary>Nobody of that subject is known.</summary>
internal sealed class UnknownPersonException(string person)
    : Exception(
        $"There is nobody \"{person}\". Name the id of an account or of an API client of its own, or everybody."
    );

/// <summary>What was given makes no budget; the message says why.</summary>
internal sealed class UnfitBudgetException(string message) : Exception(message);

/// <summary>How much may be asked of chat models in a day; what is left out is as for everybody.</summary>
/// <param name="QuestionsADay">0: none.</param>
/// <param name="TokensADay">Written by models, thoughts included. 0: none.</param>
public sealed record BudgetWish(int? QuestionsADay = null, long? TokensADay = null);
