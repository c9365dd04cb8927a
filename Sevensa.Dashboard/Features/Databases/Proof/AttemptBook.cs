namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What came of the attempts with one tenant's login.</summary>
internal sealed class AttemptBook(string tenant)
{
    private readonly List<Attempt> attempts = [];
    private readonly HashSet<(string Kind, string Database, string Object, AttemptOutcome Outcome)> told = [];

    public IReadOnlyList<Attempt> Attempts => attempts;

    public bool HasLeak(string kind) => attempts.Exists(one => one.Kind == kind && one.Outcome == AttemptOutcome.Leak);

    /// <summary>Writes an attempt down, unless the same came of it before: a role that the login can become may reach the same.</summary>
    public void Add(
        string kind,
        string? victim,
        string database,
        string what,
        string statement,
        AttemptOutcome outcome,
        string words
    )
    {
        if (told.Add((kind, database, what, outcome)))
        {
            attempts.Add(new Attempt(tenant, victim, kind, database, what, statement, outcome, words));
        }
    }
}
