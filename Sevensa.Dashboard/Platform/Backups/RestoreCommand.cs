using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

internal sealed class RestoreCommand(StoreRestore restore) : IProgramCommand
{
    private static readonly Option<string?> From = CommandLines.Valued("--from", "FILE", "The archive to read.", true);

    private static readonly Option<bool> Check = new("--check")
    {
        Description = "Proves the archive, and changes nothing.",
    };

    private static readonly Option<string?> Passphrase = BackupLines.PassphraseFile(
        "The file of the passphrase that it was sealed under."
    );

    public static Command Command { get; } =
        new("restore", "Puts a backup into an empty place: an empty Storage:Folder, or an empty database.")
        {
            From,
            Check,
            Passphrase,
        };

    public Command Syntax => Command;

    /// <summary><c>restore FILE</c> is <c>restore --from FILE</c>.</summary>
    public static string[] Named(string[] args) => CommandLines.Named(args, Command, From);

    public Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var file = line.ValueOf(From)!;
        var passphrase = line.ValueOf(Passphrase);
        var isCheck = line.GetValue(Check);
        return BackupLines.UntilToldAsync(async told =>
        {
            var found = isCheck
                ? await restore.CheckAsync(file, passphrase, told)
                : await restore.RestoreAsync(file, passphrase, told);
            foreach (var sentence in found)
            {
                Console.WriteLine(sentence);
            }
            Console.WriteLine(
                isCheck ? $"{file} can be restored. Nothing was changed." : $"The store is as it was in {file}."
            );
        });
    }
}
