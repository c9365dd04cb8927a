using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Sealing;

internal sealed class SealAnewCommand(SealAnew anew) : IProgramCommand
{
    private static readonly Option<bool> Prepare = new("--prepare")
    {
        Description = "Lays the next key into the file, for dashboards that run meanwhile.",
    };

    private static readonly Option<bool> Forget = new("--forget")
    {
        Description = "Takes former keys out of the file, once nothing in the store needs them.",
    };

    public static Command Command { get; } =
        new("seal-anew", "Changes the key that seals (Security:KeyFile), and seals under it what is in the store.")
        {
            Prepare,
            Forget,
        };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var (isPrepare, isForget) = (line.GetValue(Prepare), line.GetValue(Forget));
        if (isPrepare && isForget)
        {
            throw new CommandException("--prepare comes before a change and --forget after it: not both at once.");
        }
        var told =
            isPrepare ? await anew.PrepareAsync(cancellation)
            : isForget ? await anew.ForgetAsync(cancellation)
            : await anew.ChangeAsync(cancellation);
        foreach (var sentence in told)
        {
            Console.WriteLine(sentence);
        }
        return 0;
    }
}
