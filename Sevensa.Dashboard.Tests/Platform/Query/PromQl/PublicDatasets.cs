using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>Inputs that are kept beside the repository, not in it.</summary>
internal static class PublicDatasets
{
    /// <summary>The objects of a file of JSON lines; skips the test where the datasets are not, but fails it in CI.</summary>
    public static IReadOnlyList<JsonElement> Lines(string path)
    {
        var file = Path.Combine(Folder(), path);
        if (!File.Exists(file))
        {
            var reason =
                $"The dataset {path} is not at {file}; set SEVENSA_DATASETS to the folder that holds the datasets.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Skip(reason);
        }
        return [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("SEVENSA_DATASETS") is { Length: > 0 } set)
            return set;
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.Parent?.FullName ?? "..", "shared", "datasets");
    }
}
