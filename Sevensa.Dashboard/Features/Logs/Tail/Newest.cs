using System.Collections;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>
/// The newest of what comes without end, held within a count and a size: a line may be a character or a million. The last
/// one is always kept, whatever its size.
/// </summary>
internal sealed class Newest<T>(int most, long mostCharacters, Func<T, int> size) : IReadOnlyCollection<T>
{
    private readonly Queue<T> held = new();

    public int Count => held.Count;

    /// <summary>Of all that is held.</summary>
    public long Characters { get; private set; }

    public void Add(T one)
    {
        held.Enqueue(one);
        Characters += size(one);
        while (held.Count > most || Characters > mostCharacters && held.Count > 1)
        {
            Characters -= size(held.Dequeue());
        }
    }

    public void Add(IEnumerable<T> more)
    {
        foreach (var one in more)
        {
            Add(one);
        }
    }

    /// <summary>What is held, and none of it any more.</summary>
    public IReadOnlyList<T> Take()
    {
        T[] all = [.. held];
        Clear();
        return all;
    }

    public void Clear()
    {
        // A queue keeps its room; one flood must not be paid for for ever.
        held.Clear();
        held.TrimExcess(Math.Min(most, 64));
        Characters = 0;
    }

    public IEnumerator<T> GetEnumerator() => held.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
