using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>Servers inside the program leave the process' signals to it.</summary>
public sealed class EndedDuringStartTests
{
    [Theory]
    [InlineData(300)]
    [InlineData(700)]
    [InlineData(1500)]
    public async Task Whoever_ends_it_during_its_start_ends_all_of_it(int milliseconds)
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-");
        await ProgramRun.ToldToEndAsync(
            TimeSpan.FromMilliseconds(milliseconds),
            ("ASPNETCORE_ENVIRONMENT", "Sandbox"),
            ("Storage__Folder", folder.FullName)
        );
        folder.Delete(recursive: true);
    }
}
