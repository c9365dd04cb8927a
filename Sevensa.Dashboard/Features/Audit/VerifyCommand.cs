using System.CommandLine;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Verifies the record from the console, where wanted against the head that a backup noted.</summary>
internal sealed class VerifyCommand(AuditVerifier verifier, AuditStore record) : IProgramCommand
{
    private static readonly Option<string?> From = CommandLines.Valued(
        "--from",
        "BACKUP",
        "Also whether the record is the one that this backup noted."
    );

    private static readonly Option<string?> Passphrase = BackupLines.PassphraseFile(
        "The file of the passphrase that the backup was sealed under."
    );

    public static Command Command { get; } = new("verify", "Says whether the audit record holds.") { From, Passphrase };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var noted = line.ValueOf(From);
        var verified = await verifier.VerifyAsync(cancellation);
        if (!verified.Valid)
        {
            await Console.Error.WriteLineAsync(
                verified.FirstBad is { } row
                    ? $"The audit record does not hold at row {row}: {verified.Reason}"
                    : verified.Reason
            );
            return 1;
        }
        if (noted is { } file)
        {
            var mark =
                await StoreRestore.MarkAsync(file, line.ValueOf(Passphrase), cancellation)
                ?? throw new CommandException($"{file} notes no row of the audit record.");
            if (!await record.HasAsync(mark.Number, mark.Hash, cancellation))
            {
                await Console.Error.WriteLineAsync(
                    $"The audit record does not hold row {mark.Number} as {file} noted it: it was written anew since that backup."
                );
                return 1;
            }
            Console.WriteLine($"Row {mark.Number} is the one that {file} noted.");
        }
        Console.WriteLine($"The audit record holds: {verified.Checked} rows.");
        foreach (var one in verified.Records ?? [])
        {
            Console.WriteLine($"The {one.Name} hold: {one.Checked} rows.");
        }
        return 0;
    }
}
