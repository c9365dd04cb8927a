using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Platform.Storage;

internal sealed class BackupCommand(StoreBackup backup) : IProgramCommand
{
    private static readonly Option<string?> To = CommandLines.Valued("--to", "FILE", "The archive to write.", true);
    private static readonly Option<bool> WithKeys = new("--with-keys") { Description = "Puts the key file in too." };

    public static Command Command { get; } = new("backup", "Writes the store into one file.") { To, WithKeys };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var file = line.ValueOf(To)!;
        var withKeys = line.GetValue(WithKeys);
        await backup.WriteAsync(file, withKeys, cancellation);
        Console.WriteLine($"The store is in {file}.");
        Console.WriteLine(
            withKeys
                ? "The key file is in it: whoever has this archive can read the product's keys."
                : "The key file is not in it: keep a copy of it elsewhere, or the product's keys can't be read after a restore."
        );
        return 0;
    }
}

internal sealed class RestoreCommand(StoreBackup backup) : IProgramCommand
{
    private static readonly Option<string?> From = CommandLines.Valued("--from", "FILE", "The archive to read.", true);
    private static readonly Option<bool> Replace = new("--replace")
    {
        Description = "Replaces the store that is there.",
    };

    public static Command Command { get; } =
        new("restore", "Makes the store what it was in a backup.") { From, Replace };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var file = line.ValueOf(From)!;
        var (good, told) = await backup.RestoreAsync(file, line.GetValue(Replace), cancellation);
        Console.WriteLine($"The store is as it was in {file}.");
        foreach (var sentence in told)
        {
            await (good ? Console.Out : Console.Error).WriteLineAsync(sentence);
        }
        return good ? 0 : 1;
    }
}
