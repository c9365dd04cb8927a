using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

internal sealed class BackupCommand(StoreBackup backup) : IProgramCommand
{
    private static readonly Option<string?> To = CommandLines.Valued(
        "--to",
        "FILE",
        "The archive to write, or a folder in which it is named by the time.",
        true
    );

    private static readonly Option<bool> WithKeys = new("--with-keys", "--with-key")
    {
        Description = "Puts the key file in too.",
    };

    private static readonly Option<string?> Passphrase = BackupLines.PassphraseFile(
        "Seals the archive under the passphrase in this file."
    );

    public static Command Command { get; } =
        new("backup", "Writes the store, its marks and its settings into one file, beside a running dashboard.")
        {
            To,
            WithKeys,
            Passphrase,
        };

    public Command Syntax => Command;

    public Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var to = line.ValueOf(To)!;
        var passphrase = line.ValueOf(Passphrase);
        return BackupLines.UntilToldAsync(async told =>
        {
            var (file, manifest) = await backup.WriteAsync(to, line.GetValue(WithKeys), passphrase, told);
            Console.WriteLine($"The store is in {file}: {manifest.Tables!.Count} tables with {manifest.Rows} rows.");
            Console.WriteLine(
                (manifest.Keys, passphrase) switch
                {
                    (true, null) => "The key file is in it: whoever has this archive can read the product's keys.",
                    (true, _) =>
                        "The key file is in it: whoever has this archive and its passphrase can read the product's keys.",
                    _ =>
                        "The key file is not in it: keep a copy of it elsewhere, or the product's keys can't be read after a restore.",
                }
            );
            Console.WriteLine($"Prove it with: restore --check {file}");
        });
    }
}
