using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>
/// What this host was told to do and what came of it: one line of JSON per record, appended only. A beginning and an outcome
/// are on the disk before anything else happens, so whatever dies, nothing is run twice and nothing is guessed.
/// </summary>
internal sealed class Journal : IDisposable
{
    public const string FileName = "journal.jsonl";

    /// <summary>An ended action is forgotten after this; what would repeat it has long expired.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, JournalledAction> actions = new(StringComparer.Ordinal);
    private readonly TimeProvider time;
    private readonly string path;
    private LineFile file;

    private Journal(string path, LineFile file, TimeProvider time)
    {
        this.path = path;
        this.file = file;
        this.time = time;
    }

    /// <summary>True when the last line had been cut short and was dropped.</summary>
    public bool WasTorn { get; private set; }

    /// <exception cref="RunnerException">A line that is not the last can't be read: the disk is at fault.</exception>
    public static Journal Open(StateFolder state, TimeProvider time)
    {
        var journal = new Journal(state.File(FileName), state.OpenLines(FileName), time);
        try
        {
            journal.Load();
            journal.ForgetOld(state);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    public JournalledAction? Find(string actionId)
    {
        lock (gate)
        {
            return actions.GetValueOrDefault(actionId);
        }
    }

    /// <summary>Begun, and no end is known.</summary>
    public IReadOnlyList<JournalledAction> InFlight()
    {
        lock (gate)
        {
            return [.. actions.Values.Where(action => action.Begun is not null && !action.Ended)];
        }
    }

    /// <summary>What the dashboard has not stored yet: of each action in order, the actions as they became known.</summary>
    public IReadOnlyList<ActionReport> Unacknowledged()
    {
        lock (gate)
        {
            return
            [
                // Not by their times: a clock that is set back would have the last told first, and the others taken for told.
                .. actions.Values.SelectMany(action =>
                    action.Reports.Where(report => report.Sequence > action.AcknowledgedUpTo)
                ),
            ];
        }
    }

    /// <summary>Writes the beginning to the disk. False when the action is known already: it must not be run.</summary>
    /// <exception cref="JournalException">It is not begun.</exception>
    public bool TryBegin(SignedAction action)
    {
        lock (gate)
        {
            if (actions.ContainsKey(action.ActionId))
            {
                return false;
            }
            Append(new JournalLine(time.GetUtcNow(), Begun: action), toDisk: true);
            return true;
        }
    }

    /// <summary>Numbers a report and keeps it until it is acknowledged. An outcome is on the disk when this returns.</summary>
    /// <exception cref="JournalException">It is not kept.</exception>
    public ActionReport Report(
        string actionId,
        string type,
        int? step = null,
        string? status = null,
        string? text = null,
        ActionOutcome? outcome = null
    )
    {
        lock (gate)
        {
            var sequence = (actions.GetValueOrDefault(actionId)?.Last?.Sequence ?? 0) + 1;
            var report = new ActionReport(actionId, sequence, time.GetUtcNow(), type, step, status, text, outcome);
            Append(new JournalLine(report.At, Report: report), toDisk: outcome is not null);
            return report;
        }
    }

    /// <summary>On the disk when this returns.</summary>
    /// <exception cref="JournalException">It is not; what it is about may not be done.</exception>
    public void Note(JournalWork work)
    {
        lock (gate)
        {
            Append(new JournalLine(time.GetUtcNow(), Work: work), toDisk: true);
        }
    }

    /// <summary>The last ended action that left one of these containers as it is, or took one of <paramref name="gone"/> away.</summary>
    public JournalledAction? LastThatLeft(IReadOnlyList<ContainerFacts> changed, IReadOnlySet<string> gone)
    {
        lock (gate)
        {
            return actions
                .Values.Where(action => action is { Begun: not null, Ended: true })
                .OrderByDescending(action => action.Outcome!.At)
                .FirstOrDefault(action =>
                    changed.Count > 0
                        ? action.Outcome!.Outcome!.After?.Any(after =>
                            changed.Any(now => now.Id == after.Id && now.ConfigHash == after.ConfigHash)
                        ) == true
                        : action.Begun!.Plan.Steps.Any(step => gone.Contains(step.On))
                );
        }
    }

    /// <summary>It need not be sent again while this program runs, nor after it unless this fails.</summary>
    /// <exception cref="JournalException">It is sent again after a restart.</exception>
    public void Acknowledge(string actionId, long sequence)
    {
        lock (gate)
        {
            var line = new JournalLine(time.GetUtcNow(), Acknowledged: new JournalAcknowledgement(actionId, sequence));
            Learn(line);
            // Lost in a power failure it is only sent again, and dropped there by its number.
            Write(line, toDisk: false);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            file.Dispose();
        }
    }

    private void Append(JournalLine line, bool toDisk)
    {
        Write(line, toDisk);
        Learn(line);
    }

    private void Write(JournalLine line, bool toDisk)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine);
        try
        {
            file.Add(bytes, toDisk);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(exception);
        }
    }

