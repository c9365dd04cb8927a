namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// What happens where a real part is not there: the run fails in CI, where everything is installed, and says why it
/// was skipped elsewhere. A story never passes without the parts it names.
/// </summary>
public static class Missing
{
    public static bool InContinuousIntegration =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Ends the test unless the part is there.</summary>
    /// <param name="present">Whether it is.</param>
    /// <param name="reason">What is missing and how to get it; printed.</param>
    public static void Unless(bool present, string reason)
    {
        if (present)
            return;
        if (InContinuousIntegration)
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    /// <summary>The first of the paths that exists; ends the test when none does.</summary>
    public static string Executable(string package, params string[] paths)
    {
        var found = Array.Find(paths, File.Exists);
        Unless(found is not null, $"{paths[0]} is missing: install Debian's package {package}, or run .ci/run");
        return found!;
    }
}
