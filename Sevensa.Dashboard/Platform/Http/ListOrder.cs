namespace Sevensa.Dashboard.Platform.Http;

/// <summary>What may be asked of every list: which page, and how many items of it. Both may be left out.</summary>
/// <param name="Cursor">The <c>next</c> of the page before.</param>
/// <param name="Limit">From 1 to <see cref="PageSize.Most"/>.</param>
public readonly record struct PageAsked(string? Cursor, int? Limit)
{
    /// <param name="list">A word for the list, as <see cref="Http.Cursor"/> has it.</param>
    /// <param name="keys">How many keys it is ordered by.</param>
    /// <param name="usual">What a page has when nothing is asked for.</param>
    /// <returns>How many items, and the place behind which they begin; null for the beginning.</returns>
    /// <exception cref="BadHttpRequestException">400: the cursor is none of this list, or the limit is out of bounds.</exception>
    internal (int Most, Cursor? After) Read(string list, int keys, int usual = PageSize.Most) =>
        (PageSize.Of(Limit, usual), Http.Cursor.Read(Cursor, list, keys));
}

/// <summary>
/// The order of a list that is at hand whole, and its pages: what is in memory or comes from an upstream in one piece. A page goes
/// on behind the keys of the last item, whatever came or went meanwhile.
/// </summary>
/// <param name="list">A word for the list; see <see cref="Cursor"/>.</param>
internal sealed class ListOrder<T>(string list)
{
    private readonly List<(Func<T, object> Of, Comparison<T> Items, Func<T, Cursor, int, int> Behind)> keys = [];

    /// <summary>Then by a text, in the order of its characters.</summary>
    public ListOrder<T> By(Func<T, string> key)
    {
        keys.Add(
            (
                key,
                (one, other) => string.CompareOrdinal(key(one), key(other)),
                (item, cursor, at) => string.CompareOrdinal(key(item), cursor.Text(at))
            )
        );
        return this;
    }

    /// <summary>Then by a whole number, the least first; a flag is 0 or 1.</summary>
    public ListOrder<T> By(Func<T, long> key)
    {
        keys.Add(
            (
                item => key(item),
                (one, other) => key(one).CompareTo(key(other)),
                (item, cursor, at) => key(item).CompareTo(cursor.Number(at))
            )
        );
        return this;
    }

    /// <summary>Then by a time, the newest first, by the millisecond as it is told.</summary>
    public ListOrder<T> ByNewest(Func<T, DateTimeOffset> key) => By(item => -key(item).ToUnixTimeMilliseconds());

    /// <summary>Looks at what was asked before anything is looked for.</summary>
    /// <exception cref="BadHttpRequestException">400: the cursor is none of this list, or the limit is out of bounds.</exception>
    public void Check(PageAsked asked) => asked.Read(list, keys.Count);

    /// <param name="usual">What a page has when nothing is asked for.</param>
    /// <exception cref="BadHttpRequestException">400: the cursor is none of this list, or the limit is out of bounds.</exception>
    public Page<TAnswer> Page<TAnswer>(
        IEnumerable<T> all,
        PageAsked asked,
        Func<T, TAnswer> answer,
        int usual = PageSize.Most
    )
    {
        var (most, cursor) = asked.Read(list, keys.Count, usual);
        // Only as much of it is put in order as the page has.
        var rest = all.Where(item => cursor is null || IsBehind(item, cursor))
            .Order(Comparer<T>.Create(Compare))
            .Take(most + 1)
            .ToList();
        return new Page<TAnswer>(
            [.. rest.Take(most).Select(answer)],
            rest.Count > most ? Cursor.After(list, [.. keys.Select(key => key.Of(rest[most - 1]))]) : null
        );
    }

    private int Compare(T one, T other)
    {
        foreach (var key in keys)
        {
            if (key.Items(one, other) is not 0 and var order)
            {
                return order;
            }
        }
        return 0;
    }

    private bool IsBehind(T item, Cursor cursor)
    {
        foreach (var (at, key) in keys.Index())
        {
            if (key.Behind(item, cursor, at) is not 0 and var order)
            {
                return order > 0;
            }
        }
        return false;
    }
}
