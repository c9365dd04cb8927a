using System.Collections.Concurrent;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Secrets of a host as files, without a Vault; what is brought is told in the order of the engine's own calls.</summary>
internal sealed class HandedFilesStub(FakeEngine engine) : IHandedFiles
{
    public const string Folder = "/run/sevensa-secrets";

    /// <summary>By tenant, path and key: <c>rentguy/api/database/password</c>.</summary>
    public ConcurrentDictionary<string, string> Values { get; } = new();

    /// <summary>Vault does not tell now.</summary>
    public bool IsAway { get; set; }

    public Task BringAsync(string containerId, CancellationToken cancellation) =>
        engine.ChangeAsync(
            $"files {containerId}",
            () =>
            {
                if (IsAway)
                {
                    throw new StepException("secretUnread", "Vault does not answer.");
                }
            }
        );

    public string? FolderOf(string tenant, string path) =>
        Values.Keys.Any(key => key.StartsWith($"{tenant}/{path}/", StringComparison.Ordinal))
            ? $"{Folder}/{tenant}/{path}"
            : null;

    public Task<string?> ReadAsync(string tenant, string path, string key, CancellationToken cancellation) =>
        IsAway
            ? throw new StepException("secretUnread", "Vault does not answer.")
            : Task.FromResult(Values.GetValueOrDefault($"{tenant}/{path}/{key}"));
}
