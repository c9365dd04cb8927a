namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>Labels of a series or stream, sorted by name; equal when all names and values are.</summary>
internal sealed class LabelSet : IEquatable<LabelSet>
{
    public static readonly LabelSet Empty = new([]);
    private readonly KeyValuePair<string, string>[] _pairs;
    private readonly int _hash;

    private LabelSet(KeyValuePair<string, string>[] sorted)
    {
        _pairs = sorted;
        var hash = new HashCode();
        foreach (var (name, value) in sorted)
        {
            hash.Add(string.GetHashCode(name, StringComparison.Ordinal));
            hash.Add(string.GetHashCode(value, StringComparison.Ordinal));
        }
        _hash = hash.ToHashCode();
    }

    public ReadOnlySpan<KeyValuePair<string, string>> Pairs => _pairs;
    public IEnumerable<string> Names => _pairs.Select(p => p.Key);

    /// <summary>Empty values are no labels.</summary>
    public static LabelSet Of(params IEnumerable<(string Name, string Value)> pairs) =>
        From(pairs.Select(p => KeyValuePair.Create(p.Name, p.Value)));

    public static LabelSet From(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        KeyValuePair<string, string>[] sorted = [.. pairs.Where(p => p.Value.Length > 0)];
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return sorted.Length == 0 ? Empty ?? new([]) : new LabelSet(sorted);
    }

    /// <summary>The label's value, or the empty string.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var pair in _pairs)
            {
                if (pair.Key == name)
                {
                    return pair.Value;
                }
            }
            return "";
        }
    }

    public LabelSet With(string name, string value) =>
        From(_pairs.Where(p => p.Key != name).Append(KeyValuePair.Create(name, value)));

    public LabelSet Without(params ReadOnlySpan<string> names)
    {
        var kept = new List<KeyValuePair<string, string>>(_pairs.Length);
        foreach (var pair in _pairs)
        {
            if (!names.Contains(pair.Key))
            {
                kept.Add(pair);
            }
        }
        return kept.Count == _pairs.Length ? this : new LabelSet([.. kept]);
    }

    public LabelSet Only(params ReadOnlySpan<string> names)
    {
        var kept = new List<KeyValuePair<string, string>>(names.Length);
        foreach (var pair in _pairs)
        {
            if (names.Contains(pair.Key))
            {
                kept.Add(pair);
            }
        }
        return kept.Count == 0 ? Empty : new LabelSet([.. kept]);
    }

    public bool Equals(LabelSet? other) =>
        other is not null && _hash == other._hash && _pairs.AsSpan().SequenceEqual(other._pairs);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hash;

    /// <summary>As PromQL and LogQL write it.</summary>
    public override string ToString() => "{" + string.Join(", ", _pairs.Select(p => $"{p.Key}=\"{p.Value}\"")) + "}";
}
