using System.Collections.Concurrent;
using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Asks the runners that are connected here what other dashboards want to know, and passes their logs on.</summary>
internal sealed class RunnersForOthers(
    RunnerLink link,
    RunnerLogStreams streams,
    DashboardWire wire,
    ILogger<RunnersForOthers> log
) : IStartStep
{
    private readonly ConcurrentDictionary<string, (string Reader, RunnerQuestion Asked)> passed = new();

    /// <summary>How many logs are read through it.</summary>
    internal int Passed => passed.Count;

    public Task RunAsync(CancellationToken cancellation)
    {
        wire.Answer(AcrossTopics.Ask, AnswerAsync);
        wire.Hear(AcrossTopics.Say, Say);
        wire.Hear(
            AcrossTopics.Piece,
            (_, body) =>
            {
                var piece = JsonSerializer.Deserialize(body.Span, AcrossJson.Default.PassedPiece)!;
                streams.Take(piece.Connection, piece.Piece);
            }
        );
        wire.Changed += EndUnread;
        wire.Missed += EndMissed;
        return Task.CompletedTask;
    }

    internal async Task<byte[]> AnswerAsync(string from, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var question = JsonSerializer.Deserialize(body.Span, AcrossJson.Default.RunnerQuestion)!;
        var followed = question.Method == nameof(IRunnerClient.FollowLogs) ? Follow(from, question) : null;
        var answer = await link.PassAsync(question, cancellation);
        if (followed is not null && answer.Value is not { ValueKind: JsonValueKind.True })
        {
            // Nothing comes, so that nothing of it would end it.
            Forget(followed);
        }
        return JsonSerializer.SerializeToUtf8Bytes(answer, AcrossJson.Default.RunnerAnswer);
    }

    /// <returns>Its id.</returns>
    private string Follow(string from, RunnerQuestion question)
    {
        var wanted = question.Given[0].Deserialize(HubJson.Default.LogFollow)!;
        passed[wanted.Id] = (from, question);
        streams.Pass(
            wanted.Id,
            question.Connection,
            piece =>
            {
                if (!Pass(from, question.Connection, piece) || piece.Ended || piece.Words is not null)
                {
                    End(wanted.Id);
                }
            },
            () => passed.TryRemove(wanted.Id, out _)
        );
        return wanted.Id;
    }

    private void Say(string from, ReadOnlyMemory<byte> body)
    {
        var said = JsonSerializer.Deserialize(body.Span, AcrossJson.Default.RunnerQuestion)!;
        if (said.Method is not (nameof(IRunnerClient.MoreLogs) or nameof(IRunnerClient.StopLogs)))
        {
            return;
        }
        if (said.Method == nameof(IRunnerClient.StopLogs))
        {
            Forget(said.Given[0].GetString()!);
        }
        Send(said);
    }

    /// <summary>Whoever read through a dashboard that is not heard any more reads no more.</summary>
    private void EndUnread()
    {
        foreach (var (id, of) in passed)
        {
            if (!wire.Hears(of.Reader))
            {
                End(id);
            }
        }
    }

    /// <summary>What was lost may have asked for more: nobody would wait for it forever.</summary>
    private void EndMissed(string reader)
    {
        foreach (var (id, of) in passed.Where(one => one.Value.Reader == reader))
        {
            var words = "A message between two dashboards was lost. Open the log again.";
            Pass(reader, of.Asked.Connection, new LogPiece(id, [], Ended: true, words));
            End(id);
        }
    }

    private bool Pass(string reader, string connection, LogPiece piece) =>
        wire.Tell(
            reader,
            AcrossTopics.Piece,
            JsonSerializer.SerializeToUtf8Bytes(new PassedPiece(connection, piece), AcrossJson.Default.PassedPiece)
        );

    private void End(string id)
    {
        if (Forget(id) is { } asked)
        {
            Send(
                asked with
                {
                    Method = nameof(IRunnerClient.StopLogs),
                    Given = [JsonSerializer.SerializeToElement(id, HubJson.Default.String)],
                }
            );
        }
    }

    private RunnerQuestion? Forget(string id)
    {
        streams.End(id);
        return passed.TryRemove(id, out var known) ? known.Asked : null;
    }

    private void Send(RunnerQuestion said) =>
        link.PassOnAsync(said)
            .ContinueWith(
                sent => log.LogInformation(sent.Exception, "A runner was not told {Method}", said.Method),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );
}
