namespace Sevensa.Dashboard.Tests.App;

/// <summary>What the program says of a command line, before it does anything.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("line-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Task<(int Code, string Output)> RunAsync(params string[] line) =>
        ProgramRun.ToEndAsync(line, [("Storage__Folder", folder)]);

    [Theory]
    [InlineData("backup", "--to is missing. Usage: backup --to FILE [--with-keys] [--passphrase-file FILE]")]
    [InlineData("backup --to --with-keys", "--to is missing. Usage: backup --to FILE [--with-keys]")]
    [InlineData("restore --check", "--from is missing. Usage: restore --from FILE [--check] [--passphrase-file FILE]")]
    [InlineData("restore --check nowhere.backup", "nowhere.backup can't be read as a backup: ")]
    [InlineData("restore --passphrase-file x --Storage:Postgres= nowhere.backup", "nowhere.backup can't be read")]
    [InlineData("move-store", "--to is missing. Usage: move-store --to CONNECTION [--password-file FILE]")]
    [InlineData("move-store --to Host=x", "There is no store at ")]
    [InlineData("seal-anew", "There is no store with a key at ")]
    [InlineData("seal-anew --prepare --forget", "not both at once")]
    [InlineData("verify --from", "--from is missing. Usage: verify [--from BACKUP] [--passphrase-file FILE]")]
    [InlineData("recover-admin", "--name is missing. Usage: recover-admin --name NAME [--password-stdin]")]
    [InlineData("bakcup --to x", "bakcup: there is no such command (there are runner, healthcheck, backup, restore")]
    [InlineData(
        "healthcheck --url nowhere",
        "healthcheck: \"nowhere\" is not an address. Usage: healthcheck --url http"
    )]
    [InlineData("healthcheck --url", "--url is missing. Usage: healthcheck [--url URL]")]
    [InlineData("runner --hub", "--hub: a value must follow")]
    [InlineData("runner --colour=red", "--colour: there is no such option (there are --hub, --enrolment-token-file")]
    public async Task What_can_t_be_done_is_said_and_nothing_is_started(string line, string words)
    {
        var (code, output) = await RunAsync(line.Split(' '));
        Assert.True(code == 1, output);
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_command_and_every_option_of_one()
    {
        var (code, all) = await RunAsync("--help");
        Assert.Equal(0, code);
        foreach (
            var name in new[]
            {
                "runner",
                "healthcheck",
                "backup",
                "restore",
                "move-store",
                "seal-anew",
                "verify",
                "recover-admin",
            }
        )
        {
            Assert.Matches($@"(?m)^  {name} ", all);
        }
        var (_, one) = await RunAsync("runner", "--help");
        Assert.Contains("--registry-credentials-file <FILE>", one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_may_follow_a_command_as_they_may_stand_alone()
    {
        var elsewhere = Path.Combine(folder, "elsewhere");
        var (code, output) = await RunAsync("verify", $"--Storage:Folder={elsewhere}", "--Storage:Timeout", "soon");
        Assert.Equal(1, code);
        Assert.Contains("Storage:Timeout", output, StringComparison.Ordinal);
    }
}
