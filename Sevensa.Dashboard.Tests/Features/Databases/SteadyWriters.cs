using System.Collections.Concurrent;
using Npgsql;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>
/// Writers that write all the time, as services do: whoever loses its session reads its credentials anew, and tries the same row
/// again, once only.
/// </summary>
internal sealed class SteadyWriters : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentQueue<(int Port, int Who, int N)> taken = new();
    private readonly List<Task> writing;

    public SteadyWriters(MovedPlaces places, string name, int writers = 2) =>
        writing = [.. Enumerable.Range(0, writers).Select(who => WriteAsync(places, name, who))];

    /// <summary>What was acknowledged, in its order.</summary>
    public IReadOnlyList<(int Port, int Who, int N)> Taken => [.. taken];

    public Task TakenAsync(int port, int more) =>
        Eventually.TrueAsync(
            $"{more} rows more are taken on port {port}",
            _ => Task.FromResult(taken.Count(one => one.Port == port) >= more)
        );

    private async Task WriteAsync(MovedPlaces places, string name, int who)
    {
        NpgsqlConnection? connection = null;
        for (var n = 0; !end.IsCancellationRequested; )
        {
            try
            {
                connection ??= await MovedPlaces.SignInAsync(await places.SecretAsync(name, "app"));
                await using var command = new NpgsqlCommand(
                    "insert into log (who, n) select @who, @n where not exists (select from log where who = @who and n = @n)",
                    connection
                );
                command.Parameters.AddWithValue("who", who);
                command.Parameters.AddWithValue("n", n);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                taken.Enqueue((connection.Port, who, n++));
            }
            catch (NpgsqlException)
            {
                if (connection is not null)
                {
                    await connection.DisposeAsync();
                    connection = null;
                }
            }
            // Another's turn; no reason to fill the disk.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    public async Task StopAsync()
    {
        await end.CancelAsync();
        await Task.WhenAll(writing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        end.Dispose();
    }
}
