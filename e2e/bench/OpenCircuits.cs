using System.Diagnostics;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>Two thousand open pages of four people: how long after their sessions ended the last of them is shut, and only theirs.</summary>
internal sealed class OpenCircuits : IBench
{
    private const int Count = 2_000;
    private const int MostSeconds = 5;
    private const string Page = "/approvals";

    private static readonly string[] people = ["operator", "approver", "viewer", "admin"];

    public string Name => "circuits";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false
        );
        using var staying = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using var stays = await CircuitCrowd.OpenAsync(staying, 1, _ => Page, Options);
        var took = new List<double>();
        // Each opens two thousand pages first, so that one round takes minutes.
        for (var round = 0; round < Math.Min(rounds, 3); round++)
            took.Add(await LastAsync(dashboard.Url));
        if (IsShut(stays.Circuits[0]))
            throw new InvalidOperationException("A session that goes on was shut with the others.");
        return
        [
            new Measure(
                $"from the end of four sessions to the last of their {Count} open pages being shut",
                "s",
                took,
                [MostSeconds],
                Bound.AtMost(MostSeconds)
            ),
        ];
    }

    private static CircuitOptions Options => new() { Remember = 0, Compressed = false };

    private static async Task<double> LastAsync(Uri dashboard)
    {
        var sessions = new List<LoadSession>();
        var crowds = new List<CircuitCrowd>();
        try
        {
            foreach (var person in people)
            {
                sessions.Add(await LoadSession.SignInAsync(dashboard, person));
                crowds.Add(await CircuitCrowd.OpenAsync(sessions[^1], Count / people.Length, _ => Page, Options));
            }
            var open = crowds.SelectMany(crowd => crowd.Circuits).ToList();
            if (open.FirstOrDefault(IsShut) is { } shut)
                throw new InvalidOperationException($"One was shut before its session ended: {shut.Error}");
            await Task.WhenAll(
                sessions.Select(async session =>
                {
                    using var left = await session.Http.PostAsync(new Uri("/sign-out", UriKind.Relative), null);
                })
            );
            var from = Stopwatch.GetTimestamp();
            await Eventually.TrueAsync("all pages to be shut", _ => Task.FromResult(open.TrueForAll(IsShut)));
            return Stopwatch.GetElapsedTime(from).TotalSeconds;
        }
        finally
        {
            foreach (var crowd in crowds)
                await crowd.DisposeAsync();
            foreach (var session in sessions)
                session.Dispose();
        }
    }

    /// <summary>It was led to the sign-in, or its connection was cut.</summary>
    private static bool IsShut(Circuit circuit) =>
        circuit.Error is not null || circuit.Location.Contains("/signin", StringComparison.Ordinal);
}
