using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>One line of the journal; exactly one member is set, besides <see cref="At"/>.</summary>
internal sealed record JournalLine(
    DateTimeOffset At,
    SignedAction? Begun = null,
    ActionReport? Report = null,
    JournalAcknowledgement? Acknowledged = null,
    JournalWork? Work = null
);

/// <summary>How far a step has come, written before Docker is asked, with what is needed to take it back.</summary>
/// <param name="Step">Zero for the action as a whole.</param>
internal sealed record JournalWork(string ActionId, int Step, string Phase, IReadOnlyDictionary<string, string> Notes);

/// <summary>The dashboard has stored the report with this number and all before it.</summary>
internal sealed record JournalAcknowledgement(string ActionId, long Sequence);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;

/// <summary>What the journal knows of one action.</summary>
internal sealed class JournalledAction(string id)
{
    public string Id { get; } = id;

    /// <summary>Null when it was refused and never begun.</summary>
    public SignedAction? Begun { get; set; }

    public DateTimeOffset BegunAt { get; set; }

    public List<ActionReport> Reports { get; } = [];

    public long AcknowledgedUpTo { get; set; }

    public List<JournalWork> Work { get; } = [];

    /// <summary>The last that was written down of a step; null when nothing was.</summary>
    public string? PhaseOf(int step) => Work.FindLast(work => work.Step == step)?.Phase;

    /// <summary>The last that was written down under a name.</summary>
    public string? NoteOf(int step, string note) =>
        Work.FindLast(work => work.Step == step && work.Notes.ContainsKey(note))?.Notes[note];

    public ActionReport? Last => Reports.Count > 0 ? Reports[^1] : null;

    /// <summary>The last outcome; one that is unknown is followed by another.</summary>
    public ActionReport? Outcome => Reports.FindLast(report => report.Outcome is not null);

    public bool Ended => Outcome is { Outcome.State: not ProposalState.Unknown };
}
