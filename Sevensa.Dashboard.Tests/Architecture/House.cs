using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>The source tree as the architecture tests read it.</summary>
internal static class House
{
    public static string Root { get; } = FindRoot();

    public static string Program { get; } = Path.Combine(Root, "Sevensa.Dashboard");

    /// <summary>Features in the one order: each may use only the Contracts of those before it.</summary>
    public static IReadOnlyList<string> Order { get; } =
    [
        "Audit",
        "Identity",
        "Tenants",
        "Hosts",
        "Actions",
        "Metrics",
        "Logs",
        "Dashboards",
        "Alerts",
        "Containers",
        "Workloads",
        "Databases",
        "Secrets",
        "Scans",
        "Posture",
        "Reachability",
        "Workflows",
        "Receivers",
        "Automation",
        "Graphs",
        "Configuration",
        "Assistant",
        "Overview",
        "Portal",
    ];

    /// <summary>Paths relative to the program folder, with forward slashes.</summary>
    public static IEnumerable<string> Sources(params string[] extensions) =>
        Directory
            .EnumerateFiles(Program, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Program, path).Replace('\\', '/'))
            .Where(path => !Regex.IsMatch(path, "(^|/)(bin|obj)/|^(wwwroot|data)/|/Migrations/"))
            .Where(path => extensions.Contains(Path.GetExtension(path)));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Program, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName
            ?? throw new DirectoryNotFoundException("Sevensa.Dashboard.sln was not found above the tests.");
    }
}
