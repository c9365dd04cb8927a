namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>Which secrets a rule holds for: those that it names and none before it does.</summary>
internal static class RuleReach
{
    /// <summary>Whether a rule holds for more than before by what no longer stands before it.</summary>
    public static bool Grows(
        RotationRule rule,
        IReadOnlyList<RotationRule> standing,
        IReadOnlyList<RotationRule> wanted
    )
    {
        var own = new Paths(rule.Secrets);
        var held = new Paths(Before(rule, wanted));
        return Before(rule, standing)
            .Distinct(StringComparer.Ordinal)
            .Where(path => !held.Hold(path))
            .Any(path => own.Hold(path) || own.Within(path).Any(named => !held.Hold(named)));
    }

    private static IEnumerable<string> Before(RotationRule rule, IReadOnlyList<RotationRule> rules) =>
        rules.TakeWhile(other => other.Id != rule.Id).SelectMany(other => other.Secrets);

    /// <summary>Paths as rules name them: <c>api/database</c>, <c>api/*</c>, <c>*</c>.</summary>
    private sealed class Paths(IEnumerable<string> named)
    {
        private readonly HashSet<string> all = named.ToHashSet(StringComparer.Ordinal);

        /// <summary>Whether one of them names all that this one does.</summary>
        public bool Hold(string path)
        {
            if (all.Contains(path) || all.Contains("*"))
            {
                return true;
            }
            for (var at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            {
                if (all.Contains($"{path[..at]}/*"))
                {
                    return true;
                }
            }
            return false;
        }

        /// <summary>Those that this one names.</summary>
        public IEnumerable<string> Within(string path) =>
            path.EndsWith('*') ? all.Where(one => one.StartsWith(path[..^1], StringComparison.Ordinal)) : [];
    }
}
