using System.ComponentModel.DataAnnotations.Schema;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Where a thread of a remote graph stands, as it is told here: the servers use different words for the same.</summary>
public enum GraphThreadState
{
    /// <summary>It is kept here, and its server has not taken it yet.</summary>
    Starting,
    Running,

    /// <summary>It asked something, and waits for a decision or for a person's answer.</summary>
    Waiting,
    Done,
    Failed,
    Cancelled,

    /// <summary>Its server does not know it any more, or calls it running and gives no sign of life.</summary>
    Lost,
}

/// <summary>What becomes of something that a graph asked.</summary>
public enum GraphQuestionState
{
    /// <summary>A person answers it.</summary>
    Open,

    /// <summary>It is a proposal, which is decided where all are.</summary>
    Proposed,

    /// <summary>The answer is known, and is handed back as soon as the graph can take it.</summary>
    Answered,

    /// <summary>The graph has its answer.</summary>
    Handed,

    /// <summary>The graph does not wait for it any more.</summary>
    Dropped,
}

/// <summary>One piece of work that somebody gave to a remote graph.</summary>
internal sealed class GraphThreadRow
{
    /// <summary>Made here, and the thread's id at its server as well: to create it twice is to create it once.</summary>
    public required string Id { get; init; }
    public required string Server { get; init; }
    public required string Graph { get; init; }
    public required string Tenant { get; init; }

    /// <summary>What it was started with.</summary>
    public required string Text { get; init; }
    public required string StarterId { get; init; }
    public required string StarterName { get; init; }
    public required bool IsStarterPerson { get; init; }

    /// <summary>The client or personal token by which it was started, as <see cref="StandingRight.Client"/>.</summary>
    public string? StarterClient { get; init; }

    /// <summary>As <see cref="StandingRight.Token"/>.</summary>
    public string? StarterToken { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public GraphThreadState State { get; set; }

    /// <summary>The run under way, or the last one.</summary>
    public string? RunId { get; set; }

    /// <summary>When a run was last to be started; whether it was is looked at before another one is.</summary>
    public DateTimeOffset? RunAskedAt { get; set; }

    /// <summary>The last sign of life.</summary>
    public required DateTimeOffset MovedAt { get; set; }

    /// <summary>What its server's thread looked like at the last look, so that a change is seen.</summary>
    public string? Mark { get; set; }

    /// <summary>Why it failed, is lost, or can't be looked at.</summary>
    public string? Trouble { get; set; }

    /// <summary>What it has come to, in its own words.</summary>
    public string? Result { get; set; }
    public string? CancelledBy { get; set; }
    public DateTimeOffset? CancelAskedAt { get; set; }

    /// <summary>It is not looked at any more.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What it goes on by: nothing of it does once that is taken back.</summary>
    [NotMapped]
    public StandingRight Right => new(StarterId, IsStarterPerson, StarterClient, StarterToken);

    /// <summary>Number of the last thing that was told of it (<see cref="GraphEventRow"/>).</summary>
    public int Events { get; set; }
}

/// <summary>Something that whoever follows a thread is told: that it stands otherwise, what a node said, what became of a question.</summary>
internal sealed class GraphEventRow
{
    public const string State = "state";
    public const string Step = "step";
    public const string Question = "question";

    public required string ThreadId { get; init; }

    /// <summary>In the order in which it came about, without a gap.</summary>
    public required int Number { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>One of the constants.</summary>
    public required string Kind { get; init; }

    /// <summary>As JSON.</summary>
    public required string Data { get; init; }
}

/// <summary>Something that a node of a thread said when it was done.</summary>
internal sealed class GraphStepRow
{
    public required string ThreadId { get; init; }
    public required string RunId { get; init; }

    /// <summary>Its place in the run's stream, which is read from the beginning again after a break.</summary>
    public required int Number { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The node.</summary>
    public required string Name { get; init; }
    public required string Text { get; init; }
}

/// <summary>Something that a graph asked: an interrupt. Thread and interrupt make it one, however often the node is run again.</summary>
internal sealed class GraphQuestionRow
{
    public required string ThreadId { get; init; }

    /// <summary>The interrupt's id; with a number where a node asks something else once it has its answer, which keeps that id.</summary>
    public required string Id { get; init; }

    /// <summary>The interrupt's id, by which alone it is answered.</summary>
    public required string Interrupt { get; init; }
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>What was asked, as JSON.</summary>
    public required string Payload { get; init; }
    public GraphQuestionState State { get; set; }

    /// <summary>Why it is no proposal; null where it is one, or never looked like one.</summary>
    public string? Why { get; set; }

    /// <summary>It is no proposal and becomes none: a person answers it.</summary>
    public bool IsForPerson { get; set; }

    /// <summary>When it was to become a proposal; whether it did is looked at before another one is made.</summary>
    public DateTimeOffset? ProposingAt { get; set; }
    public string? ProposalId { get; set; }

    /// <summary>What is handed back, as JSON.</summary>
    public string? Answer { get; set; }
    public string? AnsweredBy { get; set; }
    public DateTimeOffset? AnsweredAt { get; set; }

    /// <summary>When it was to be handed back; whether it was is looked at before it is handed again.</summary>
    public DateTimeOffset? HandingAt { get; set; }
    public DateTimeOffset? HandedAt { get; set; }
}
