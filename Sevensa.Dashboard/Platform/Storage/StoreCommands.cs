using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

internal sealed class BackupCommand(StoreBackup backup) : IProgramCommand
{
    public string Name => "backup";

    public string Usage => "backup --to FILE [--with-keys]";

    public async Task<int> RunAsync(CommandLine line, CancellationToken cancellation)
    {
        var file = line.Required("to", Usage);
        await backup.WriteAsync(file, line.Has("with-keys"), cancellation);
        Console.WriteLine($"The store is in {file}.");
        Console.WriteLine(
            line.Has("with-keys")
                ? "The key file is in it: whoever has this archive can read the product's keys."
                : "The key file is not in it: keep a copy of it elsewhere, or the product's keys can't be read after a restore."
        );
        return 0;
    }
}

internal sealed class RestoreCommand(StoreBackup backup) : IProgramCommand
{
    public string Name => "restore";

    public string Usage => "restore --from FILE [--replace]";

    public async Task<int> RunAsync(CommandLine line, CancellationToken cancellation)
    {
        var file = line.Required("from", Usage);
        var (good, told) = await backup.RestoreAsync(file, line.Has("replace"), cancellation);
        Console.WriteLine($"The store is as it was in {file}.");
        foreach (var sentence in told)
        {
            await (good ? Console.Out : Console.Error).WriteLineAsync(sentence);
        }
        return good ? 0 : 1;
    }
}
