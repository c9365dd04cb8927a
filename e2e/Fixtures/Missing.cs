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
}

/// <summary>
/// The programs that a fixture needs. A fixture shared by a class starts before any test, where a skip would count as a
/// failure: it notes what is missing, and the first test that uses it is the one that ends.
/// </summary>
public sealed class NeededParts
{
    private string? missing;

    /// <summary>Whether all are there; notes the first that is not.</summary>
    public bool Has(bool present, string reason)
    {
        if (!present)
            missing ??= reason;
        if (TestContext.Current.Test is not null)
            Check();
        return missing is null;
    }

    /// <summary>The first of the paths that exists, or the first of them when none does, which is noted.</summary>
    public string Executable(string package, params string[] paths)
    {
        var found = Array.Find(paths, File.Exists);
        Has(found is not null, $"{paths[0]} is missing: install Debian's package {package}, or run .ci/run");
        return found ?? paths[0];
    }

    /// <summary>Whether the fixture can start.</summary>
    public bool Complete => missing is null;

    /// <summary>Ends the test when a part is missing.</summary>
    public void Check() => Missing.Unless(missing is null, missing!);
}
