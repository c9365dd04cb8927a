namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>Files that a container has mounted and that are to be the newest whenever it is started.</summary>
internal interface IFreshFiles
{
    /// <exception cref="StepException">They can't be had: it would start with some that may be out of date.</exception>
    Task BringAsync(string containerId, CancellationToken cancellation);
}

/// <summary>Secrets that this host hands out as files.</summary>
internal interface IHandedFiles : IFreshFiles
{
    /// <summary>The folder on the host where a secret's files are; null when it is none that is handed out here.</summary>
    string? FolderOf(string tenant, string path);

    /// <summary>What the file of a key holds, as Vault has it now; null when there is no such key.</summary>
    /// <exception cref="StepException">It can't be had.</exception>
    Task<string?> ReadAsync(string tenant, string path, string key, CancellationToken cancellation);
}

/// <summary>A verb that starts a container which is there already, and has the newest files by then.</summary>
internal sealed class FilesFirst(IStepVerb verb, IFreshFiles files) : IStepVerb
{
    public string Verb => verb.Verb;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        verb.CheckAsync(examination, step, cancellation);

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        await files.BringAsync(work.Step.On, cancellation);
        return await verb.DoAsync(work, cancellation);
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) => verb.UndoAsync(work, cancellation);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => verb.CommitAsync(work, cancellation);
}
