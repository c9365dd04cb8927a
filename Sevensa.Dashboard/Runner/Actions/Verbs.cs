using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>What this runner can do on its host. Nothing else is ever asked of Docker.</summary>
internal sealed class Verbs(IEnumerable<IStepVerb> verbs)
{
    private readonly Dictionary<string, IStepVerb> byName = verbs.ToDictionary(
        verb => verb.Verb,
        StringComparer.Ordinal
    );

    public IReadOnlyList<string> All => [.. byName.Keys];

    public bool Knows(string verb) => byName.ContainsKey(verb);

    public IStepVerb this[string verb] => byName[verb];
}
