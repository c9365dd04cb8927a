using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>The catalogue: every registered kind by name.</summary>
internal sealed class ActionKinds(IEnumerable<IActionKind> kinds) : IActionCatalogue
{
    private readonly Dictionary<string, IActionKind> byName = kinds.ToDictionary(
        kind => kind.Name,
        StringComparer.Ordinal
    );

    public IReadOnlyList<IActionKind> All { get; } = [.. kinds.OrderBy(kind => kind.Name, StringComparer.Ordinal)];

    public IActionKind? Find(string name) => byName.GetValueOrDefault(name);

    public JsonElement Check(IActionKind kind, JsonElement parameters) =>
        ParameterSchema.Check(kind.Name, kind.ParametersSchema, parameters);

    /// <exception cref="CannotPlanException">No such kind.</exception>
    public IActionKind Get(string name) =>
        Find(name)
        ?? throw new CannotPlanException(
            $"There is no action kind \"{name}\". There are {string.Join(", ", All.Select(kind => kind.Name))}."
        );

    /// <summary>What differs in the world from what was planned; a kind that is no longer in the catalogue is a difference.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Find(plan.Kind) is { } kind
            ? await kind.DifferencesAsync(plan, cancellation)
            : [$"{plan.Kind} is no longer in the catalogue of this dashboard"];
}
