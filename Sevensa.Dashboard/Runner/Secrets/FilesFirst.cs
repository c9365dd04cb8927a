using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>A verb that starts a container, which has the newest files of its secrets by then.</summary>
internal sealed class FilesFirst(IStepVerb verb, SecretFiles files) : IStepVerb
{
    public string Verb => verb.Verb;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        verb.CheckAsync(examination, step, cancellation);

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        await files.BeforeStartAsync(work.Step.On, cancellation);
        return await verb.DoAsync(work, cancellation);
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) => verb.UndoAsync(work, cancellation);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => verb.CommitAsync(work, cancellation);
}
