using System.Diagnostics;

namespace Sevensa.Dashboard.E2E.Load;

/// <summary>Many circuits at once, opened a few at a time and closed together.</summary>
public sealed class CircuitCrowd : IAsyncDisposable
{
    private readonly List<Circuit> circuits = [];

    private CircuitCrowd() { }

    public IReadOnlyList<Circuit> Circuits => circuits;

    /// <summary>How long each took from fetching the page to its first render, in milliseconds.</summary>
    public IReadOnlyList<double> Openings { get; private set; } = [];

    public long Batches => circuits.Sum(circuit => circuit.Batches);

    public long BatchBytes => circuits.Sum(circuit => circuit.BatchBytes);

    /// <summary>What broke, circuit by circuit; empty when all are well.</summary>
    public IReadOnlyList<string> Errors =>
        [
            .. circuits
                .Where(circuit => circuit.Error is not null)
                .Select(circuit => $"{circuit.Location}: {circuit.Error}"),
        ];

    /// <summary>Opens so many circuits.</summary>
    /// <param name="session">Whose they are.</param>
    /// <param name="count">How many.</param>
    /// <param name="path">The page of the n-th.</param>
    /// <param name="options">For each of them.</param>
    /// <param name="atOnce">How many are being opened at the same time.</param>
    public static async Task<CircuitCrowd> OpenAsync(
        LoadSession session,
        int count,
        Func<int, string> path,
        CircuitOptions? options = null,
        int atOnce = 8
    )
    {
        var crowd = new CircuitCrowd();
        var openings = new List<double>(count);
        var turn = new Lock();
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count),
                new ParallelOptions { MaxDegreeOfParallelism = atOnce },
                async (n, cancellation) =>
                {
                    var clock = Stopwatch.StartNew();
                    var circuit = await Circuit.OpenAsync(session, path(n), options, cancellation);
                    lock (turn)
                    {
                        crowd.circuits.Add(circuit);
                        openings.Add(clock.Elapsed.TotalMilliseconds);
                    }
                }
            );
            crowd.Openings = openings;
            return crowd;
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() =>
        await Parallel.ForEachAsync(
            circuits,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (circuit, _) => await circuit.DisposeAsync()
        );
}
