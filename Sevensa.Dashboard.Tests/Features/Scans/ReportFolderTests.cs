using System.ComponentModel.DataAnnotations;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Reports that are laid into a folder.</summary>
public sealed class ReportFolderTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-reports-").FullName;
    private ConfiguredApp app = null!;

    public async ValueTask InitializeAsync() => app = await ConfiguredApp.StartAsync(("Scans:Folder", folder));

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task One_that_can_be_read_is_taken_in_with_what_is_said_beside_it()
    {
        var digest = ScansApi.NewDigest();
        Lay("night.json", ScansApi.Trivy("CVE-2043-1"), $"digest={digest}&kinds=vulnerability,secret");
        var answer = JsonElement.Parse(await BesideAsync("taken", "night.json.answer.json"));
        Assert.Equal(digest, answer.GetProperty("digest").GetString());
        Assert.Equal(1, answer.GetProperty("findings").GetInt32());
        Assert.Equal("""["vulnerability","secret"]""", answer.GetProperty("kinds").ToString());
        Assert.True(answer.GetProperty("isNew").GetBoolean());
        Assert.Equal("deny", await ScansApi.VerdictAsync(app, digest));
        using var admin = await app.ApiAsAsync("admin");
        var record = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/audit?action=scan.received&target={digest}");
        Assert.Contains(
            "night.json",
            record.GetProperty("items")[0].GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );

        Lay("again.json", ScansApi.Trivy("CVE-2043-1"), $"digest={digest}&kinds=vulnerability,secret");
        answer = JsonElement.Parse(await BesideAsync("taken", "again.json.answer.json"));
        Assert.False(answer.GetProperty("isNew").GetBoolean());
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task One_that_can_t_be_read_is_laid_aside_with_the_reason_and_the_next_is_taken()
    {
        var outside = Path.Combine(Directory.CreateTempSubdirectory("sevensa-else-").FullName, "report.json");
        File.WriteAllText(outside, ScansApi.Trivy("CVE-2043-2"));
        File.CreateSymbolicLink(Path.Combine(folder, "linked.json"), outside);
        Lay("half.json.part", "{");
        Lay("growing.json", "{");
        Lay("empty.json", "");
        Lay("bad.json", "garbage", isOld: true);
        Lay("strange.json", ScansApi.Trivy("CVE-2043-2"), $"digest={ScansApi.NewDigest()}&kinds=everything");
        Lay("nameless.json", ScansApi.Trivy("CVE-2043-2"), isOld: true);
        Lay("good.json", ScansApi.Trivy("CVE-2043-2"), $"digest={ScansApi.NewDigest()}");
        Assert.Contains("no JSON", await BesideAsync("refused", "bad.json.reason.txt"), StringComparison.Ordinal);
        Assert.Contains(
            "everything",
            await BesideAsync("refused", "strange.json.reason.txt"),
            StringComparison.Ordinal
        );
        Assert.Contains("digest", await BesideAsync("refused", "nameless.json.reason.txt"), StringComparison.Ordinal);
        await BesideAsync("taken", "good.json.answer.json");
        Assert.Equal(
            ["empty.json", "growing.json", "half.json.part", "linked.json"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task One_that_can_t_be_moved_stops_no_other()
    {
        var elsewhere = Directory.CreateTempSubdirectory("sevensa-else-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, "refused"), elsewhere);
        Lay("bad.json", "garbage", isOld: true);
        Lay("good.json", ScansApi.Trivy("CVE-2043-3"), $"digest={ScansApi.NewDigest()}");
        await BesideAsync("taken", "good.json.answer.json");
        Assert.Empty(Directory.GetFiles(elsewhere));
        Assert.True(File.Exists(Path.Combine(folder, "bad.json")));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_mistake_of_the_settings()
    {
        var options = new ScansOptions { Folder = Path.Combine(folder, "nowhere") };
        var wrong = Assert.Single(options.Validate(new ValidationContext(options)));
        Assert.Contains("nowhere", wrong.ErrorMessage, StringComparison.Ordinal);
    }

    /// <summary>What is said first: a report without it would be another.</summary>
    private void Lay(string name, string report, string? said = null, bool isOld = false)
    {
        if (said is not null)
        {
            File.WriteAllText(Path.Combine(folder, $"{name}.query"), said);
        }
        File.WriteAllText(Path.Combine(folder, name), report);
        if (isOld)
        {
            File.SetLastWriteTimeUtc(
                Path.Combine(folder, name),
                TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1)
            );
        }
    }

    private Task<string> BesideAsync(string where, string ending) =>
        Eventually.GetAsync(
            $"{ending} in {where}",
            async cancellation =>
                Directory.Exists(Path.Combine(folder, where))
                && Directory
                    .GetFiles(Path.Combine(folder, where))
                    .FirstOrDefault(file => file.EndsWith(ending, StringComparison.Ordinal))
                    is { } file
                && await File.ReadAllTextAsync(file, cancellation) is { Length: > 0 } text
                    ? text
                    : null
        );
}