    private void Learn(JournalLine line)
    {
        var id = line.Begun?.ActionId ?? line.Report?.ActionId ?? line.Work?.ActionId ?? line.Acknowledged!.ActionId;
        if (!actions.TryGetValue(id, out var action))
        {
            actions[id] = action = new JournalledAction(id);
        }
        if (line.Begun is { } begun)
        {
            (action.Begun, action.BegunAt) = (begun, line.At);
        }
        if (line.Report is { } report)
        {
            action.Reports.Add(report);
        }
        if (line.Work is { } work)
        {
            action.Work.Add(work);
        }
        if (line.Acknowledged is { } acknowledged)
        {
            action.AcknowledgedUpTo = Math.Max(action.AcknowledgedUpTo, acknowledged.Sequence);
        }
    }

    private void Load()
    {
        var content = file.Read();
        var end = Array.LastIndexOf(content, (byte)'\n') + 1;
        if (end < content.Length)
        {
            WasTorn = true;
            file.CutTo(end);
        }
        var number = 0;
        foreach (
            var text in Encoding.UTF8.GetString(content, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            number++;
            try
            {
                Learn(JsonSerializer.Deserialize(text, JournalJson.Default.JournalLine)!);
            }
            catch (Exception exception) when (exception is JsonException or NullReferenceException)
            {
                throw new RunnerException(
                    $"Line {number} of the journal {path} can't be read, so it can't be told what this host has already done. "
                        + "Look at what the last actions did, then move the file away to begin a new one.",
                    exception
                );
            }
        }
    }

    private void ForgetOld(StateFolder state)
    {
        var before = time.GetUtcNow() - Kept;
        var old = actions
            .Values.Where(action =>
                action is { Ended: true, Outcome: { } outcome }
                && outcome.At < before
                && action.AcknowledgedUpTo >= action.Last!.Sequence
            )
            .ToList();
        if (old.Count == 0)
        {
            return;
        }
        old.ForEach(action => actions.Remove(action.Id));
        var kept = new StringBuilder();
        foreach (var action in actions.Values)
        {
            var lines = new List<JournalLine>();
            if (action.Begun is { } begun)
            {
                lines.Add(new JournalLine(action.BegunAt, Begun: begun));
            }
            lines.AddRange(action.Reports.Select(report => new JournalLine(report.At, Report: report)));
            lines.AddRange(action.Work.Select(work => new JournalLine(action.BegunAt, Work: work)));
            if (action.AcknowledgedUpTo > 0)
            {
                var acknowledged = new JournalAcknowledgement(action.Id, action.AcknowledgedUpTo);
                lines.Add(new JournalLine(time.GetUtcNow(), Acknowledged: acknowledged));
            }
            lines.ForEach(line =>
                kept.Append(JsonSerializer.Serialize(line, JournalJson.Default.JournalLine)).Append('\n')
            );
        }
        file.Dispose();
        try
        {
            state.Write(FileName, Encoding.UTF8.GetBytes(kept.ToString()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // They stay in the file until a start at which there is room.
        }
        file = state.OpenLines(FileName);
    }
}

/// <summary>What was to be written down can't be; the message has the system's words.</summary>
internal sealed class JournalException(Exception inner)
    : IOException(
        $"This host's journal can't be written: {inner.Message.TrimEnd('.')}. Make room on the disk of the runner's state folder, or let its user write there.",
        inner
    );
