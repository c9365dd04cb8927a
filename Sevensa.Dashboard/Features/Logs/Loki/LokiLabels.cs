using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>The labels of a stream or series: few, ordered by name, compared by value.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Labels is what Loki calls them.")]
internal sealed class LokiLabels : IReadOnlyDictionary<string, string>, IEquatable<LokiLabels>
{
    public static readonly LokiLabels Empty = new([]);

    private readonly KeyValuePair<string, string>[] _labels;

    public LokiLabels(IEnumerable<KeyValuePair<string, string>> labels) =>
        _labels = [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];

    public int Count => _labels.Length;

    public IEnumerable<string> Keys => _labels.Select(label => label.Key);

    public IEnumerable<string> Values => _labels.Select(label => label.Value);

    public string this[string key] =>
        TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no label {key}.");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var label in _labels)
        {
            if (label.Key == key)
            {
                value = label.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>The same labels with one more, or with another value for one.</summary>
    public LokiLabels With(string name, string value) =>
        new(_labels.Where(label => label.Key != name).Append(new(name, value)));

    /// <summary>The same labels and these; where both have one, these win.</summary>
    public LokiLabels With(LokiLabels others) =>
        new(_labels.Where(label => !others.ContainsKey(label.Key)).Concat(others._labels));

    /// <summary>Whether the other has all of these, with the same values.</summary>
    public bool IsWithin(LokiLabels other) =>
        Array.TrueForAll(_labels, label => other.TryGetValue(label.Key, out var value) && value == label.Value);

    public bool Equals(LokiLabels? other) => other is not null && _labels.AsSpan().SequenceEqual(other._labels);

    public override bool Equals(object? obj) => Equals(obj as LokiLabels);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (name, value) in _labels)
        {
            hash.Add(name);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, string>>)_labels).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        $"{{{string.Join(", ", _labels.Select(label => $"{label.Key}={label.Value}"))}}}";
}
