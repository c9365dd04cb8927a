using System.Diagnostics.CodeAnalysis;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Containers share most of their words (images, digests, networks, labels), and each message brings them anew. Kept once they
/// take half the room. Not for several threads at once.
/// </summary>
internal sealed class FactWords
{
    private const int Most = 20_000;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public ContainerFacts Of(ContainerFacts facts) =>
        facts with
        {
            Tenant = Word(facts.Tenant),
            Service = Word(facts.Service),
            Project = Word(facts.Project),
            Image = Word(facts.Image),
            ImageId = Word(facts.ImageId),
            ImageDigest = Word(facts.ImageDigest),
            ConfigHash = Word(facts.ConfigHash),
            State = Word(facts.State),
            Health = Word(facts.Health),
            RestartPolicy = Word(facts.RestartPolicy),
            User = Word(facts.User),
            Networks = Words(facts.Networks),
            EnvironmentNames = Words(facts.EnvironmentNames),
            Exposed = facts
                .Exposed?.Select(one => new ExposedVariable(Word(one.Name), Word(one.Why), Word(one.Hash)))
                .ToArray(),
            Labels = facts.Labels.ToDictionary(
                label => Word(label.Key),
                label => Word(label.Value),
                StringComparer.Ordinal
            ),
        };

    private string[] Words(IReadOnlyList<string> words) => [.. words.Select(word => Word(word))];

    [return: NotNullIfNotNull(nameof(word))]
    private string? Word(string? word)
    {
        if (word is null)
        {
            return null;
        }
        if (known.TryGetValue(word, out var same))
        {
            return same;
        }
        if (known.Count >= Most)
        {
            // Those of containers that are gone go with the rest; what comes next is gathered anew.
            known.Clear();
        }
        known.Add(word);
        return word;
    }
}
