using System.Diagnostics;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>A restart as the Engine's own events tell of it, in milliseconds since it was awaited.</summary>
/// <param name="Ending">The old process was told to end.</param>
/// <param name="Running">The new one has started.</param>
internal readonly record struct Restart(double Ending, double Running);

/// <summary>Hears when the Engine ends and starts one container.</summary>
internal sealed class Restarts : IDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly Lock turn = new();
    private readonly string id;
    private readonly Stopwatch clock = new();
    private TaskCompletionSource<Restart>? awaited;
    private double ended;

    private Restarts(string id) => this.id = id;

    public static async Task<Restarts> ListenAsync(DockerEngine engine, string id)
    {
        var restarts = new Restarts(id);
        var answer = await engine.Http.GetAsync(
            new Uri(
                "events?filters=" + Uri.EscapeDataString("""{"type":["container"],"event":["kill","start"]}"""),
                UriKind.Relative
            ),
            HttpCompletionOption.ResponseHeadersRead
        );
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        _ = restarts.ReadAsync(reader);
        return restarts;
    }

    /// <summary>The next one, counted from now.</summary>
    public Task<Restart> NextAsync()
    {
        var seen = new TaskCompletionSource<Restart>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (turn)
        {
            awaited = seen;
            clock.Restart();
        }
        return seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        using (reader)
        {
            while (await reader.ReadLineAsync(ending.Token) is { } line)
            {
                var told = JsonNode.Parse(line)!;
                lock (turn)
                {
                    if (awaited is null || told["id"]?.GetValue<string>() != id)
                        continue;
                    if (told["status"]?.GetValue<string>() == "kill")
                    {
                        ended = clock.Elapsed.TotalMilliseconds;
                        continue;
                    }
                    awaited.TrySetResult(new Restart(ended, clock.Elapsed.TotalMilliseconds));
                    awaited = null;
                }
            }
        }
    }
}
