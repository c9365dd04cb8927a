using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

internal sealed class MoveStoreCommand(StoreMove move) : IProgramCommand
{
    private static readonly Option<string?> To = CommandLines.Valued(
        "--to",
        "CONNECTION",
        "PostgreSQL's connection string, as Storage:Postgres takes it, of an empty database.",
        true
    );

    private static readonly Option<string?> Password = CommandLines.Valued(
        "--password-file",
        "FILE",
        "The file of its password, as Storage:PostgresPasswordFile."
    );

    public static Command Command { get; } =
        new("move-store", "Copies the SQLite store into an empty PostgreSQL database, and checks the copy.")
        {
            To,
            Password,
        };

    public Command Syntax => Command;

    public Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var to = line.ValueOf(To)!;
        var password = line.ValueOf(Password);
        return BackupLines.UntilToldAsync(async told =>
        {
            foreach (var sentence in await move.MoveAsync(to, password, told))
            {
                Console.WriteLine(sentence);
            }
            Console.WriteLine(
                "Give the dashboard this database by Storage:Postgres (and Storage:PostgresPasswordFile), leave Storage:Folder and the key file as they are, and start it."
            );
            Console.WriteLine("The SQLite file is as it was. Start nothing on it again: the record would go on twice.");
        });
    }
}
