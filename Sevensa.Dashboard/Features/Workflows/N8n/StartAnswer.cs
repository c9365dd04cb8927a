namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>What is known after a run was asked for, once.</summary>
internal enum StartState
{
    /// <summary>n8n took it.</summary>
    Started,

    /// <summary>Nothing was begun, for sure.</summary>
    NotStarted,

    /// <summary>Nothing listens at the webhook's address: that is so for a moment after it was activated, and it begins nothing.</summary>
    NotRegistered,

    /// <summary>No answer, or one that does not say: what n8n wrote down has to be asked.</summary>
    MayHaveStarted,

    /// <summary>n8n says that the run failed.</summary>
    Failed,
}

/// <param name="Run">Its number, where n8n tells it.</param>
/// <param name="Words">n8n's, or ours where it said nothing.</param>
internal sealed record StartAnswer(StartState State, string Words, string? Run = null);
