using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>Secrets of a host as files in a folder, without a Vault behind them.</summary>
internal sealed class LaidFiles(string top) : IHandedFiles
{
    /// <summary>As the runner tells of it.</summary>
    public string Top => top;

    public async Task PutAsync(string path, string key, string value)
    {
        var folder = Path.Combine(top, "rentguy", path);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, key), value);
    }

    public Task BringAsync(string containerId, CancellationToken cancellation) => Task.CompletedTask;

    public string? FolderOf(string tenant, string path) =>
        Path.Combine(top, tenant, path) is var folder && Directory.Exists(folder) ? folder : null;

    public async Task<string?> ReadAsync(string tenant, string path, string key, CancellationToken cancellation) =>
        FolderOf(tenant, path) is { } folder && Path.Combine(folder, key) is var file && File.Exists(file)
            ? await File.ReadAllTextAsync(file, cancellation)
            : null;
}
