using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Features.Databases.Relocation;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Copies whose programs do not do what they should.</summary>
public sealed class DumpToolTests(MovedPlaces places) : IClassFixture<MovedPlaces>
{
    [Fact]
    public async Task A_restore_that_ends_early_ends_the_dump_too()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        foreach (
            var (name, text) in new[]
            {
                ("pg_dump", "#!/bin/sh\nexec yes\n"),
                ("pg_restore", "#!/bin/sh\necho 'pg_restore: error: no room' >&2\nexit 1\n"),
            }
        )
        {
            var file = Path.Combine(folder, name);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var registry = places.App.Services.GetRequiredService<InstanceRegistry>();
        var tool = ActivatorUtilities.CreateInstance<DumpTool>(
            places.App.Services,
            Options.Create(new DrillOptions { ToolFolder = folder })
        );
        var errors = await tool.CopyAsync(
                registry.All.Single(one => one.Name == "shared"),
                new TenantPlace("shared", "shared", "any", "any_owner", "any_app", 1, 0, 0, 0),
                registry.All.Single(one => one.Name == "own"),
                "any",
                null,
                TestContext.Current.CancellationToken
            )
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Contains(errors, line => line.Contains("no room", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }
}
