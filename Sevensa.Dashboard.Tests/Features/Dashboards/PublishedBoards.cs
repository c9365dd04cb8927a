namespace Sevensa.Dashboard.Tests.Features.Dashboards;

/// <summary>Dashboards as others published them, kept beside the repository and not in it.</summary>
internal static class PublishedBoards
{
    public static IReadOnlyList<string> Files()
    {
        var folder = Path.Combine(Folder(), "dashboards");
        if (!Directory.Exists(folder))
        {
            var reason =
                $"The published dashboards are not at {folder}; set SEVENSA_DATASETS to the folder that holds the datasets.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Skip(reason);
        }
        return [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)];
    }

    public static string File(string name) => Files().Single(path => Path.GetFileName(path) == name);

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("SEVENSA_DATASETS") is { Length: > 0 } set)
            return set;
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.Parent?.FullName ?? "..", "shared", "datasets");
    }
}
