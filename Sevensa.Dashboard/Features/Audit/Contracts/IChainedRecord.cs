using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>A feature's own rows that are chained as the record is; followed whenever the record is verified.</summary>
public interface IChainedRecord
{
    /// <param name="told">What the record tells of how far chains went; those of other features among them.</param>
    Task<ChainVerification> VerifyAsync(ToldChains told, CancellationToken cancellation);
}

/// <summary>How far a chain went when a row of the record was written, so that it can't be taken away whole.</summary>
/// <param name="Chain">Its name among all chains, without blanks.</param>
/// <param name="Number">Of its newest row.</param>
/// <param name="Hash">Of its newest row.</param>
public sealed record ChainMark(string Chain, long Number, string Hash);

/// <summary>All that the record tells of chains. What it told once stays told, so that a chain can't be put in another's place.</summary>
public sealed class ToldChains
{
    /// <summary>Stands for a row of which two different hashes were told.</summary>
    private const string Both = "";

    private readonly Dictionary<string, Dictionary<long, string>> told = new(StringComparer.Ordinal);

    public void Add(ChainMark mark)
    {
        if (!told.TryGetValue(mark.Chain, out var rows))
        {
            told[mark.Chain] = rows = [];
        }
        rows[mark.Number] = rows.TryGetValue(mark.Number, out var before) && before != mark.Hash ? Both : mark.Hash;
    }

    /// <summary>Names of chains that begin so.</summary>
    public IEnumerable<string> Of(string beginning) =>
        told.Keys.Where(chain => chain.StartsWith(beginning, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>The highest number that was told; zero when nothing was.</summary>
    public long Farthest(string chain) => told.TryGetValue(chain, out var rows) ? rows.Keys.Max() : 0;

    /// <summary>Whether another row was told of at this place.</summary>
    public bool Contradict(string chain, long number, string hash) =>
        told.TryGetValue(chain, out var rows) && rows.TryGetValue(number, out var known) && known != hash;
}

/// <param name="Name">What the rows are, for people, as <c>proposal events</c>.</param>
/// <param name="Checked">Rows that hold.</param>
/// <param name="FirstBad">The first that does not, as its feature names it; null when all do.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record ChainVerification(string Name, long Checked, string? FirstBad = null, string? Reason = null)
{
    public bool Valid => FirstBad is null;

    /// <summary>Chains that are there and that the record told nothing of when it was read, a moment before them.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Untold { get; init; } = [];
}
