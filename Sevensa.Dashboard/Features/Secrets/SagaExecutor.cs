using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Carries out a kind by <see cref="RotationSaga"/> alone.</summary>
internal abstract class SagaExecutor(string kind, RotationSaga saga) : IResumingExecutor
{
    public string Kind => kind;

    public bool Resumes(ActionPlan plan) => true;

    public Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    ) => saga.RunAsync(action, [], report, cancellation);

    public Task<ActionOutcome> ResumeAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    ) => saga.RunAsync(action, told, report, cancellation);
}
