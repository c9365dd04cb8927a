using System.CommandLine;
using System.Runtime.InteropServices;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>What the commands on copies of the store have in common.</summary>
internal static class BackupLines
{
    public static Option<string?> PassphraseFile(string description) =>
        CommandLines.Valued("--passphrase-file", "FILE", description);

    /// <summary>Does it until somebody says otherwise (Ctrl+C, or the signal to end): what was begun is then taken away.</summary>
    public static async Task<int> UntilToldAsync(Func<CancellationToken, Task> work)
    {
        using var told = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Tell);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Tell);
        try
        {
            await work(told.Token);
            return 0;
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            throw new CommandException("It was called off. Nothing was kept.");
        }

        void Tell(PosixSignalContext signal)
        {
            signal.Cancel = true;
            told.Cancel();
        }
    }
}
