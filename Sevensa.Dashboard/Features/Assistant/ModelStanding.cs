using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>What a model may propose, and what that rests on.</summary>
/// <param name="HighestRisk">Null: it may only read.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="Exam">The examination that says so; null when there is none of the model as it is now.</param>
internal sealed record ModelStanding(Risk? HighestRisk, string Why, ModelExamRow? Exam = null)
{
    /// <summary>Nothing holds it back: for who is being examined.</summary>
    public static ModelStanding Any { get; } = new(Risk.High, "It is being examined.");

    public bool Allows(Risk risk) => HighestRisk is { } highest && risk <= highest;

    /// <summary>The word for it that the API and pages have: <c>none</c>, <c>low</c>, <c>medium</c>, <c>high</c>.</summary>
    public static string Word(Risk? risk) => risk?.ToString().ToLowerInvariant() ?? "none";
}

/// <summary>Knows of each model what it may propose, by the model that its server has at this moment.</summary>
internal sealed class ModelStandings(
    ModelExamStore exams,
    IOptions<AssistantOptions> options,
    IHostEnvironment environment
)
{
    /// <summary>Asks the server which model it has, and the store what came of its examination.</summary>
    public async Task<ModelStanding> OfAsync(ChatModel model, CancellationToken cancellation) =>
        await OfAsync(model, await model.IdentifyAsync(cancellation), cancellation);

    /// <param name="identity">The model that the server has under the name now; null when it could not be asked.</param>
    public async Task<ModelStanding> OfAsync(ChatModel model, ModelIdentity? identity, CancellationToken cancellation)
    {
        if (identity is null or { IsUnknown: true })
        {
            // Which model answers is not known: what another one passed, or may unexamined, is not for it.
            return new ModelStanding(
                null,
                "Its server could not be asked just now which model it has, so it may only read. Ask again in a moment."
            );
        }
        var (own, another) = await exams.NewestEndedAsync(
            model.ModelName,
            identity.Digest,
            ServerOf(model, identity),
            cancellation
        );
        if (own is not null)
        {
            var day = own.StartedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var passed = $"{own.Passed} of {own.Total} cases passed on {day}";
            return new ModelStanding(
                own.HighestRisk,
                own is { Total: 0, Note: { } note } ? note
                    : own.HighestRisk is { } risk
                        ? $"It may propose what is of {ModelStanding.Word(risk)} risk{(risk == Risk.Low ? "" : " or less")} ({passed})."
                    : $"It did not pass its examination ({passed}) and may only read.",
                own
            );
        }
        var why = another is null
            ? "It has not been examined"
            : $"It is another model than the one that was examined on {another.StartedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} ({(identity.Digest is null ? "its server does not say which one it has, and is not the one of then" : "its digest has changed")})";
        if (another is null && options.Value.UnexaminedMayPropose is null && environment.IsSandbox())
        {
            return new ModelStanding(
                Risk.High,
                $"{why}; in the Sandbox, where nothing is real, it may propose all the same."
            );
        }
        // The setting is for models that nobody has examined; what failed comes back under no other digest.
        return another is null && options.Value.UnexaminedRisk is { } unexamined
            ? new ModelStanding(
                unexamined,
                $"{why}; Assistant:UnexaminedMayPropose lets it propose what is of {ModelStanding.Word(unexamined)} risk{(unexamined == Risk.Low ? "" : " or less")}."
            )
            : new ModelStanding(null, $"{why} and may only read.");
    }

    /// <summary>A server that tells nothing of its model is known by its address: another one may have another model under the name.</summary>
    public static string? ServerOf(ChatModel model, ModelIdentity identity) =>
        identity.Digest is null ? $"{identity.Server ?? "a server"} at {model.Address}" : identity.Server;
}
