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
    private FileStream file;

    private Journal(string path, FileStream file, TimeProvider time)
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
        var path = state.File(FileName);
        var journal = new Journal(path, StateFolder.OpenOwnerOnly(path, FileMode.OpenOrCreate), time);
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

    /// <summary>What the dashboard has not stored yet, in order.</summary>
    public IReadOnlyList<ActionReport> Unacknowledged()
    {
        lock (gate)
        {
            return
            [
                .. actions
                    .Values.SelectMany(action =>
                        action.Reports.Where(report => report.Sequence > action.AcknowledgedUpTo)
                    )
                    .OrderBy(report => report.At)
                    .ThenBy(report => report.Sequence),
            ];
        }
    }

    /// <summary>Writes the beginning to the disk. False when the action is known already: it must not be run.</summary>
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

    public void Acknowledge(string actionId, long sequence)
    {
        lock (gate)
        {
            // Lost in a power failure it is only sent again, and dropped there by its number.
            Append(
                new JournalLine(time.GetUtcNow(), Acknowledged: new JournalAcknowledgement(actionId, sequence)),
                toDisk: false
            );
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
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine);
        file.Write([.. bytes, (byte)'\n']);
        file.Flush(toDisk);
        Learn(line);
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
        var content = new byte[file.Length];
        file.ReadExactly(content);
        var end = Array.LastIndexOf(content, (byte)'\n') + 1;
        if (end < content.Length)
        {
            WasTorn = true;
            file.SetLength(end);
            file.Flush(flushToDisk: true);
        }
        file.Seek(0, SeekOrigin.End);
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
        state.Write(FileName, Encoding.UTF8.GetBytes(kept.ToString()));
        file = StateFolder.OpenOwnerOnly(path, FileMode.Open);
        file.Seek(0, SeekOrigin.End);
    }
}
