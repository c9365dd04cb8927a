namespace Sevensa.Dashboard.Runner;

/// <summary>The host side: <c>runner --hub URL --enrolment-token-file F</c>.</summary>
public static class RunnerHost
{
    public static Task<int> RunAsync(string[] args)
    {
        Console.Error.WriteLine("The runner is not part of this build.");
        return Task.FromResult(1);
    }
}
