namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>The runner as it ships: one file, compiled ahead of time.</summary>
public static class NativeRunner
{
    private static readonly Lazy<Task<string>> published = new(MakeAsync);

    /// <summary>Publishes it, once for all who ask, unless <c>SEVENSA_RUNNER</c> names one that is published already.</summary>
    /// <returns>The program's path.</returns>
    public static Task<string> PublishAsync() => published.Value;

    private static async Task<string> MakeAsync()
    {
        if (Environment.GetEnvironmentVariable("SEVENSA_RUNNER") is { Length: > 0 } ready)
        {
            return ready;
        }
        var output = Path.Combine(Workspace.Artifacts, "sevensa-runner");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        await ServerProcess.RunAsync(
            "dotnet",
            TimeSpan.FromMinutes(15),
            "publish",
            Path.Combine(Workspace.Root, "Sevensa.Dashboard", "Runner"),
            "--configuration=Release",
            $"--output={output}",
            // The build of the solution had them.
            "-p:RunAnalyzers=false",
            "--nologo",
            "-clp:ErrorsOnly"
        );
        return Path.Combine(output, "sevensa-runner");
    }
}
