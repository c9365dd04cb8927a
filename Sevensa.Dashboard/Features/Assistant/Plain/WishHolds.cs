namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// What holds the changes of a sentence back: a condition, a later time. It is said once and holds all of them; a sentence that asks for
/// nothing else holds those before it.
/// </summary>
internal sealed class WishHolds
{
    private readonly List<int> sentences = [];
    private readonly SortedDictionary<int, string> conditions = [];
    private readonly SortedDictionary<int, SaidTime> dates = [];
    private readonly HashSet<int> asking = [];

    public void Wait(int sentence, string condition) => conditions.TryAdd(sentence, condition);

    public void Date(int sentence, SaidTime time) => dates.TryAdd(sentence, time);

    /// <summary>The sentence asks for something, which is what waits: "If it is still slow, show me the logs."</summary>
    public void Ask(int sentence) => asking.Add(sentence);

    /// <param name="isOwn">The last wish is of this sentence, also where it goes on from what was said before.</param>
    public void Place(List<Wish> read, int sentence, bool isOwn)
    {
        while (sentences.Count < read.Count)
        {
            sentences.Add(sentence);
        }
        if (isOwn && sentences.Count > 0)
        {
            sentences[^1] = sentence;
        }
    }

    public void Apply(List<Wish> read)
    {
        foreach (var (sentence, condition) in conditions)
        {
            var isOwn = asking.Contains(sentence) && WishConditions.Leads(condition);
            foreach (var at in Held(read, sentence, isOwn))
            {
                read[at] = read[at] with { Condition = read[at].Condition ?? condition };
            }
        }
        foreach (var (sentence, time) in dates)
        {
            foreach (var at in Held(read, sentence, isOwn: false).Where(at => !WishDates.IsNow(read[at].Said)))
            {
                read[at] =
                    read[at].When is { IsFuture: true } ? read[at]
                    : read[at].Kind == WishKind.Undo ? read[at] with { Condition = read[at].Condition ?? time.Words }
                    : read[at] with { When = time };
            }
        }
    }

    private List<int> Held(List<Wish> read, int sentence, bool isOwn)
    {
        var changes = Enumerable.Range(0, read.Count).Where(at => read[at].Changes).ToList();
        var own = changes.FindAll(at => sentences[at] == sentence);
        return own.Count > 0 || isOwn ? own : changes.FindAll(at => sentences[at] < sentence);
    }
}
